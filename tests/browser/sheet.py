"""The contact sheets of the pages, from the pictures that the bench wrote: `python -m tests.browser.sheet PICTURES TARGET`."""

import base64
import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.axe import SHOWN_CELLS
from tests.browser.conftest import SYSTEM_BROWSERS

MOST = 12  # pages on a sheet
STYLE = """
body { margin: 16px; width: 1360px; font: 14px sans-serif; background: #ddd } h2 { font-size: 14px; margin: 12px 0 4px }
div { display: flex; gap: 8px; height: 330px; overflow: hidden } img { background: #fff; height: auto; align-self: start }
"""


def rows(pictures: Path) -> list[str]:
    """A row of HTML for each page: its picture in each cell."""
    ends = ["-" + "-".join(map(str, cell)) + ".png" for cell in SHOWN_CELLS]
    names = sorted(file.name.removesuffix(ends[0]) for file in pictures.glob(f"page-*{ends[0]}"))
    found = []
    for name in names:
        shown = "".join(
            f'<img width="{480 if cell.width > 600 else 180}" src="data:image/png;base64,'
            f'{base64.b64encode((pictures / (name + end)).read_bytes()).decode()}">'
            for cell, end in zip(SHOWN_CELLS, ends, strict=True)
            if (pictures / (name + end)).exists()
        )
        found.append(f"<h2>{re.sub('-', ' ', name.removeprefix('page-'))}</h2><div>{shown}</div>")
    return found


def write(pictures: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("*.jpg"):
        old.unlink()
    every = rows(pictures)
    with sync_playwright() as playwright:
        system = next((found for name in SYSTEM_BROWSERS if (found := shutil.which(name))), None)
        browser = playwright.chromium.launch(executable_path=system, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        for number, start in enumerate(range(0, len(every), MOST), 1):
            page.set_content(f"<style>{STYLE}</style>{''.join(every[start : start + MOST])}", timeout=120_000)
            page.screenshot(path=target / f"{number:02}.jpg", type="jpeg", quality=36, full_page=True, timeout=120_000)
        browser.close()


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
