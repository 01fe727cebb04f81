"""A person at the sign-in page of an app, with what they have at hand."""

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction

from tests.authenticator import Device
from tests.flows import Browser

SIGN_IN = "/account/sign-in/"
SECURITY = "/account/security/"


@pytest.fixture(autouse=True)
def _here(settings: Any, db: None) -> None:
    """Passkeys are bound to a name on which browsers make them without TLS. Nobody has tried yet."""
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "WEBAUTHN_RP_ID": "localhost"}
    cache.clear()


@pytest.fixture(autouse=True)
def _one_moment() -> Iterator[None]:
    """Codes change every half-minute, also in the middle of a test on a slow machine."""
    with time_machine.travel(datetime.now(UTC), tick=False):
        yield


@pytest.fixture(autouse=True)
def _commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The transaction of a test never ends; what waits for the end of one is done at once."""
    monkeypatch.setattr(transaction, "on_commit", lambda deed, **_: deed())


@pytest.fixture
def at_home(visitor: Browser, person: Any) -> Browser:
    """The person has just signed in with their password."""
    visitor.sign_in(visitor.open(SIGN_IN), person)
    return visitor


def text_of(page: Any) -> str:
    return html.unescape(page.content.decode())


def key_of(page: Any) -> str:
    """The key of an authenticator app, as the page shows it."""
    found = re.search(r'<code dir="ltr">([A-Z2-7 ]+)</code>', page.content.decode())
    assert found is not None
    return found[1]


def link(page: Any, start: str) -> str:
    """The address of the link that begins so."""
    found = re.search(rf'href="({re.escape(start)}[^"]*)"', text_of(page))
    assert found is not None, text_of(page)
    return found[1]


def codes_of(page: Any) -> list[str]:
    return re.findall(r'<li><code dir="ltr">([0-9]{5} [0-9]{5})</code>', page.content.decode())


def options_of(page: Any) -> dict[str, Any]:
    """What the page asks a device to make or to sign."""
    found = re.search(r'data-options="([^"]+)"', page.content.decode())
    assert found is not None
    options: dict[str, Any] = json.loads(html.unescape(found[1]))
    return options


def add_passkey(browser: Browser, device: Device, name: str = "My key", **where: str) -> Any:
    page = browser.open(f"{SECURITY}passkeys/add/")
    return browser.submit(page, {"credential": device.make(options_of(page)), "name": name})


def sign_in_by_passkey(browser: Browser, device: Device, page: Any, **changes: Any) -> Any:
    asked = browser.get(f"{SIGN_IN}passkey/").json()["request_options"]
    return browser.submit(page, {"credential": device.sign(asked, **changes)})


def is_signed_in(browser: Browser) -> bool:
    return "_auth_user_id" in browser.http.session
