"""What the tests of several apps need."""

from collections.abc import Callable

import pytest

from oauth_server import issuers
from oauth_server.deeds import admin_token


@pytest.fixture
def token_of(db: None) -> Callable[..., str]:
    """An admin token with these scopes alone."""
    return lambda *scopes: admin_token.make(issuers.first(), scopes, 3_600).access_token
