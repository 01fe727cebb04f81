"""One clock decides every expiry: the database's.

`now()` is this machine's time plus the offset of the database's clock, which is measured when first needed and every ten minutes.
It is handed to SQL as a parameter, so that a test can move it. SQLite has no clock of its own: the offset is zero.
"""

import time
from datetime import UTC, datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, connections

MEASURE_EVERY = 600.0

_offsets: dict[str, tuple[float, timedelta]] = {}


def now(using: str = DEFAULT_DB_ALIAS) -> datetime:
    """The time of the database, aware, UTC."""
    ahead = offset(using)
    here = datetime.now(UTC)
    return here + ahead if ahead else here


def timestamp() -> int:
    """Whole seconds since 1970, as JWTs count them (RFC 7519 §2, NumericDate)."""
    return int(now().timestamp())


def offset(using: str = DEFAULT_DB_ALIAS) -> timedelta:
    """How far the database's clock is ahead of this machine's."""
    kept = _offsets.get(using)
    if kept is None or time.monotonic() - kept[0] >= MEASURE_EVERY:
        kept = (time.monotonic(), _measure(using))
        _offsets[using] = kept
    return kept[1]


def _measure(using: str) -> timedelta:
    connection = connections[using]
    if connection.vendor != "postgresql":
        return timedelta()
    with connection.cursor() as cursor:
        before = datetime.now(UTC)
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
        after = datetime.now(UTC)
    # Half the round trip is the error of one measurement; below it the clocks are the same.
    middle = before + (after - before) / 2
    return timedelta() if abs(theirs - middle) <= (after - before) else theirs - middle
