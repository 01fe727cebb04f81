"""When each command that keeps house was last run, noted in the database, where every machine sees it; and how one that stays is ended."""

import signal
import threading
from datetime import datetime

from oauth_server import clock
from oauth_server.models import JobRun

# What has to run now and then, and how many seconds may pass until the console says that it does not
EXPECTED = {"clear_expired": 2 * 86_400, "rotate_keys": 2 * 86_400, "deliver_logouts": 3_600}

# What `oauth worker` does, and how many seconds lie between; an app adds its own when Django starts
EVERY: dict[str, float] = {"deliver_logouts": 5.0, "rotate_keys": 3600.0, "clear_expired": 3600.0}


def ended() -> threading.Event:
    """Is set when this process is told to end. The first process of a container ignores the signal unless it says what to do."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    return told


def note(name: str) -> None:
    """The command has just finished."""
    JobRun.objects.update_or_create(name=name, defaults={"finished": clock.now()})


def last_runs() -> dict[str, datetime | None]:
    found = dict(JobRun.objects.values_list("name", "finished"))
    return {name: found.get(name) for name in EXPECTED}


def overdue(now: datetime) -> list[str]:
    """What was not run for too long, or never."""
    return [
        name
        for name, finished in last_runs().items()
        if finished is None or (now - finished).total_seconds() > EXPECTED[name]
    ]
