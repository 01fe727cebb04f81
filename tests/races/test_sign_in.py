"""Guesses at once: no more passwords are looked at than one after the other."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser

from accounts.models import User

GUESSES = 200
LIMIT = 10


@pytest.mark.pg
@pytest.mark.threat(86)
@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_parallel_guesses_no_more_than_the_limit_are_looked_at(settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SIGN_IN_FAILURES": LIMIT}
    settings.ACCOUNT_RATE_LIMITS = False
    cache.clear()
    User.objects.create_user("ada@example.org", "correct horse battery staple")

    def guess(number: int) -> int:
        try:
            values = {"login": "ada@example.org", "password": f"guess {number}"}
            return Browser().post("/account/sign-in/", values).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(guess, range(GUESSES)))
    assert answers == {200: LIMIT, 429: GUESSES - LIMIT}
