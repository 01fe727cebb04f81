"""The figures of the long tests: `--figures=write` puts each into its row of docs/reference/long-runs.md.

A row is what a passed test counted, on which database, when, where and at which commit. Nobody writes one by hand.
"""

import os
import platform
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/reference/long-runs.md"
Figure = Callable[[str, str, float], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--figures", choices=("off", "write"), default="off", help="What to do with figures of long tests."
    )


def counted(number: int) -> int:
    """How many a long test tries: a hundredth so many with PERCENT=1; FULL=1 is ten times as many."""
    return number * int(os.environ.get("PERCENT") or 100) // 100 * (10 if os.environ.get("FULL") == "1" else 1)


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """`figure(goal, what was counted, seconds)`, the last deed of a long test."""

    def write(goal: str, text: str, seconds: float) -> None:
        if request.config.getoption("figures") != "write":
            return
        database = request.config.getoption("db")
        name = f"`{request.node.name}`, {database}"
        row = f"| {goal} | {name} | {text} | {seconds:,.0f} s | {_where()} |\n"
        kept = [line for line in PAGE.read_text().splitlines(keepends=True) if f"| {name} |" not in line]
        rows = sorted([row, *(line for line in kept if re.match(r"\| R\d", line))], key=_order)
        head = [line for line in kept if not re.match(r"\| R\d", line)]
        PAGE.write_text("".join([*head, *rows]))

    return write


def _order(row: str) -> tuple[int, str]:
    goal = re.match(r"\| R(\d+)", row)
    assert goal is not None
    return int(goal[1]), row


def _where() -> str:
    commit = subprocess.run(["git", "describe", "--always"], capture_output=True, text=True, check=False)
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{now}, {os.cpu_count()} cores, Python {platform.python_version()}, commit {commit.stdout.strip() or 'unknown'}"
