"""The rows that migrations leave, as they are put back after a test whose transactions were committed.

Django's own way, `flush`, empties every table and then lets every app make its permissions, and ours an issuer with keys, anew: that takes
longer than most tests, and a server that goes on to the next test may know the keys of the one before for a second.
"""

from datetime import UTC, datetime
from typing import Any

from django.db import connection

from oauth_server.models import AuditDoor, append_only

_FOREVER = datetime(9000, 1, 1, tzinfo=UTC)


class FirstRows:
    """Those of the database as it is when this is made."""

    def __init__(self) -> None:
        self._kept = {table: _rows(table) for table in _tables()}

    def put_back(self) -> None:
        """All other rows go, whatever was done to these; sequences go on."""
        # Foreign keys are looked at when the transaction ends, so the order is of no matter
        with append_only.door(_FOREVER), connection.cursor() as cursor:
            for table in _tables():
                columns, rows = self._kept.get(table, ([], []))
                if rows and _rows(table) == (columns, rows):
                    continue
                cursor.execute(f'DELETE FROM "{table}"')
                if rows:
                    names, places = ", ".join(f'"{name}"' for name in columns), ", ".join(["%s"] * len(columns))
                    cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({places})', rows)


def _tables() -> list[str]:
    """All but the one whose row lets audit events go; it lives inside a transaction."""
    found = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
    return sorted(found - {AuditDoor._meta.db_table})


def _rows(table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
        return [column[0] for column in cursor.description], cursor.fetchall()
