"""Transactions that lost against another one: whoever asked starts over, at most three times (PostgreSQL, SQLSTATE class 40).

Under READ COMMITTED, for which the statements are written, only a deadlock is left; under REPEATABLE READ and SERIALIZABLE every loser
of a race ends here. On SQLite it is who read before it wrote, in a transaction that did not begin IMMEDIATE.
"""

import secrets
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, connections

AGAIN = 3
# seconds: who waited for SQLite's lock as long as this has waited enough
_PATIENCE = 1.0
_SERIALIZATION_FAILURE, _DEADLOCK = "40001", "40P01"

T = TypeVar("T")


def is_conflict(error: DatabaseError) -> bool:
    """Whether the transaction would have gone well alone."""
    return getattr(error.__cause__, "sqlstate", "") in {_SERIALIZATION_FAILURE, _DEADLOCK} or _is_busy(error)


def repeat(run: Callable[[], T]) -> T:
    """What `run` gives, begun again when its transaction lost. Raises what the last one raised."""
    began = time.monotonic()
    for number in range(AGAIN):
        try:
            return run()
        except DatabaseError as error:
            if not is_conflict(error) or _is_inside() or (_is_busy(error) and time.monotonic() - began > _PATIENCE):
                raise
        # those who lost together do not meet again at once
        time.sleep(secrets.SystemRandom().uniform(0, 0.01 * 2**number))
    return run()


def _is_busy(error: DatabaseError) -> bool:
    return getattr(error.__cause__, "sqlite_errorname", "").startswith("SQLITE_BUSY")


def _is_inside() -> bool:
    """In a transaction of the caller's, which only the caller can begin again."""
    return any(connection.in_atomic_block for connection in connections.all(initialized_only=True))
