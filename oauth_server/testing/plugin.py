"""The pytest plugin of the wheel. It imports nothing of Django before a test asks for one of its fixtures, which need pytest-django."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from oauth_server.models import Client, Issuer


@pytest.fixture
def oauth_issuer(db: None) -> "Issuer":
    """The first issuer, in the test's database."""
    from oauth_server import issuers

    return issuers.first()


@pytest.fixture
def live_oauth_issuer(live_server: Any, settings: Any) -> "Iterator[Issuer]":
    """The first issuer behind pytest-django's `live_server`: its `identifier` is the address, where every endpoint answers."""
    from oauth_server import fetch, issuers

    settings.OAUTH_SERVER = {**getattr(settings, "OAUTH_SERVER", {}), "ISSUER": live_server.url}
    yield issuers.first()
    # one that is kept holds a thread of the server, and that must not be at work while Python ends
    fetch.disconnect()


@pytest.fixture
def oauth_client_factory(db: None) -> "Callable[..., tuple[Client, str]]":
    """`client, secret = oauth_client_factory(name="Robot", scope="orders:read")`: the members are client metadata."""
    from oauth_server.testing import issue

    return issue.client


@pytest.fixture
def oauth_client(oauth_client_factory: "Callable[..., tuple[Client, str]]") -> "tuple[Client, str]":
    """A client for its own tokens, and its secret."""
    return oauth_client_factory()


@pytest.fixture
def access_token(db: None) -> Callable[..., str]:
    """`access_token(user=ada, scopes=["orders:read"], audience="https://api.example.com/orders")`: a live token."""
    from oauth_server.testing import issue

    return issue.access_token


@pytest.fixture
def oauth_token(db: None) -> Callable[..., dict[str, Any]]:
    """`oauth_token(scope="orders:read", audience="https://api.example.com/orders")`: a whole token response."""
    from oauth_server.testing import issue

    return issue.token


@pytest.fixture
def authed_api_client(access_token: Callable[..., str]) -> "Callable[..., APIClient]":
    """`authed_api_client(user=ada, scopes=[…], audience="…")`: a test client of Django REST framework that sends such a token."""
    from rest_framework.test import APIClient

    def authed(**asked: Any) -> APIClient:
        made = APIClient()
        made.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(**asked)}")
        return made

    return authed


@pytest.fixture
def jwks(oauth_issuer: "Issuer") -> Callable[[], dict[str, Any]]:
    """`jwks()`: the public keys of the first issuer, as it publishes them now."""
    from oauth_server.testing import issue

    return lambda: issue.jwks(oauth_issuer)


@pytest.fixture
def frozen_keys(oauth_issuer: "Issuer") -> dict[str, Any]:
    """The first issuer signs with keys that are the same in every run; these are their public halves."""
    from oauth_server.testing import issue

    return issue.freeze_keys(oauth_issuer)
