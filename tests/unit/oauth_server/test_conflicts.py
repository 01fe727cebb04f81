"""Who lost against another transaction starts over, at most three times; every other failure is told at once."""

from typing import Any

import pytest
from django.db import OperationalError, transaction

from oauth_server import conflicts


def lost(sqlstate: str = "", busy: str = "") -> OperationalError:
    error, cause = OperationalError("lost"), Exception("the driver's")
    for name, value in (("sqlstate", sqlstate), ("sqlite_errorname", busy)):
        if value:
            setattr(cause, name, value)
    error.__cause__ = cause
    return error


class Run:
    """Fails so many times."""

    def __init__(self, times: int, error: Exception) -> None:
        self.times, self.error, self.calls = times, error, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return "done"


CONFLICTS = [lost("40001"), lost("40P01"), lost(busy="SQLITE_BUSY"), lost(busy="SQLITE_BUSY_SNAPSHOT")]


@pytest.mark.threat(110)
@pytest.mark.parametrize("error", CONFLICTS)
def test_who_lost_starts_over_three_times_and_no_more(error: OperationalError):
    for times in (0, 1, 3):
        run = Run(times, error)
        assert (conflicts.repeat(run), run.calls) == ("done", times + 1)
    run = Run(4, error)
    with pytest.raises(OperationalError):
        conflicts.repeat(run)
    assert run.calls == 4


@pytest.mark.threat(110)
@pytest.mark.parametrize("error", [lost(), lost("57P01"), lost("55P03"), lost(busy="SQLITE_IOERR"), ValueError("x")])
def test_any_other_failure_is_told_at_once(error: Exception):
    run = Run(1, error)
    with pytest.raises(type(error)):
        conflicts.repeat(run)
    assert run.calls == 1


def test_who_waited_for_the_lock_of_a_file_waits_no_second_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(conflicts, "_PATIENCE", -1.0)
    run = Run(1, lost(busy="SQLITE_BUSY"))
    with pytest.raises(OperationalError):
        conflicts.repeat(run)
    assert run.calls == 1
    assert conflicts.repeat(Run(1, lost("40001"))) == "done"


@pytest.mark.django_db(transaction=True)
def test_inside_a_callers_transaction_nothing_is_repeated(db: Any):
    run = Run(1, lost("40001"))
    with pytest.raises(OperationalError), transaction.atomic():
        conflicts.repeat(run)
    assert run.calls == 1
