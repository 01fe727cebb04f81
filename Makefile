# `make` alone lists the targets. Every target sets up what it needs in .venv.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2
PARALLEL = -n $(WORKERS) --dist worksteal
DOCS := docs/_build
DIST := dist

export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport DJANGO_SETTINGS_MODULE
# A suite starts hundreds of processes, and each would compile everything again
unexport PYTHONDONTWRITEBYTECODE

##@ Try it
.PHONY: demo
demo: $(STAMP) ## Run the server with sample data on http://localhost:8000 (PORT=8000, ONCE=1 to check and stop)
	@$(BIN)/python manage.py demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

##@ Check it
.PHONY: test
test: $(STAMP) ## Everything that has to pass
	$(MAKE) --no-print-directory --jobs=$(WORKERS) --output-sync=target suite-wheel types lint imports migrations suite-docs
	$(MAKE) --no-print-directory suite-sqlite
	$(MAKE) --no-print-directory suite-postgres
	$(MAKE) --no-print-directory suite-browser

.PHONY: test-clients
test-clients: $(STAMP) ## Third-party clients against a live server (TABLE=write writes docs/reference/clients.md)
	@tests/clients/setup $(BIN)/python
	$(PYTEST) -n $(WORKERS) -m "clients and not long" tests/clients --clients-table=$(or $(TABLE),check)

.PHONY: test-hydra
test-hydra: $(STAMP) ## Ory Hydra's own command-line client against a live server; builds it, which takes minutes
	$(PYTEST) -m "clients and long" tests/clients/test_hydra.py --clients-table=$(or $(TABLE),check)

.PHONY: test-long
test-long: $(STAMP) ## The long forms of the tests (FULL=1: ten times as many, PERCENT=10: fewer, FIGURES=write: into docs)
	$(MAKE) suite-docs suite-sqlite suite-postgres suite-browser TABLES=whole
	FULL=$(FULL) PERCENT=$(PERCENT) $(PYTEST) -m "long and not clients" --db=postgres --figures=$(or $(FIGURES),off)
	FULL=$(FULL) PERCENT=$(PERCENT) $(PYTEST) -m "long and not pg" tests/races --figures=$(or $(FIGURES),off)
	$(PYTEST) -m "long and not clients" --tables=rest
	$(PYTEST) -m "clients and long" tests/clients/test_pasted.py --clients-table=$(or $(TABLE),check)

.PHONY: certification
certification: $(STAMP) ## The rows of the certification profiles, over TLS (TABLE=write writes docs/reference/certification.md)
	$(PYTEST) -n $(WORKERS) -m "not clients" tests/certification --certification=$(or $(TABLE),check)

.PHONY: lint
lint: $(STAMP) ## Ruff, template formatting, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djade --target-version 5.2 --check $$(git ls-files --cached --others --exclude-standard 'templates/*.html')
	$(BIN)/codespell $$(git ls-files --cached --others --exclude-standard)

.PHONY: types
types: $(STAMP) ## mypy
	$(BIN)/mypy

.PHONY: imports
imports: $(STAMP) ## Who may import whom
	$(BIN)/lint-imports

.PHONY: migrations
migrations: $(STAMP) ## Models without a migration
	DJANGO_SETTINGS_MODULE=config.settings.test $(BIN)/python -W error manage.py makemigrations --check --dry-run

.PHONY: suite-sqlite
suite-sqlite: $(STAMP) ## What needs no database or this one, and a part of what runs on PostgreSQL (TABLES=whole: all of it)
	$(PYTEST) $(PARALLEL) -m "not (browser or clients or long or wheel)" --rows=check --tables=$(or $(TABLES),sampled) --deselect=tests/docs/

.PHONY: suite-postgres
suite-postgres: $(STAMP) ## What needs a database, on PostgreSQL (DATABASE_URL names a server, else one is started; TABLES=whole)
	$(PYTEST) $(PARALLEL) -m "not (browser or clients or long or wheel)" --db=postgres --tables=$(or $(TABLES),sampled)

.PHONY: suite-browser
suite-browser: $(STAMP) ## Journeys in Chromium, and every sixth page (TABLES=whole: every page)
	$(PYTEST) $(PARALLEL) -m "browser and not (clients or long)" --tables=$(or $(TABLES),sampled) tests/browser tests/certification

.PHONY: suite-wheel
suite-wheel: $(STAMP) ## The wheel, built and installed into a fresh project
	$(PYTEST) -m "wheel and not long" tests/wheel tests/docs

.PHONY: suite-docs
suite-docs: $(STAMP) ## The documentation: built, and what it tells to type done
	$(PYTEST) -m "not (long or wheel)" tests/docs

.PHONY: coverage
coverage: $(STAMP) ## The suite on SQLite with the lines that it leaves out
	$(PYTEST) -n $(WORKERS) -m "not (browser or clients or long or wheel)" --cov --cov-report=term --cov-report=html

.PHONY: bench
bench: $(STAMP) ## The performance comparison, in 12 minutes (QUICK=1 for three; ARGS= more, see docs/performance.md)
	$(BIN)/python -m bench $(if $(QUICK),--quick) $(ARGS)

##@ Make it
.PHONY: format
format: $(STAMP) ## Format code and templates
	$(BIN)/ruff check --fix --select I .
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $$(git ls-files --cached --others --exclude-standard 'templates/*.html')

.PHONY: docs
docs: $(STAMP) ## The documentation, in docs/_build/html
	$(BIN)/python -m sphinx -W --keep-going -n -q -b html docs $(DOCS)/html

.PHONY: messages
messages: $(STAMP) ## The catalogues of all languages, in step with code and templates
	$(BIN)/python -m tests.catalogues

.PHONY: screenshots
screenshots: $(STAMP) ## Pictures of every page, in screenshots/, and their contact sheets in docs/pages/
	SCREENSHOTS=screenshots $(PYTEST) -n $(WORKERS) -m "browser and not (clients or long)" tests/browser/test_pages.py
	$(BIN)/python -m tests.browser.sheet screenshots docs/pages

.PHONY: wheel
wheel: $(STAMP) ## The wheel and the source archive, in dist/
	rm -rf $(DIST)
	$(BIN)/python -m build --no-isolation --outdir $(DIST)
	$(BIN)/twine check --strict $(DIST)/*
	$(BIN)/check-wheel-contents $(DIST)

.PHONY: requirements
requirements: ## Resolve the dependencies again (needs uv; UPGRADE=1 for newer versions)
	@compile() { uv pip compile --quiet $(if $(UPGRADE),--upgrade) --universal --fork-strategy fewest \
	    --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
	    --custom-compile-command "make requirements" "$$@"; }; \
	  compile pyproject.toml --all-extras -o .ci/requirements.txt; \
	  compile pyproject.toml --extra standalone -c .ci/requirements.txt -o .ci/standalone.txt; \
	  echo hatchling | compile - -c .ci/requirements.txt -o .ci/build.txt; \
	  compile tests/clients/python/requirements.in -o tests/clients/python/requirements.txt

.PHONY: clean
clean: ## Remove what make made
	rm -rf $(VENV) .clients $(DOCS) $(DIST) build screenshots staticfiles htmlcov .coverage .coverage.* \
	  .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis test-results

# The environment is made again when the requirements change. PYTHON= names the interpreter.
$(STAMP): .ci/requirements.txt pyproject.toml
	@.ci/environment $(VENV)
	@touch $@

.PHONY: help
help:
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
