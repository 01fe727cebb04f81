"""A real Chromium. A test fails when its pages write an error to the console or break their policy."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, expect

expect.set_options(timeout=20_000)  # a shared machine can be slow

SYSTEM_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HERE = Path(__file__).parent

REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", event =>
  console.error(`Content-Security-Policy: ${event.effectiveDirective} refused ${event.blockedURI}`))
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session", autouse=True)
def _orm_beside_playwright() -> None:
    """Playwright keeps an event loop in the thread of the test; factories use the ORM there and never inside that loop."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], browser_type: BrowserType) -> dict[str, Any]:
    found = next((path for name in SYSTEM_BROWSERS if (path := shutil.which(name))), None)
    if found is None and not Path(browser_type.executable_path).exists():
        pytest.fail(
            "No Chromium. Install the system's (apt-get install chromium) "
            "or Playwright's (.venv/bin/playwright install chromium).",
            pytrace=False,
        )
    args = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return {**browser_type_launch_args, "args": args, **({"executable_path": found} if found else {})}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "en-US", "viewport": {"width": 1280, "height": 900}}


class Console:
    """What the pages complained about. `console.expect("status of 400")` before a page that has to."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self._expected: list[str] = []

    def expect(self, pattern: str) -> None:
        self._expected.append(pattern)

    def watch(self, context: BrowserContext) -> BrowserContext:
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", lambda message: self._note(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: self._note(str(error.error)))
        return context

    def _note(self, text: str) -> None:
        self.errors.append(text)

    @property
    def unexpected(self) -> list[str]:
        return [text for text in self.errors if not any(re.search(pattern, text) for pattern in self._expected)]


@pytest.fixture
def console() -> Iterator[Console]:
    console = Console()
    yield console
    if console.unexpected:
        pytest.fail("the browser's console:\n" + "\n".join(console.unexpected), pytrace=False)


@pytest.fixture
def new_context(console: Console, new_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """`new_context(java_script_enabled=False)`: one more browser, as fresh as a stranger's, watched like `page`."""
    return lambda **kwargs: console.watch(new_context(**kwargs))


@pytest.fixture
def context(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    return new_context()
