"""`worker`: the commands that keep house (`tokens/jobs.py`), each in its turn, in one process."""

import logging
import threading
import time

import click
from django.core.management import call_command
from django.db import close_old_connections

from oauth_server.tokens import jobs

logger = logging.getLogger("oauth_server")

_LONGEST_REST = 60.0


@click.command()
@click.option("--once", is_flag=True, help="Do each of them once and end.")
def worker(once: bool) -> None:
    """Keep house until it is ended: tell apps of sign-outs, rotate keys, remove what has expired.

    It may run beside the server and beside others of its kind. What fails is logged and tried again in its next turn.
    """
    ended = threading.Event() if once else jobs.ended()
    if not once:
        click.echo(f"Keeping house: {', '.join(jobs.EVERY)}. Press Ctrl-C to end.", err=True)
    due = dict.fromkeys(jobs.EVERY, 0.0)
    while not ended.is_set():
        failed = []
        for name in [name for name, moment in due.items() if moment <= time.monotonic()]:
            if not ended.is_set() and not _done(name):
                failed.append(name)
            due[name] = time.monotonic() + jobs.EVERY[name]
        if once and failed:
            raise click.ClickException(f"{', '.join(failed)} failed; see the log.")
        if once:
            return
        ended.wait(min(_LONGEST_REST, max(0.0, min(due.values()) - time.monotonic())))
        close_old_connections()


def _done(name: str) -> bool:
    try:
        call_command(name, verbosity=0)
    except Exception:
        logger.exception("%s failed", name)
        return False
    return True
