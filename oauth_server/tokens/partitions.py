"""Access tokens in a table for each day on which they expire (PostgreSQL, opt-in): what is over goes by dropping a table.

Every token of ours says its day, so a look-up asks one of those tables. Refresh tokens stay in one: that a token has one successor is a
unique constraint, and one over partitions would have to contain the expiry.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.db import connections, transaction

from oauth_server import clock
from oauth_server.models import AccessToken
from oauth_server.tokens import opaque, sql

# So many days have their table before they come. What expires later, or while nobody made tables, is kept in the default one
AHEAD = 40
_TABLE = AccessToken._meta.db_table
_DEFAULT = f"{_TABLE}_default"
_NAME = re.compile(rf"{_TABLE}_until_(\d{{8}})", re.ASCII)
_PRIMARY, _UNIQUE = f"{_TABLE}_pkey", "oauth_server_at_digest"
_LOCK_TIMEOUT = "2s"


class NotPossible(Exception):
    """Why the table cannot be converted."""


def within(presented: str) -> tuple[datetime, datetime] | None:
    """From when and before when a token expires, as far as that finds its table; None where there is but one."""
    if not is_partitioned(sql.using()):
        return None
    day = opaque.day(opaque.ACCESS_TOKEN, presented)
    return None if day is None else (_midnight(day), _midnight(day + timedelta(days=1)))


@lru_cache(maxsize=8)
def is_partitioned(using: str) -> bool:
    """Asked once by a process: one that was started before the conversion finds every token too, in all tables."""
    if connections[using].vendor != "postgresql":
        return False
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_partitioned_table WHERE partrelid = to_regclass(%s)", [f'"{_TABLE}"'])
        return cursor.fetchone() is not None


def convert() -> None:
    """The table as it is becomes the first partition, so no row is copied; what was stored after it goes into tables by day.

    The indexes are built beside the server; then the table is locked while it is read once. Raises `NotPossible`.
    """
    connection = connections[sql.using()]
    if connection.vendor != "postgresql":
        raise NotPossible("Only PostgreSQL has partitions.")
    if is_partitioned(sql.using()):
        raise NotPossible("The access tokens are partitioned already.")
    with connection.cursor() as cursor:
        for name, column in ((_PRIMARY, "id"), (_UNIQUE, "token_checksum")):
            # an index that an interrupted run left is not valid
            cursor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{name}_first"')
            cursor.execute(f'CREATE UNIQUE INDEX CONCURRENTLY "{name}_first" ON "{_TABLE}" ({column}, expires)')
    with transaction.atomic(using=sql.using()), connection.cursor() as cursor:
        cursor.execute(f'LOCK TABLE "{_TABLE}" IN ACCESS EXCLUSIVE MODE')
        _become_first(cursor)
    is_partitioned.cache_clear()


def _become_first(cursor: Any) -> None:
    cursor.execute(f'SELECT max(expires), max(id) FROM "{_TABLE}"')  # noqa: S608
    last, highest = cursor.fetchone()
    until = max(filter(None, (last, clock.now()))).astimezone(UTC).date() + timedelta(days=1)
    first = _name(until)
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = %s "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(%s)) AND indexname NOT LIKE %s",
        [_TABLE, f'"{_TABLE}"', "%\\_first"],
    )
    indexes = cursor.fetchall()
    statements = [
        f'ALTER TABLE "{_TABLE}" DROP CONSTRAINT "{_PRIMARY}"',
        f'ALTER TABLE "{_TABLE}" DROP CONSTRAINT "{_UNIQUE}"',
        f'ALTER TABLE "{_TABLE}" ALTER id DROP IDENTITY IF EXISTS',
        f'ALTER TABLE "{_TABLE}" RENAME TO "{first}"',
        *(f'ALTER INDEX "{name}" RENAME TO "{name}_first"' for name, _ in indexes),
        f'ALTER TABLE "{first}" ADD CONSTRAINT "{_PRIMARY}_first" PRIMARY KEY USING INDEX "{_PRIMARY}_first"',
        f'ALTER TABLE "{first}" ADD CONSTRAINT "{_UNIQUE}_first" UNIQUE USING INDEX "{_UNIQUE}_first"',
        f'CREATE TABLE "{_TABLE}" (LIKE "{first}" INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE) '
        "PARTITION BY RANGE (expires)",
        # identity columns of partitioned tables came with PostgreSQL 17
        f'CREATE SEQUENCE "{_TABLE}_id_seq" AS bigint START {(highest or 0) + 1} OWNED BY "{_TABLE}".id',
        f'ALTER TABLE "{_TABLE}" ALTER id SET DEFAULT nextval(\'"{_TABLE}_id_seq"\')',
        f'ALTER TABLE "{_TABLE}" ADD CONSTRAINT "{_PRIMARY}" PRIMARY KEY (id, expires)',
        f'ALTER TABLE "{_TABLE}" ADD CONSTRAINT "{_UNIQUE}" UNIQUE (token_checksum, expires)',
        *(definition for _, definition in indexes),
        f'ALTER TABLE "{_TABLE}" ATTACH PARTITION "{first}" FOR VALUES FROM (MINVALUE) TO ({_literal(until)})',
        f'CREATE TABLE "{_DEFAULT}" PARTITION OF "{_TABLE}" DEFAULT',
    ]
    for statement in statements:
        cursor.execute(statement)
    _provide(cursor, until)


def clear(batch: int, now: datetime) -> Iterator[int]:
    """Drop the tables of days that are over, make those of days to come; yields about how many rows went, table by table.

    A lock that is not given within two seconds is not waited for: what is left is done by the next run.
    """
    using = sql.using()
    today = now.astimezone(UTC).date()
    with connections[using].cursor() as cursor:
        days = _days(cursor)
        for until in (day for day in days if day <= today):
            yield _drop(cursor, _name(until))
        with transaction.atomic(using=using):
            _provide(cursor, max([*days, today]))
        removed = batch
        while removed == batch:
            cursor.execute(
                f'DELETE FROM "{_DEFAULT}" WHERE id IN (SELECT id FROM "{_DEFAULT}" WHERE expires < %s ORDER BY expires LIMIT %s)',  # noqa: S608
                [now, batch],
            )
            removed = cursor.rowcount
            yield removed


def _drop(cursor: Any, name: str) -> int:
    with transaction.atomic(using=sql.using()):
        cursor.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
        cursor.execute("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass(%s)", [f'"{name}"'])
        (about,) = cursor.fetchone()
        cursor.execute(f'DROP TABLE "{name}"')
    return int(about)


def _days(cursor: Any) -> list[date]:
    """Where the tables that there are end."""
    cursor.execute(
        "SELECT c.relname FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid WHERE h.inhparent = to_regclass(%s)",
        [f'"{_TABLE}"'],
    )
    names = (_NAME.fullmatch(name) for (name,) in cursor.fetchall())
    return sorted(datetime.strptime(name[1], "%Y%m%d").date() for name in names if name)


def _provide(cursor: Any, last: date) -> None:
    """Tables from the end of the last one up to AHEAD days from now, without days of which the default one has rows."""
    cursor.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
    ahead = clock.now().astimezone(UTC).date() + timedelta(days=AHEAD)
    while last < ahead:
        begin, last = last, last + timedelta(days=1)
        cursor.execute(
            f'SELECT 1 FROM "{_DEFAULT}" WHERE expires >= {_literal(begin)} AND expires < {_literal(last)} LIMIT 1'  # noqa: S608
        )
        if cursor.fetchone() is None:
            cursor.execute(
                f'CREATE TABLE "{_name(last)}" PARTITION OF "{_TABLE}" FOR VALUES FROM ({_literal(begin)}) TO ({_literal(last)})'
            )


def _name(until: date) -> str:
    return f"{_TABLE}_until_{until:%Y%m%d}"


def _literal(day: date) -> str:
    return f"'{_midnight(day).isoformat()}'"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
