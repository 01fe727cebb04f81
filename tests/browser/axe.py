"""axe-core: `check_page(page)` fails with every violation of WCAG 2.0 to 2.2 A and AA and of best practice."""

import itertools
import os
import re
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The list that opens of Django's own autocomplete field, which is select2's markup
NOT_OURS = [".select2-container"]

Scheme = Literal["light", "dark"]
Direction = Literal["ltr", "rtl"]


class Cell(NamedTuple):
    scheme: Scheme
    direction: Direction
    width: int


EVERY_CELL = [Cell(*cell) for cell in itertools.product(get_args(Scheme), get_args(Direction), (1280, 320))]
TWO_CELLS = [Cell("light", "ltr", 1280), Cell("dark", "rtl", 320)]
SHOWN_CELLS = [TWO_CELLS[0], Cell("dark", "ltr", 1280), Cell("light", "ltr", 320), TWO_CELLS[1]]


def violations(page: Page) -> list[str]:
    """The rules that the page breaks as it stands, each with the places."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE)
    result: dict[str, Any] = page.evaluate(
        "([tags, without]) => axe.run({include: document, exclude: without},"
        " {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        [TAGS, NOT_OURS],
    )
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}\n    "
        + "\n    ".join(f"{' '.join(map(str, node['target']))}: {node['html'][:200]}" for node in rule["nodes"])
        for rule in result["violations"]
    ]


def check_page(page: Page, cells: list[Cell] | None = None, name: str = "") -> None:
    """Check the page in each cell; SCREENSHOTS names a directory that gets a picture of each."""
    # a click that leads on returns before the next page is there
    page.wait_for_function("() => document.documentElement !== null && document.readyState === 'complete'")
    size = page.viewport_size
    direction = page.evaluate("document.documentElement.dir")
    problems = []
    shown = SHOWN_CELLS if os.environ.get("SCREENSHOTS") else TWO_CELLS
    for cell in cells or (EVERY_CELL if os.environ.get("FULL") else shown):
        page.set_viewport_size({"width": cell.width, "height": 900 if cell.width > 600 else 640})
        page.emulate_media(color_scheme=cell.scheme, reduced_motion="reduce")
        page.evaluate("direction => { document.documentElement.dir = direction }", cell.direction)
        picture(page, f"{name or page.title()}-{'-'.join(map(str, cell))}")
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found = violations(page) + ([f"the page is {overflow} px wider than the window"] if overflow > 0 else [])
        problems += [f"{' '.join(map(str, cell))}: {problem}" for problem in found]
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.evaluate("direction => { document.documentElement.dir = direction }", direction)
    if size is not None:
        page.set_viewport_size(size)
    assert not problems, f"{page.url}\n" + "\n".join(problems)


def picture(page: Page, name: str) -> None:
    """Write a picture of the page, where pictures are wanted."""
    directory = os.environ.get("SCREENSHOTS")
    if directory:
        file = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        page.screenshot(path=Path(directory) / f"{file}.png", full_page=True)
