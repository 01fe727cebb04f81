"""Every registered page, opened once: words are in the catalogues, foreign names stand apart, ids are unique, every template is on one."""

import re
from collections import Counter
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


# What people and apps are called
FOREIGN = re.compile(r"Ada Lovelace|Photo Market|Orders API")


class _Bare(HTMLParser):
    """The words of a page that no catalogue has: those outside ⟦ and ⟧. `loose`: foreign names outside `<bdi>`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.loose: list[str] = []
        self.ids: Counter[str | None] = Counter()
        self._depth, self._skipped, self._isolated = 0, 0, 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"bdi", "code", "time", "style", "script", "pre", "option"}:
            self._skipped += 1
        # a title and what is typed hold no markup
        self._isolated += tag in {"bdi", "title", "option", "textarea"}
        for name, value in attrs:
            if name == "id":
                self.ids[value] += 1
            if name in {"alt", "aria-label", "placeholder", "title"} and value and not self._skipped:
                self._look(value)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"bdi", "code", "time", "style", "script", "pre", "option"}:
            self._skipped -= 1
        self._isolated -= tag in {"bdi", "title", "option", "textarea"}

    def handle_data(self, data: str) -> None:
        if not self._isolated and FOREIGN.search(data):
            self.loose.append(" ".join(data.split()))
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


@pytest.mark.bar("E3.3", "E18.2", "E18.3", "E17.1")
def test_no_page_has_a_word_that_is_in_no_catalogue_and_no_template_is_on_no_page(db: None, pseudo: None) -> None:
    shown: set[str] = set()
    bare: dict[str, list[str]] = {}
    loose: dict[str, list[str]] = {}
    no_way_to_another: list[str] = []
    for name, entry in every_page().items():
        with transaction.atomic():
            response = entry.open(Stage())
            transaction.set_rollback(True)
        copies.clear()
        shown |= {template.name for template in getattr(response, "templates", []) if template.name}
        found = _Bare(response.content.decode())
        if found.found and not entry.console:
            bare[name] = found.found
        if found.loose and not entry.console:
            loose[name] = found.loose
        # a label belongs to the first field of its name, whichever it stands beside
        assert [value for value, many in found.ids.items() if many > 1] == [], name
        shown_to = getattr(response, "context", None) or {}
        ways = re.search(r"⟦(Not you\?|Use another account)⟧", response.content.decode())
        if all(shown_to.get(said) for said in ("client", "person", "switch_url")) and not ways:
            no_way_to_another.append(name)
    assert (bare, loose, no_way_to_another) == ({}, {}, [])
    there = {str(file.relative_to(TEMPLATES)) for file in TEMPLATES.rglob("*.html")}
    missing = sorted(name for name in there - shown - ELSEWHERE if "/email/" not in name)
    assert missing == [], "no page of tests/browser/registry.py shows these templates"
