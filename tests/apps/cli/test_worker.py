"""`worker`: one process that keeps house."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command

from oauth_server import webhook
from oauth_server.cli import worker
from oauth_server.models import JobRun
from oauth_server.tokens import jobs
from tests.apps.cli.conftest import Oauth


@pytest.mark.bar("D1.2")
def test_each_job_is_done_and_one_that_fails_keeps_no_other_from_it(
    oauth: Oauth, monkeypatch: Any, caplog: Any
) -> None:
    assert oauth("worker", "--once").code == 0
    assert {*jobs.EXPECTED} <= set(JobRun.objects.values_list("name", flat=True))
    JobRun.objects.all().delete()
    monkeypatch.setattr(jobs, "EVERY", {"no_such_command": 1.0, **jobs.EVERY})
    ran = oauth("worker", "--once")
    assert (ran.code, "no_such_command failed" in ran.err) == (1, True)
    assert "no_such_command failed" in caplog.text
    assert {*jobs.EXPECTED} <= set(JobRun.objects.values_list("name", flat=True))


@pytest.fixture
def signals() -> Iterator[None]:
    """What the process does at these signals is the same afterwards."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
def test_it_goes_on_until_it_is_ended_and_ends_between_two_jobs(oauth: Oauth, monkeypatch: Any) -> None:
    done: list[str] = []

    def run(name: str, **_: Any) -> None:
        done.append(name)
        if done.count("often") == 3:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(worker, "call_command", run)
    monkeypatch.setattr(worker, "close_old_connections", lambda: done.append("."))
    monkeypatch.setattr(jobs, "EVERY", {"often": 0.01, "seldom": 3600.0})
    assert oauth("worker").code == 0
    assert "".join(done) == "oftenseldom.often.often."


@pytest.mark.django_db
@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_that_stays_and_delivers_ends_after_its_round(number: signal.Signals, monkeypatch: Any) -> None:
    rounds: list[int] = []

    def deliver() -> int:
        rounds.append(1)
        signal.raise_signal(number)
        return 0

    monkeypatch.setattr(webhook, "deliver_all_due", deliver)
    call_command("deliver_logouts", watch=3600.0, verbosity=0)
    assert (len(rounds), JobRun.objects.filter(name="deliver_logouts").count()) == (1, 1)
