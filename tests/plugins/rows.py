"""The rows that tests show (`tests/rows.py`).

`--rows=check` prints those without a test and fails when one that has to have a test has none.
`--rows=record` adds the rows that have a test to `tests/rows_green.txt`, whose rows may never lose it.
"""

from collections import defaultdict
from pathlib import Path

import pytest

from tests.rows import SEED, THIS_ISSUE

GREEN = Path(__file__).parent.parent / "rows_green.txt"
KINDS = ("seed", "threat", "asvs", "bar", "goal")
_shown = pytest.StashKey[set[str]]()
_problems = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rows", choices=("off", "check", "record"), default="off", help="What to do with rows.")


def rows_of(item: pytest.Item) -> set[str]:
    """The rows that a test is marked with, as `seed S-01`, `threat 19`."""
    return {f"{kind} {row}" for kind in KINDS for mark in item.iter_markers(kind) for row in mark.args}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before anything is deselected: a row shown by a browser test counts in a run without them."""
    shown: set[str] = set().union(*(rows_of(item) for item in items))
    config.stash[_shown] = shown
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output["rows"] = sorted(shown)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    config = getattr(node, "config", None)
    rows = getattr(node, "workeroutput", {}).get("rows")
    if config is not None and rows is not None:
        config.stash[_shown] = config.stash.get(_shown, set()) | set(rows)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    finished = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    if config.getoption("rows") == "off" or not finished or hasattr(config, "workerinput"):
        return
    shown = config.stash.get(_shown, set())
    if config.getoption("rows") == "record" and exitstatus == pytest.ExitCode.OK:
        GREEN.write_text("".join(f"{row}\n" for row in sorted(green() | shown, key=_order)))
    problems = [f"row {row} has lost its last test" for row in sorted(green() - shown, key=_order)]
    problems += [f"row seed {row} has no test" for row in THIS_ISSUE if f"seed {row}" not in shown | green()]
    problems += [f"no such row: {row}" for row in sorted(shown) if row.startswith("seed ") and row[5:] not in SEED]
    config.stash[_problems] = problems
    if problems and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("rows") == "off" or _problems not in config.stash:
        return
    shown = config.stash.get(_shown, set())
    counts: dict[str, int] = defaultdict(int)
    for row in shown:
        counts[row.split()[0]] += 1
    later = [row for row in SEED if f"seed {row}" not in shown and row not in THIS_ISSUE]
    terminalreporter.section("rows")
    terminalreporter.line("with a test: " + ", ".join(f"{counts[kind]} {kind}" for kind in KINDS))
    terminalreporter.line(f"source documents, later: {' '.join(later) or 'none'}")
    for problem in config.stash[_problems]:
        terminalreporter.line(problem, red=True)


def green() -> set[str]:
    return {line for line in GREEN.read_text().splitlines() if line and not line.startswith("#")}


def _order(row: str) -> tuple[int, list[tuple[int, str]]]:
    kind, _, name = row.partition(" ")
    parts = name.replace("-", ".").split(".")
    return KINDS.index(kind), [(int(part), "") if part.isdigit() else (0, part) for part in parts]
