"""Guesses at once at the token endpoint: no more passwords are looked at than one after the other."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from tests import factories
from tests.flows import App

GUESSES = 200
LIMIT = 10


@pytest.mark.pg
@pytest.mark.seed("S-71")
@pytest.mark.threat(86)
@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_parallel_guesses_no_more_than_the_limit_are_looked_at(settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SIGN_IN_FAILURES": LIMIT, "PASSWORD_GRANT": True}
    person = factories.UserFactory(email="ada@example.org")
    app = factories.app(grant_types=["password"], response_types=[], redirect_uris="")

    def guess(number: int) -> int:
        try:
            mine = App(app.row, app.secret)
            values = {"username": person.get_username(), "password": f"guess {number}"}
            return int(mine.token(grant_type="password", **values).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(guess, range(GUESSES)))
    assert answers == {400: LIMIT, 429: GUESSES - LIMIT}
