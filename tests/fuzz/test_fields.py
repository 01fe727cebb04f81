"""R5: any value in any field, parameter and path of every page that people and operators see: an answer, and never a fault."""

import random
import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from tests.browser.registry import Stage, every_page
from tests.flows import FORM, NO_LIMITS
from tests.fuzz.values import TEXTS
from tests.plugins.figures import Figure, counted

pytestmark = [pytest.mark.django_db, pytest.mark.pg, pytest.mark.goal("R5"), pytest.mark.threat(27, 64)]

PAGES = every_page()
_KEY = re.compile(r"\d+|[0-9a-f]{32}|[0-9a-f-]{36}|[\w.~-]{20,}|photo-market", re.ASCII)
FILE = object()


class Fields(HTMLParser):
    """The forms of a page with all that they could send, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, str, dict[str, Any]]] = []
        self.links: set[str] = set()
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "a":
            self.links.add(given.get("href", ""))
        elif tag == "form":
            self.forms.append((given.get("action", ""), given.get("method", "get").lower(), {}))
            self._inside = True
        elif self._inside and name and tag in {"input", "select", "textarea", "button"}:
            default = FILE if given.get("type") == "file" else given.get("value", "")
            self.forms[-1][2].setdefault(name, default)

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"


Tried = tuple[str, str, dict[str, Any]]


def attempts(page: Any) -> Iterator[tuple[Tried, str]]:
    """Method, address and values, each with one place that takes any text, and the name of that place."""
    found, address = Fields(page.content.decode()), page.address
    for action, method, values in found.forms:
        url = urljoin(address, action)
        for name in values:
            if name != "csrfmiddlewaretoken":
                yield (method, url, values), name
    for link in found.links:
        where = urlsplit(urljoin(address, link))
        if where.netloc:
            continue
        query = dict(parse_qsl(where.query, keep_blank_values=True))
        for name in query:
            yield ("get", where.path, query), name
        for segment in where.path.split("/"):
            if _KEY.fullmatch(segment):
                yield ("get", where.path.replace(f"/{segment}", "/\x01", 1), query), ""


def send(client: Any, tried: Tried, name: str, text: str) -> Any:
    method, url, values = tried
    if not name:
        return client.get(url.replace("\x01", quote(text, safe="", errors="surrogateescape")) + "?" + urlencode(values))
    content = text.encode(errors="surrogateescape")
    values = {one: "" if value is FILE else value for one, value in values.items()}
    if tried[2][name] is FILE:
        return client.post(url, {**values, name: SimpleUploadedFile("x", content)})
    query = urlencode({**values, name: content})
    if method == "get":
        return client.get(f"{url.partition('?')[0]}?{query}")
    return client.post(url, query, content_type=FORM)


def answers(page: Any, tried: Tried, name: str, text: str) -> int:
    """What came; what it did is undone."""
    client, cookies = page.client, page.client.cookies.copy()
    with transaction.atomic():
        answer = send(client, tried, name, text)
        if answer.streaming:
            list(answer.streaming_content)
        transaction.set_rollback(True)
    client.cookies = cookies
    return int(answer.status_code)


def tried(seed: int, count: int, names: list[str]) -> int:
    """How many answers there were; each page gets its share of the attempts."""
    chance, answered = random.Random(seed), 0
    for name in names:
        with transaction.atomic():
            page = PAGES[name].open(Stage())
            found = list(attempts(page))
            for where, field in [chance.choice(found) for _ in range(count // len(names))] if found else ():
                text = chance.choice(TEXTS)
                told = (seed, name, *where, field, text)
                try:
                    assert answers(page, where, field, text) < 500, told
                except Exception as error:
                    raise AssertionError(told) from error
                answered += 1
            transaction.set_rollback(True)
    return answered


@pytest.fixture(autouse=True)
def without_limits(settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, **NO_LIMITS}
    settings.ACCOUNT_RATE_LIMITS = False


def test_any_text_in_some_fields() -> None:
    seed = random.randrange(2**32)
    names = random.Random(seed).sample(sorted(PAGES), 8)
    assert tried(seed, 120, names) > 20


@pytest.mark.long
def test_any_text_in_the_fields_of_every_page(figure: Figure) -> None:
    count, began = counted(20_000), time.monotonic()
    found = tried(random.randrange(2**32), count, sorted(PAGES))
    told = f"{found:,} values in fields, parameters and paths of {len(PAGES)} pages: no fault"
    figure("R5", told, time.monotonic() - began)
