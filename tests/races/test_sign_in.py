"""Guesses at once: no more passwords are looked at than one after the other."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser

from accounts.models import User
from oauth_server import clock, limits
from oauth_server.models import Attempt
from oauth_server.policy import guesses

GUESSES = 1_000
LIMIT = 10
PASSWORD = "correct horse battery staple"


@pytest.mark.pg
@pytest.mark.threat(86)
@pytest.mark.bar("E5.2")
@pytest.mark.django_db(transaction=True)
def test_of_a_thousand_parallel_guesses_no_more_than_the_limit_are_looked_at(settings: Any) -> None:
    settings.OAUTH_SERVER = {
        **settings.OAUTH_SERVER,
        "SIGN_IN_FAILURES": LIMIT,
        "SIGN_IN_FAILURES_PER_ACCOUNT": 2 * LIMIT,
    }
    settings.ACCOUNT_RATE_LIMITS = False
    cache.clear()
    person = User.objects.create_user("ada@example.org", PASSWORD)

    def guess(number: int) -> int:
        """From 50 addresses: each has its limit, and all of them together have one. Every tenth by the page."""
        address = f"192.0.2.{number % 50}"
        try:
            if number % 10:
                guesses.take(person.email, address, "email")
                return 200
            values = {"login": person.email, "password": f"guess {number}"}
            return Browser(REMOTE_ADDR=address).post("/account/sign-in/", values).status_code
        except limits.TooManyAttempts:
            return 429
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        answers = Counter(pool.map(guess, range(GUESSES)))
    assert answers == {200: 2 * LIMIT, 429: GUESSES - 2 * LIMIT}

    # the person is heard where they had signed in before, and everywhere when the time is over: nobody is locked out for good
    refused = Browser(REMOTE_ADDR="198.51.100.1").post(
        "/account/sign-in/", {"login": person.email, "password": PASSWORD}
    )
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert re.search(rb"Try again after \d\d:\d\d UTC", refused.content)
    Attempt.objects.update(expires=clock.now())
    heard = Browser(REMOTE_ADDR="198.51.100.1").post("/account/sign-in/", {"login": person.email, "password": PASSWORD})
    assert heard.status_code == 302


@pytest.mark.pg
@pytest.mark.threat(86)
@pytest.mark.bar("E5.2")
@pytest.mark.django_db(transaction=True)
def test_of_a_thousand_parallel_guesses_at_as_many_accounts_one_address_has_its_limit(settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SIGN_IN_FAILURES_PER_ADDRESS": LIMIT}

    def guess(number: int) -> bool:
        try:
            guesses.take(f"p{number}@example.org", "192.0.2.1", "email")
        except limits.TooManyAttempts:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(guess, range(GUESSES))) == LIMIT
    guesses.take("p1@example.org", "192.0.2.2", "email")
    # a right password takes its own try back, and no other
    guesses.clear("p1@example.org", "192.0.2.2")
    guesses.take("p1@example.org", "192.0.2.2", "email")
    with pytest.raises(limits.TooManyAttempts):
        guesses.take("p1@example.org", "192.0.2.1", "email")
