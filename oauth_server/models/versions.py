"""Triggers that give a client or an issuer a fresh `version` whenever its row, or a row that belongs to it, is written by anybody.

A process that keeps a copy compares versions in the statement that stores what the copy led to, so that no token is ever issued on
stale data. Made by `post_migrate`, dropped by `pre_migrate`: Django rebuilds a SQLite table to alter it, and the triggers of a table
vanish with it or stop the migration. No trigger names columns: on PostgreSQL that would block ALTER TABLE.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connections

from oauth_server.models.audience import Audience
from oauth_server.models.client import Client
from oauth_server.models.client_secret import ClientSecret
from oauth_server.models.issuer import Issuer
from oauth_server.models.scope import Scope
from oauth_server.models.signing_key import SigningKey

_PREFIX = "oauth_server_version_"


@dataclass(frozen=True, slots=True)
class Part:
    """A table whose rows belong to a client or an issuer. `owner` is SQL for its id, with {row} for NEW or OLD."""

    table: str
    of: str
    owner: str


def _parts() -> list[Part]:
    client, issuer = Client._meta.db_table, Issuer._meta.db_table
    audience = Audience._meta.db_table
    return [
        Part(ClientSecret._meta.db_table, client, "{row}.client_id"),
        Part(Client.scopes.through._meta.db_table, client, "{row}.client_id"),
        Part(Client.audiences.through._meta.db_table, client, "{row}.client_id"),
        # whom an API lets introspect belongs to the asking client's copy
        Part(Audience.introspectors.through._meta.db_table, client, "{row}.client_id"),
        Part(Scope._meta.db_table, issuer, "{row}.issuer_id"),
        Part(audience, issuer, "{row}.issuer_id"),
        Part(SigningKey._meta.db_table, issuer, "{row}.issuer_id"),
    ]


def install(using: str) -> None:
    """Make the triggers, unless all of them are there."""
    connection = connections[using]
    statements = list(_statements(connection.vendor))
    wanted = {statement.split('"')[1] for statement in statements if statement.startswith("CREATE TRIGGER")}
    if wanted == set(_installed(using)):
        return
    drop(using)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def drop(using: str) -> None:
    connection = connections[using]
    with connection.cursor() as cursor:
        for name, table in _installed(using).items():
            on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
            cursor.execute(f'DROP TRIGGER "{name}"{on}')


def _installed(using: str) -> dict[str, str]:
    """Our triggers, with their tables."""
    look_up = {
        "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
        "postgresql": "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE t.tgname LIKE %s AND pg_table_is_visible(c.oid)",
    }
    connection = connections[using]
    if connection.vendor not in look_up:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(look_up[connection.vendor], [f"{_PREFIX}%"])
        return dict(cursor.fetchall())


def _statements(vendor: str) -> Iterator[str]:
    if vendor == "sqlite":
        yield from _sqlite()
    elif vendor == "postgresql":
        yield from _postgresql()


def _sqlite() -> Iterator[str]:
    fresh = "(random() & 9223372036854775807)"
    for table in (Client._meta.db_table, Issuer._meta.db_table):
        yield (
            f'CREATE TRIGGER "{_PREFIX}{table}" AFTER UPDATE ON "{table}" WHEN NEW.version = OLD.version '
            f'BEGIN UPDATE "{table}" SET version = {fresh} WHERE id = NEW.id; END'
        )
    for part in _parts():
        for event, rows in (("INSERT", ["NEW"]), ("UPDATE", ["NEW", "OLD"]), ("DELETE", ["OLD"])):
            updates = " ".join(
                f'UPDATE "{part.of}" SET version = {fresh} WHERE id = {part.owner.format(row=row)};' for row in rows
            )
            yield (
                f'CREATE TRIGGER "{_PREFIX}{part.table}_{event.lower()}" AFTER {event} ON "{part.table}" '
                f"BEGIN {updates} END"
            )


def _postgresql() -> Iterator[str]:
    fresh = "(random() * 9007199254740991)::bigint"
    yield (
        f"CREATE OR REPLACE FUNCTION {_PREFIX}own() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN IF NEW.version = OLD.version THEN NEW.version := {fresh}; END IF; RETURN NEW; END $$"
    )
    for table in (Client._meta.db_table, Issuer._meta.db_table):
        yield (
            f'CREATE TRIGGER "{_PREFIX}{table}" BEFORE UPDATE ON "{table}" FOR EACH ROW EXECUTE FUNCTION {_PREFIX}own()'
        )
    for part in _parts():
        function = f"{_PREFIX}{part.table.removeprefix('oauth_server_')}"
        touch = f'UPDATE "{part.of}" SET version = {fresh} WHERE id = {part.owner};'
        yield (
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP <> 'DELETE' THEN {touch.format(row='NEW')} END IF; "
            f"IF TG_OP <> 'INSERT' THEN {touch.format(row='OLD')} END IF; RETURN NULL; END $$"
        )
        yield (
            f'CREATE TRIGGER "{_PREFIX}{part.table}" AFTER INSERT OR UPDATE OR DELETE ON "{part.table}" '
            f"FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
