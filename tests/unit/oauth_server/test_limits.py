"""Counters of failed attempts: a window each, in the database, exact under parallel attempts."""

from typing import Any

import pytest

from oauth_server import limits
from oauth_server.conf import settings
from oauth_server.models import Attempt

pytestmark = pytest.mark.django_db


def test_the_count_grows_within_the_window_and_starts_again_after_it(moving_clock: Any):
    assert [limits.count("client", "a", "192.0.2.1") for _ in range(3)] == [1, 2, 3]
    moving_clock.move(settings.LIMIT_WINDOW - 1)
    assert limits.count("client", "a", "192.0.2.1") == 4
    moving_clock.move(2)
    assert limits.count("client", "a", "192.0.2.1") == 1


def test_other_parts_are_other_counters():
    limits.count("client", "a", "192.0.2.1")
    assert limits.count("client", "a", "192.0.2.2") == 1
    assert limits.count("client", "b", "192.0.2.1") == 1
    # a part cannot be moved over the border to its neighbour
    assert limits.count("client", "a1", "92.0.2.1") == 1


def test_check_refuses_at_the_limit_and_says_when_to_come_back(moving_clock: Any):
    limits.check(2, "x")
    limits.count("x")
    limits.check(2, "x")
    limits.count("x")
    moving_clock.move(100)
    with pytest.raises(limits.TooManyAttempts) as refused:
        limits.check(2, "x")
    assert settings.LIMIT_WINDOW - 100 <= refused.value.retry_after <= settings.LIMIT_WINDOW - 98
    moving_clock.move(settings.LIMIT_WINDOW)
    limits.check(2, "x")


def test_take_lets_exactly_so_many_through():
    for _ in range(3):
        limits.take(3, "x")
    with pytest.raises(limits.TooManyAttempts):
        limits.take(3, "x")


def test_a_success_clears_the_counter():
    limits.count("x")
    limits.clear("x")
    assert limits.count("x") == 1


@pytest.mark.threat(100)
def test_what_is_counted_cannot_be_read_from_the_table():
    limits.count("sign_in", "ada@example.org", "192.0.2.1")
    row = Attempt.objects.values().get()
    assert len(row["key"]) == 64
    # not "ada": letters that a hexadecimal number may have
    assert [part for part in ("sign_in", "ada@", "192.0") if part in str(row)] == []


def test_a_long_or_strange_name_is_counted_like_any_other():
    assert limits.count("client", "é\ud800" + "x" * 100_000, "") == 1
