"""What every test may use. The database, the rows and the servers are plugins of their own in `tests/plugins`."""

import gc
import math
import os
import random
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis
import pytest
from django.core.cache import cache
from django.utils import translation

from oauth_server import copies

# Sets are in the same order in every worker of xdist, so that cases named after them are too.
os.environ.setdefault("PYTHONHASHSEED", str(random.randrange(2**32)))

# What a shell starts in the background ignores Ctrl-C, and so does all that it starts: programs that are ended by it would not end.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The machine is shared: an example that took long once says nothing about the code.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


def pytest_collection_finish() -> None:
    """What was imported stays: a collector that looks through it again and again costs a twentieth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


# What is begun once for all tests that ask for it, and takes long
COSTLY = ("workers", "former", "running", "provider")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that share a costly beginning run side by side, so that one worker of xdist begins it, and first: nobody waits for them."""

    def place(item: pytest.Item) -> int:
        asked = getattr(item, "fixturenames", ())
        return next((number for number, name in enumerate(COSTLY) if name in asked), len(COSTLY))

    items.sort(key=place)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database's clock is measured once: seen from a test that travels in time it would be hours away, for all tests after it."""
    from django.test import TransactionTestCase

    from oauth_server import clock
    from tests.first_rows import FirstRows

    with django_db_blocker.unblock():
        clock._offsets["default"] = (math.inf, clock.offset())
        first_rows = FirstRows()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: first_rows.put_back())
        yield


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
