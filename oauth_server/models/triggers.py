"""How triggers are made and dropped: a set of them has one prefix, and is made whole or not at all.

`post_migrate` makes them, `pre_migrate` drops them on SQLite: Django rebuilds a table there to alter it, and the triggers of a table
vanish with it or stop the migration.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import connections

_INSTALLED = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
    "postgresql": "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "WHERE t.tgname LIKE %s AND pg_table_is_visible(c.oid)",
}


@dataclass(frozen=True, slots=True)
class Triggers:
    """`statements(vendor)` makes all whose names begin with the prefix; none on a database that we do not know."""

    prefix: str
    statements: Callable[[str], Iterable[str]]

    def install(self, using: str) -> None:
        """Make them, unless all of them are there."""
        connection = connections[using]
        statements = list(self.statements(connection.vendor))
        wanted = {statement.split('"')[1] for statement in statements if statement.startswith("CREATE TRIGGER")}
        if wanted == set(self._installed(using)):
            return
        self.drop(using)
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def drop(self, using: str) -> None:
        connection = connections[using]
        with connection.cursor() as cursor:
            for name, table in self._installed(using).items():
                on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
                cursor.execute(f'DROP TRIGGER "{name}"{on}')

    def _installed(self, using: str) -> dict[str, str]:
        """Ours, with their tables."""
        connection = connections[using]
        if connection.vendor not in _INSTALLED:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(_INSTALLED[connection.vendor], [f"{self.prefix}%"])
            return dict(cursor.fetchall())
