"""A person, their browser, and an app whose request waits while they sign in."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from accounts.models import User
from oauth_server import issuers
from oauth_server.models import Client, Scope

PASSWORD = "correct horse battery staple"
EMAIL = "ada@example.org"
CALLBACK = "https://photos.example/callback"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWBuGJSstw-cM"  # RFC 7636, appendix B


@pytest.fixture(autouse=True)
def _no_one_has_tried_yet(db: None) -> None:
    cache.clear()


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user(EMAIL, PASSWORD, first_name="Ada", last_name="Lovelace")


@pytest.fixture
def visitor() -> Browser:
    return Browser()


@pytest.fixture
def app(db: None) -> Client:
    issuer = issuers.first()
    app = Client.objects.create(
        issuer=issuer,
        name="Photo Market",
        redirect_uris=CALLBACK,
        token_endpoint_auth_method="none",
        skip_authorization=True,
        policy_uri="https://photos.example/privacy",
    )
    app.scopes.set(Scope.objects.filter(issuer=issuer))
    return app


@pytest.fixture
def ask(app: Client) -> Callable[..., str]:
    """The address to which the app sends a browser."""

    def address(**parameters: str) -> str:
        asked = {
            "client_id": app.client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid",
            "state": "s1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return f"/oauth2/auth?{urlencode({**asked, **parameters})}"

    return address


def follow(visitor: Browser, url: str) -> Any:
    """Walk redirects until a page is shown, or until one leads away from this server."""
    for _ in range(10):
        response = visitor.get(url)
        if response.status_code not in {301, 302, 303}:
            return response
        url = response["Location"]
        if urlsplit(url).netloc not in {"", "testserver"}:
            return response
    raise AssertionError(f"redirected in a circle: {url}")


def submit(visitor: Browser, response: Any, **values: str) -> Any:
    """Send the page's form: its own hidden fields, and what a person typed; then walk on."""
    # the first one: the footer has a form of its own
    hidden = dict(
        reversed(re.findall(r'<input type="hidden" name="(next)" value="([^"]*)"', response.content.decode()))
    )
    address = response.request["PATH_INFO"] + ("?" + query if (query := response.request["QUERY_STRING"]) else "")
    answer = visitor.post(address, {**{k: v.replace("&amp;", "&") for k, v in hidden.items()}, **values})
    return follow(visitor, answer["Location"]) if answer.status_code in {302, 303} and _stays(answer) else answer


def _stays(answer: Any) -> bool:
    return urlsplit(answer["Location"]).netloc in {"", "testserver"}


def answered(response: Any) -> dict[str, str]:
    """The parameters with which the browser came back to the app."""
    assert response["Location"].startswith(CALLBACK + "?"), response["Location"]
    return {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}


def plain(response: Any) -> str:
    """A page without what differs from one answer to the next."""
    return re.sub(r"nonce=\"[^\"]*\"", "", response.content.decode())


def link_in(mail: Any) -> str:
    """The first link of a mail, as a path."""
    found = re.search(r"http://testserver(/\S+)", mail.body)
    assert found is not None, mail.body
    return found[1]
