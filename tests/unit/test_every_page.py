"""Every registered page, opened once: no word of it is in no catalogue, and no template is on no page."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation
from django.utils.translation import trans_real

from oauth_server import copies
from tests.browser.registry import ELSEWHERE, Stage, every_page

TEMPLATES = Path(__file__).parents[2] / "templates"
# What is the same in every language: names, codes, what people and apps are called
SAME = re.compile(
    r"^\s*[A-Z]{1,2}\s*$|\b(Example ID|Ada Lovelace|Photo Market( TV)?|PhotoMarket/3\.2|ada@example\.org|OAuth|OpenID)\b|"
    r"\b(Notebook|client_id|client_secret|URI|URL|JSON|UTC|https?|QR|ID)\b|"
    r"\b(Be kind to one another|Pay your bills)\b|"  # the operator's terms
    r"[\w.-]+\.example(/\w+)?|[A-Z]{4}-[A-Z]{4}"
)


class _Bare(HTMLParser):
    """The words of a page that no catalogue has: those outside ⟦ and ⟧."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._depth, self._skipped = 0, 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"bdi", "code", "time", "style", "script", "pre", "option"}:
            self._skipped += 1
        for name, value in attrs:
            if name in {"alt", "aria-label", "placeholder", "title"} and value and not self._skipped:
                self._look(value)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"bdi", "code", "time", "style", "script", "pre", "option"}:
            self._skipped -= 1

    def handle_data(self, data: str) -> None:
        self._look(data)

    def _look(self, text: str) -> None:
        for part in re.split(r"([⟦⟧])", text):
            if part in "⟦⟧":
                self._depth += {"⟦": 1, "⟧": -1}.get(part, 0)
            elif self._depth == 0 and not self._skipped and re.search(r"[A-Za-z]{2}", SAME.sub("", part)):
                self.found.append(" ".join(part.split()))


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every message that is looked up stands between ⟦ and ⟧."""
    real = {name: getattr(trans_real, name) for name in ("gettext", "ngettext", "pgettext", "npgettext")}
    for name, function in real.items():

        def marked(*args: Any, _function: Any = function) -> str:
            return f"⟦{_function(*args)}⟧"

        monkeypatch.setattr(translation._trans, name, marked, raising=False)  # type: ignore[attr-defined]


@pytest.mark.bar("E18.3", "E17.1")
def test_no_page_has_a_word_that_is_in_no_catalogue_and_no_template_is_on_no_page(db: None, pseudo: None) -> None:
    shown: set[str] = set()
    bare: dict[str, list[str]] = {}
    for name, entry in every_page().items():
        with transaction.atomic():
            response = entry.open(Stage())
            transaction.set_rollback(True)
        copies.clear()
        shown |= {template.name for template in getattr(response, "templates", []) if template.name}
        found = _Bare(response.content.decode()).found
        if found and not entry.console:
            bare[name] = found
    assert bare == {}
    there = {str(file.relative_to(TEMPLATES)) for file in TEMPLATES.rglob("*.html")}
    missing = sorted(name for name in there - shown - ELSEWHERE if "/email/" not in name)
    assert missing == [], "no page of tests/browser/registry.py shows these templates"
