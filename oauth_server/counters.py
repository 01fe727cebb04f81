"""How often something happens, and in which hour a secret was used: kept in this process, written once a minute by a thread of its own.

No request waits for it and no statement of a request pays for it. What a process has not written when it is killed is lost: the sums are
for plots, never for a decision or a bill.
"""

import atexit
import logging
import os
import threading
import time
from collections import Counter as Sums
from contextlib import suppress
from datetime import UTC, datetime

from django.db import connections, router, transaction

from oauth_server.conf import settings
from oauth_server.models import ClientSecret, ClientSecretUse, Counter

logger = logging.getLogger("oauth_server")

_EVERY = 60.0
_HOUR = 3600
# So many clients a process tells apart between two writes; those beyond are in the sums of all clients alone
_MOST = 10_000
_pending: Sums[tuple[str, str, int]] = Sums()
# secret → the last hour that this process has seen it in; those of them that are not written yet
_seen: dict[int, int] = {}
_used: dict[int, int] = {}
_lock = threading.Lock()
_running = False


def add(name: str, client_id: str = "") -> None:
    """Count one."""
    global _running
    if not settings.COUNT_USAGE:
        return
    hour = int(time.time()) // _HOUR
    with _lock:
        _pending[name, client_id if len(_pending) < _MOST else "", hour] += 1
        is_first, _running = not _running, True
    if is_first:
        _start()


def used(secret: int) -> None:
    """A client showed who it is by this secret. Once an hour and process this is more than a look into a dictionary."""
    global _running
    hour = int(time.time()) // _HOUR
    if not settings.COUNT_USAGE or _seen.get(secret) == hour:
        return
    with _lock:
        if len(_seen) >= _MOST:
            _seen.clear()
        _seen[secret] = _used[secret] = hour
        is_first, _running = not _running, True
    if is_first:
        _start()


def _start() -> None:
    threading.Thread(target=_run, name="oauth_server_counters", daemon=True).start()


def _run() -> None:
    """Until nothing came in a minute; the next `add` starts another."""
    global _running
    while True:
        time.sleep(_EVERY)
        with _lock:
            if not _pending and not _used:
                _running = False
                return
        try:
            write()
        except Exception:
            logger.exception("counters could not be written; their sums are kept")
        finally:
            connections.close_all()


def write() -> None:
    """Add what was summed up to the rows. What could not be written is kept for the next time."""
    with _lock:
        taken, last = _pending.copy(), dict(_used)
        _pending.clear()
        _used.clear()
    try:
        _upsert(_rows(taken))
        taken.clear()
        _note(last)
    except Exception:
        with _lock:
            _pending.update(taken)
            _used.update({secret: max(hour, _used.get(secret, 0)) for secret, hour in last.items()})
        raise


def _note(last: dict[int, int]) -> None:
    """In a table beside the secrets: a write to their own would make every process load the client again."""
    if not last:
        return
    there = ClientSecret.objects.filter(pk__in=last).values_list("pk", flat=True)
    rows = [ClientSecretUse(secret_id=pk, at=datetime.fromtimestamp(last[pk] * _HOUR, UTC)) for pk in sorted(there)]
    ClientSecretUse.objects.bulk_create(rows, update_conflicts=True, unique_fields=["secret"], update_fields=["at"])


def _rows(taken: Sums[tuple[str, str, int]]) -> list[tuple[str, str, datetime, str, int]]:
    sums: Sums[tuple[str, str, datetime, str]] = Sums()
    for (name, client_id, hour), count in taken.items():
        at = datetime.fromtimestamp(hour * _HOUR, UTC)
        sums["", Counter.Span.HOUR.value, at, name] += count
        if client_id:
            sums[client_id, Counter.Span.HOUR.value, at, name] += count
            sums[client_id, Counter.Span.DAY.value, at.replace(hour=0), name] += count
    # in one order everywhere: two processes that write the same rows do not wait for each other in a circle
    return sorted((*key, count) for key, count in sums.items())


def _upsert(rows: list[tuple[str, str, datetime, str, int]]) -> None:
    connection = connections[router.db_for_write(Counter)]
    table = connection.ops.quote_name(Counter._meta.db_table)
    statement = (
        f"INSERT INTO {table} (client_id, span, at, name, count) VALUES (%s, %s, %s, %s, %s) "  # noqa: S608
        f"ON CONFLICT (client_id, span, at, name) DO UPDATE SET count = {table}.count + excluded.count"
    )
    adapt = connection.ops.adapt_datetimefield_value
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.executemany(statement, [(client, span, adapt(at), name, n) for client, span, at, name, n in rows])


def _forked() -> None:
    """A child has neither the thread nor what its parent counted."""
    global _running, _lock
    _running, _lock = False, threading.Lock()
    _pending.clear()
    _used.clear()
    _seen.clear()


@atexit.register
def _at_the_end() -> None:
    with suppress(Exception):
        if _pending or _used:
            write()


os.register_at_fork(after_in_child=_forked)
