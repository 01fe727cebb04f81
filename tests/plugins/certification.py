"""The page of the rows that a certification looks at: which pass, with which client (`tests/certification`).

`--certification=write` writes `docs/reference/certification.md`, `--certification=check` fails when that page says something else.
"""

from collections import defaultdict
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "certification.md"
SHOWN = "certification"  # the property of a test that names rows
CLIENTS = ("static", "dynamic")
INTRODUCTION = """\
# Certification profiles

What the public certification of an OpenID Provider looks at, and what this server answers to it: over TLS, from outside, with a
client that the operator registered (static) and with one that registered itself (dynamic); both, where the row does not depend on
the client. `make certification` runs the tests of `tests/certification`; this page is written by that run. A row keeps its name.

"""
_problem = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--certification", choices=("off", "check", "write"), default="off", help="What to do with the page of rows."
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    action = session.config.getoption("certification")
    if exitstatus != pytest.ExitCode.OK or action == "off" or hasattr(session.config, "workerinput"):
        return
    shown = _shown(session.config)
    missing = [row for row in _rows() if row not in shown]
    page = INTRODUCTION + _text(shown)
    if missing:
        session.config.stash[_problem] = f"rows without a test that passed: {' '.join(missing)}"
    elif action == "write":
        PAGE.write_text(page)
    elif not PAGE.exists() or PAGE.read_text() != page:
        session.config.stash[_problem] = f"{PAGE.name} says something else; write it: make certification TABLE=write"
    if _problem in session.config.stash:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if problem := config.stash.get(_problem, ""):
        terminalreporter.line(problem, red=True)


def _rows() -> list[str]:
    from tests.certification.rows import ROWS

    return list(ROWS)


def _shown(config: pytest.Config) -> dict[str, set[str]]:
    """Row → with which clients a test of it passed."""
    reporter: pytest.TerminalReporter | None = config.pluginmanager.getplugin("terminalreporter")
    found: dict[str, set[str]] = defaultdict(set)
    for report in reporter.getreports("passed") if reporter else []:
        for name, value in report.user_properties:
            if name == SHOWN:
                for row in value["rows"]:
                    found[row].add(value["client"])
    return found


def _text(shown: dict[str, set[str]]) -> str:
    from tests.certification.rows import PROFILES

    parts = []
    for profile, rows in PROFILES.items():
        lines = [f"## {profile}\n", "| Row | Behaviour | Specification | Passes with |", "|---|---|---|---|"]
        lines += [f"| {row.id} | {row.behaviour} | {row.spec} | {_clients(shown[row.id])} |" for row in rows]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _clients(found: set[str]) -> str:
    named = [name for name in CLIENTS if name in found]
    return ", ".join(named) if named else "both"
