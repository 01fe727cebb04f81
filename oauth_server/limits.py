"""Limits on failed attempts: one atomic upsert a failure, in the database, so that no restart and no second worker forgets.

Hot paths pay nothing: generated secrets are counted after they failed, and only slow or guessable ones are asked for before.
"""

from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F

from oauth_server import clock, conflicts, digest
from oauth_server.conf import settings
from oauth_server.models import Attempt


class TooManyAttempts(Exception):
    """`retry_after`: seconds until the window ends."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = max(1, retry_after)
        super().__init__(f"retry after {self.retry_after} s")


def _key(*parts: str) -> str:
    return digest.digest(digest.Kind.ATTEMPT, "\x1f".join(parts))


def check(limit: int, *parts: str) -> None:
    """Raises `TooManyAttempts` when `limit` failures are already counted in the window."""
    now = clock.now()
    row = Attempt.objects.filter(key=_key(*parts), expires__gt=now, count__gte=limit).first()
    if row is not None:
        raise TooManyAttempts(int((row.expires - now).total_seconds()) + 1)


def count(*parts: str) -> int:
    """Count one failure; the first opens a window of LIMIT_WINDOW seconds. Returns the count in the window."""
    return _count(settings.LIMIT_WINDOW, 0, parts)


def _count(window: int, keeps_open: int, parts: tuple[str, ...]) -> int:
    """Count one. The window stays as it was opened; each attempt up to the `keeps_open`th opens it anew."""
    now = clock.now()
    until = now + timedelta(seconds=window)
    connection = connections[router.db_for_write(Attempt)]
    table = connection.ops.quote_name(Attempt._meta.db_table)
    adapt = connection.ops.adapt_datetimefield_value
    statement = (
        f"INSERT INTO {table} (key, count, expires) VALUES (%s, 1, %s) "  # noqa: S608
        f"ON CONFLICT (key) DO UPDATE SET "
        f"count = CASE WHEN {table}.expires > %s THEN {table}.count + 1 ELSE 1 END, "
        f"expires = CASE WHEN {table}.expires > %s AND {table}.count >= %s THEN {table}.expires ELSE excluded.expires END "
        f"RETURNING count"
    )
    parameters = [_key(*parts), adapt(until), adapt(now), adapt(now), keeps_open]
    try:
        return _total(connection, statement, parameters)
    except DatabaseError as error:
        if connection.vendor != "postgresql" or connection.in_atomic_block or not conflicts.is_conflict(error):
            raise
    # A host's REPEATABLE READ: many count in one row, and a counter needs no snapshot
    with transaction.atomic(using=connection.alias):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        return _total(connection, statement, parameters)


def _total(connection: BaseDatabaseWrapper, statement: str, parameters: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.fetchone()[0])


def take(limit: int, *parts: str) -> None:
    """Count an attempt before it is tried; raises `TooManyAttempts` beyond `limit`. Correct under parallel guesses."""
    if count(*parts) > limit:
        raise TooManyAttempts(settings.LIMIT_WINDOW)


def take_spaced(limit: int, window: int, *parts: str) -> None:
    """The same for what may be guessed while it lives: no `window` seconds, wherever they begin, hold more than `limit` attempts."""
    if _count(window, limit, parts) > limit:
        raise TooManyAttempts(window)


def give_back(*parts: str) -> None:
    """An attempt that was right does not count, and makes no room for more wrong ones."""
    Attempt.objects.filter(key=_key(*parts), count__gt=0).update(count=F("count") - 1)


def clear(*parts: str) -> None:
    """Forget the failures, after a success."""
    Attempt.objects.filter(key=_key(*parts)).delete()
