"""What every test may use. The database, the rows and the servers are plugins of their own in `tests/plugins`."""

import os
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis
import pytest
from django.core.cache import cache
from django.utils import translation

from oauth_server import copies

# Sets are in the same order in every worker of xdist, so that cases named after them are too.
os.environ.setdefault("PYTHONHASHSEED", str(random.randrange(2**32)))

# The machine is shared: an example that took long once says nothing about the code.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


@pytest.fixture(autouse=True)
def _nobody_was_limited() -> None:
    """The engine's rate limits live in the cache, and floods are counted in memory: no rollback empties them."""
    from oauth_server.endpoints import base

    cache.clear()
    base._recorded.clear()
    # the language of the last request stays with the thread
    translation.deactivate()


class Clock:
    """The server's clock, standing still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def now(self, using: str = "default") -> datetime:
        return self.time

    def move(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def moving_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """`moving_clock.move(seconds)`; without it the time does not pass."""
    from oauth_server import clock

    moving = Clock()
    monkeypatch.setattr(clock, "now", moving.now)
    return moving


@pytest.fixture
def person(db: None) -> Any:
    """Somebody with an account; the password is `flows.PASSWORD`."""
    from tests.factories import UserFactory

    return UserFactory(email="ada@example.org")


@pytest.fixture
def visitor(db: None) -> Any:
    """A browser in which nobody is signed in."""
    from tests.flows import Browser

    return Browser()


@pytest.fixture
def signed_in(visitor: Any, person: Any) -> Any:
    """A browser in which the person is signed in."""
    visitor.force_sign_in(person)
    return visitor


@pytest.fixture
def app(db: None) -> Any:
    """A confidential first-party client with every standard scope; the program that holds its secret."""
    from tests.factories import app

    return app()


@pytest.fixture
def public_app(db: None) -> Any:
    """The same without a secret."""
    from tests.factories import app

    return app(token_endpoint_auth_method="none", grant_types=["authorization_code", "refresh_token"])


@pytest.fixture(autouse=True)
def _no_copies():
    """What a process keeps of rows belongs to the database of one test."""
    yield
    copies.clear()
