"""The table of third-party clients: which did what, in the versions that ran (`tests/clients`).

It is printed after a run. `--clients-table=write` writes it to `docs/reference/clients.md`, `--clients-table=check`
fails when that page says something else; both only after a run in which all went well.
"""

from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "clients.md"
DONE = "client"  # the property of a test that holds a row
STEPS = {
    "discovery": "Discovery",
    "code": "Code, PKCE",
    "id_token": "ID token",
    "userinfo": "Userinfo",
    "refresh": "Refresh",
    "introspection": "Introspection",
    "revocation": "Revocation",
    "client_credentials": "Client credentials",
    "logout": "Logout",
    "other": "Also",
}
INTRODUCTION = """\
# Third-party clients

What these libraries do with this server, each in a process of its own, as its documentation says to use it. `make test-clients` runs
them: a person signs in and consents in Chromium, and each library says what it has accepted: claims, tokens, refusals.
This page is written by that run. An empty field is something that the library does not offer, or leaves to the app.

"""
PASTED = """
## What the console offers to paste

Run in sites of their own by `make test-long`, as it is pasted: the snippet with the client's values, and no line more about the server.

"""
HYDRA = """
## Ory Hydra's own command-line client

Built from its source by `make test-hydra`, and pointed at this server: the tutorial, every command, and its sample login and consent app.

"""
# By what stands in the row of a test
PARTS = {"": INTRODUCTION, "pasted": PASTED, "hydra": HYDRA}
_problem = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--clients-table", choices=("print", "check", "write"), default="print", help="What to do with the table."
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    action = session.config.getoption("clients_table")
    if exitstatus != pytest.ExitCode.OK or action == "print" or hasattr(session.config, "workerinput"):
        return
    page = written(rows(session.config), PAGE.read_text() if PAGE.exists() else "")
    if action == "write":
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page)
    elif not PAGE.exists() or PAGE.read_text() != page:
        session.config.stash[_problem] = f"{PAGE.name} says something else; write it: make test-clients TABLE=write"
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if found := rows(config):
        terminalreporter.section("third-party clients")
        terminalreporter.write(table(found))
    if problem := config.stash.get(_problem, ""):
        terminalreporter.line(problem, red=True)


def rows(config: pytest.Config) -> list[dict[str, str]]:
    reporter: pytest.TerminalReporter | None = config.pluginmanager.getplugin("terminalreporter")
    passed = reporter.getreports("passed") if reporter else []
    found = [value for report in passed for name, value in report.user_properties if name == DONE]
    return sorted(found, key=lambda row: (row["kind"], row["client"], row["as"], row.get("other", "")))


def written(found: list[dict[str, str]], before: str) -> str:
    """The page, with the tables that this run has rows for; the others stay."""
    kept: dict[str, str] = {}
    for part, head in reversed(PARTS.items()):
        before, _, kept[part] = before.partition(head)
    page = ""
    for part, head in PARTS.items():
        told = [row for row in found if row["part"] == part]
        if text := table(told) if told else kept[part]:
            page += head + text
    return page


def table(found: list[dict[str, str]]) -> str:
    """Markdown, with columns of one width."""
    head = {"client": "Client", "version": "Version", "kind": "In", "as": "As", **STEPS}
    lines = [head, *found]
    widths = {column: max(len(line.get(column, "")) for line in lines) for column in head}
    texts = ["| " + " | ".join(line.get(column, "").ljust(widths[column]) for column in head) + " |" for line in lines]
    texts.insert(1, "|" + "|".join("-" * (width + 2) for width in widths.values()) + "|")
    return "\n".join(texts) + "\n"
