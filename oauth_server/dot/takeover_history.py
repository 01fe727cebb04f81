"""Takeover of a database on which django-oauth-toolkit is applied: the history of migrations, and foreign keys from outside.

Plain `migrate` stops there: DOT's migrations count as applied before ours, on which they depend once its models are swapped.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from oauth_server.dot import takeover_sql as sql
from oauth_server.dot.takeover_sql import Source
from oauth_server.models import Client
from oauth_server.tokens import foreign

FIRST = ("oauth_server", "0001_initial")
# DOT 3.4.1; its checksums are what tokens are found by
LAST_OF_DOT = ("oauth2_provider", "0022_refreshtoken_token_family_index")


def is_consistent() -> bool:
    """Whether our first migration is recorded."""
    return FIRST in MigrationRecorder(sql.connection()).applied_migrations()


def is_dot_current() -> bool:
    return LAST_OF_DOT in MigrationRecorder(sql.connection()).applied_migrations()


def has_table(name: str) -> bool:
    with sql.connection().cursor() as cursor:
        return name in sql.connection().introspection.table_names(cursor)


def make_consistent(until: datetime) -> None:
    """One transaction: our first tables, their record, the takeover's own table, and word that foreign tokens will come."""
    connection = sql.connection()
    loader = MigrationLoader(connection)
    migration = loader.get_migration(*FIRST)
    state = loader.project_state(FIRST, at_end=False)
    with connection.schema_editor(atomic=True) as editor:
        migration.apply(state, editor)
        # what apply() has put off until the editor closes does not stand in the way of rows
        MigrationRecorder(connection).record_applied(*FIRST)
        sql.create_steps()
        sql.execute("INSERT INTO oauth_server_replay (kind, value, expires) VALUES (%s, '', %s)", [foreign.KIND, until])


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key to one of DOT's tables."""

    table: str
    name: str
    definition: str


def references(source: Source, target: str) -> list[Reference]:
    """From tables that are not DOT's own."""
    own = {source.application, source.access_token, source.refresh_token}
    found = _postgresql_references(target) if sql.is_postgresql() else _sqlite_references(target)
    return [row for row in found if row.table not in own and not row.table.startswith("oauth2_provider_")]


def _postgresql_references(target: str) -> list[Reference]:
    rows = sql.rows(
        "SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
        "JOIN pg_class t ON t.oid = k.confrelid WHERE k.contype = 'f' AND t.relname = %s AND pg_table_is_visible(t.oid)",
        [target],
    )
    return [Reference(*row) for row in rows]


def _sqlite_references(target: str) -> list[Reference]:
    rows = sql.rows(
        "SELECT m.name, 'fk_' || f.id, m.sql FROM sqlite_master m, pragma_foreign_key_list(m.name) f "
        "WHERE m.type = 'table' AND f.\"table\" = %s",
        [target],
    )
    return [Reference(*row) for row in rows]


def point_to_ours(source: Source) -> int:
    """Every foreign key from outside to DOT's applications, to our clients with the same keys. How many there were."""
    found = references(source, source.application)
    with transaction.atomic(using=sql.connection().alias):
        for row in found:
            _point_postgresql(row, source) if sql.is_postgresql() else None
        if not sql.is_postgresql() and found:
            _point_sqlite(found, source)
    return len(found)


def _point_postgresql(row: Reference, source: Source) -> None:
    ours = row.definition
    for theirs in (f"REFERENCES {source.application}(", f'REFERENCES "{source.application}"('):
        ours = ours.replace(theirs, f"REFERENCES {sql.table(Client)}(")
    sql.execute(f'ALTER TABLE "{row.table}" DROP CONSTRAINT "{row.name}", ADD CONSTRAINT "{row.name}" {ours}')


def _point_sqlite(found: list[Reference], source: Source) -> None:
    """SQLite has no statement for it; its documentation's way to change a constraint (lang_altertable.html §7)."""
    version = sql.one("PRAGMA schema_version")
    sql.execute("PRAGMA writable_schema = ON")
    for name in {row.table for row in found}:
        sql.execute(
            "UPDATE sqlite_master SET sql = replace(sql, %s, %s) WHERE type = 'table' AND name = %s",
            [f'REFERENCES "{source.application}"', f"REFERENCES {sql.table(Client)}", name],
        )
    sql.execute(f"PRAGMA schema_version = {version + 1}")
    sql.execute("PRAGMA writable_schema = OFF")
