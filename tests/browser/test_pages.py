"""What every page has to be; the pages are those of `registry.py`."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.axe import EVERY_CELL, check_page
from tests.browser.registry import Entry, Stage, every_page
from tests.browser.show import show

TREES = Path(__file__).parent / "trees"
PAGES = every_page()
NAMES = [name for name, entry in PAGES.items() if not entry.moves_on]

# What differs from run to run
VARIES = (
    (r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "ID"),
    (r"oas_(cs|iat)_\w+", "SECRET"),
    (r"\b[A-Za-z0-9]{40}\b", "CLIENT ID"),
    (r"\b[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}\b", "CODE"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "TIME"),
    (r"(Jan\w*|Feb\w*|Mar\w*|Apr\w*|May|June?|July?|Aug\w*|Sep\w*|Oct\w*|Nov\w*|Dec\w*)\.? \d{1,2}, \d{4}", "DATE"),
    (r", \d\d:\d\d(?! [ap]\.m\.)( UTC)?", ", TIME"),
    (r"- time: \d\d:\d\d UTC", "- time: TIME"),
    (r"(?<![\w-])[\w-]{43}(?![\w-])", "KID"),
    (r"\d+(:\d\d)? (a\.m\.|p\.m\.)|noon|midnight", "TIME"),
    (r"[\w./+]{1,8}\*{6,}", "HASH"),
    (r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", "KEY"),
    (r"\b\d{5} \d{5}\b", "RECOVERY CODE"),
    (r"\b\d{10}\b", "SECONDS"),
    (r"/url: .*", "/url: URL"),
    (r"…[\w-]{4}(?![\w-])", "…LAST"),
    (r'(- option "[A-Z]\w+/[\w/ +-]+"\s+)+', ""),  # the time zones that this machine knows
)
# Every control but links in the middle of a sentence (WCAG 2.2 §2.5.8)
TARGETS = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
  .filter(e => e.checkVisibility() && !e.matches('p > a:not([class]), li > a:not([class]), .alert a, .skip'))
  .map(e => [e.outerHTML.slice(0, 120), (e.labels?.[0] ?? e).getBoundingClientRect(), e.getBoundingClientRect()])
  .filter(([, label, own]) => Math.max(label.height, own.height) < 44 || Math.max(label.width, own.width) < 24)
  .map(([html]) => html)"""

# What a press of Tab leads to, and whether that can be seen (WCAG 2.2 §2.4.7, §2.4.11)
WALK = """() => {
  const e = document.activeElement
  // a date has a stop for each of its parts
  if (e === window.walkedLast) return ['', true]
  window.walkedLast = e
  if (e === document.body || 'walked' in e.dataset) return null
  e.dataset.walked = ''
  const [box, style] = [e.getBoundingClientRect(), getComputedStyle(e)]
  const seen = box.bottom > 0 && box.top < innerHeight && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
  return [e.outerHTML.slice(0, 120), seen]
}"""
AT_THE_START = "() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex') }"
LEFT_OUT = """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
  .filter(e => e.checkVisibility() && !e.disabled && !('walked' in e.dataset) && e.type !== 'radio' && !e.matches('.skip'))
  .map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture
def stage(db: None) -> Stage:
    return Stage()


def opened(entry: Entry, stage: Stage) -> Any:
    response = entry.open(stage)
    assert response.headers["Content-Type"].startswith("text/html"), f"{entry.name} is no page: {response}"
    return response


def tree(page: Page, within: str = "body") -> str:
    text = page.locator(within).aria_snapshot()
    for pattern, name in VARIES:
        text = re.sub(pattern, name, text)
    return text + "\n"


def is_as_kept(name: str, text: str) -> None:
    file = TREES / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.yml"
    if os.environ.get("TREES") == "write":
        TREES.mkdir(exist_ok=True)
        file.write_text(text)
    assert file.exists(), f"no tree is kept for {name}: run this test with TREES=write, and read what it wrote"
    assert text == file.read_text(), f"names or roles of {name} changed: read the difference, then TREES=write"


@pytest.mark.bar("E16.1", "E16.2", "E17.1", "E17.3", "E17.4", "E17.6")
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_for_everybody(
    name: str, stage: Stage, page: Page, new_context: Callable[..., BrowserContext], console: Any
) -> None:
    entry = PAGES[name]
    response = opened(entry, stage)
    if entry.console:
        console.expect("inline style|style-src-elem refused inline")  # axe reads sheets by way of a <style> of its own
    show(page, response, stage.operator if entry.console else stage.visitor)
    check_page(page, name=f"page {name}")
    if not entry.console:
        assert page.locator("h1").count() == 1
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate(TARGETS) == [], "smaller than 44 px on a phone"
        page.set_viewport_size({"width": 1280, "height": 900})
    # without scripts the same page, but for what scripts add
    plain = new_context(java_script_enabled=False).new_page()
    show(plain, response, stage.operator if entry.console else stage.visitor)
    # the names are those that the style sheets leave
    plain.wait_for_load_state()
    assert plain.locator("main, #content").first.is_visible()
    # beside a page of the console stands the list of all tables
    is_as_kept(name, tree(plain, "#content" if entry.console else "body"))
    plain.context.close()


@pytest.mark.long
@pytest.mark.bar("E17.1")
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_for_everybody_in_every_cell(name: str, stage: Stage, page: Page, console: Any) -> None:
    if PAGES[name].console:
        console.expect("inline style|style-src-elem refused inline")
    show(page, opened(PAGES[name], stage), stage.operator if PAGES[name].console else stage.visitor)
    check_page(page, EVERY_CELL, name=f"every cell {name}")


@pytest.mark.long
@pytest.mark.bar("E17.2")
@pytest.mark.parametrize("name", [name for name in NAMES if not PAGES[name].console])
def test_a_page_is_walked_by_keyboard_alone(name: str, stage: Stage, page: Page) -> None:
    show(page, opened(PAGES[name], stage), stage.visitor)
    # before its style sheets are there a page has neither its focus nor the field that gets it first
    page.wait_for_load_state()
    # whoever asked for less motion has the focus in view at once
    page.emulate_media(reduced_motion="reduce")
    # a field or a summary of errors may have the focus at first: the walk begins before all of them
    page.evaluate(AT_THE_START)
    for _ in range(400):
        page.keyboard.press("Tab")
        found = page.evaluate(WALK)
        if found is None:
            break
        assert found[1], f"the focus is not seen: {found[0]}"
    assert page.evaluate(LEFT_OUT) == [], "no Tab leads there"
