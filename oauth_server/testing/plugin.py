"""The pytest plugin of the wheel. It imports nothing of Django before a test asks for one of its fixtures, which need pytest-django."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def oauth_issuer(db: None) -> Any:
    """The first issuer, in the test's database."""
    from oauth_server import issuers

    return issuers.first()


@pytest.fixture
def oauth_client_factory(oauth_issuer: Any) -> Callable[..., Any]:
    """`client, secret = oauth_client_factory(name="Robot", scope="orders:read")`: the members are client metadata."""
    from oauth_server.testing import issue

    return issue.client


@pytest.fixture
def access_token(oauth_issuer: Any) -> Callable[..., str]:
    """`access_token(user=ada, scopes=["orders:read"], audience="https://api.example.com/orders")`: a live token."""
    from oauth_server.testing import issue

    return issue.access_token
