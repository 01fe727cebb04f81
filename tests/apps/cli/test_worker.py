"""`worker`: one process that keeps house."""

import signal
from typing import Any

import pytest

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


def test_it_goes_on_until_it_is_ended_and_ends_between_two_jobs(oauth: Oauth, monkeypatch: Any) -> None:
    done: list[str] = []

    def run(name: str, **_: Any) -> None:
        done.append(name)
        if done.count("often") == 3:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(worker, "call_command", run)
    monkeypatch.setattr(worker, "close_old_connections", lambda: done.append("."))
    monkeypatch.setattr(jobs, "EVERY", {"often": 0.01, "seldom": 3600.0})
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        assert oauth("worker").code == 0
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(number, handler)
    assert "".join(done) == "oftenseldom.often.often."
