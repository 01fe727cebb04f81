"""One clock decides: the database's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from oauth_server import clock


@pytest.fixture(autouse=True)
def _unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_offsets", {})


@pytest.mark.threat(104)
def test_it_is_aware_and_near_the_machine_that_runs_the_database(db: None):
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=2)
    assert clock.now().utcoffset() == timedelta()
    assert abs(clock.timestamp() - datetime.now(UTC).timestamp()) < 2


@pytest.mark.pg
@pytest.mark.threat(104)
def test_a_machine_whose_clock_is_wrong_goes_by_the_database(db: None, monkeypatch: pytest.MonkeyPatch):
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) - timedelta(seconds=30)

    monkeypatch.setattr(clock, "datetime", Wrong)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    assert abs(clock.now() - theirs) < timedelta(seconds=2)


def test_it_is_measured_once_and_again_after_ten_minutes(db: None, monkeypatch: pytest.MonkeyPatch):
    measured = iter(range(1, 9))
    monkeypatch.setattr(clock, "_measure", lambda using: timedelta(seconds=next(measured)))
    assert [clock.offset(), clock.offset()] == [timedelta(seconds=1)] * 2
    then, value = clock._offsets["default"]
    clock._offsets["default"] = (then - clock.MEASURE_EVERY, value)
    assert clock.offset() == timedelta(seconds=2)
