"""Triggers on clients and issuers, so that what is promised of them holds whoever writes their rows, and however.

A fresh `version` at each write of the row, or of a row that belongs to it. A process that keeps a copy compares versions in the statement
that stores what the copy led to, so that no token is ever issued on stale data.

Off is final: `enabled`, switched off or on, sets `tokens_not_before`, and that never goes back behind the present; what an object of
the ORM that was loaded earlier writes over it does not count. What was ended for an API or a scope stays ended in the same way.

No trigger names columns: on PostgreSQL that would block ALTER TABLE.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from oauth_server.models.audience import Audience
from oauth_server.models.authorization_detail_type import AuthorizationDetailType
from oauth_server.models.client import Client
from oauth_server.models.client_secret import ClientSecret
from oauth_server.models.issuer import Issuer
from oauth_server.models.scope import Scope
from oauth_server.models.signing_key import SigningKey
from oauth_server.models.triggers import Triggers

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
        Part(AuthorizationDetailType._meta.db_table, issuer, "{row}.issuer_id"),
        Part(audience, issuer, "{row}.issuer_id"),
        Part(SigningKey._meta.db_table, issuer, "{row}.issuer_id"),
    ]


def _statements(vendor: str) -> Iterator[str]:
    if vendor == "sqlite":
        yield from _sqlite()
    elif vendor == "postgresql":
        yield from _postgresql()


# A change of one of these ends what was issued before, and the family of the client's own tokens with it
_ENDS = "NEW.enabled <> OLD.enabled OR NEW.tokens_not_before {differs} OLD.tokens_not_before"


def _sqlite() -> Iterator[str]:
    fresh = "(random() & 9223372036854775807)"
    client, issuer = Client._meta.db_table, Issuer._meta.db_table
    # Its clock counts milliseconds: what was made in the same one is dead as well
    now, after = (f"strftime('%Y-%m-%d %H:%M:%f', 'now', '+0.00{n} seconds')" for n in (0, 1))
    switched = f"CASE WHEN NEW.enabled = OLD.enabled THEN '' WHEN NEW.enabled THEN {now} ELSE {after} END"
    kept = f"min(coalesce(OLD.tokens_not_before, ''), {now})"
    for table, owned in ((client, "id"), (issuer, "issuer_id")):
        # it does not fire itself: SQLite's recursive triggers are off
        yield (
            f'CREATE TRIGGER "{_PREFIX}{table}" AFTER UPDATE ON "{table}" '
            f'BEGIN UPDATE "{table}" SET version = {fresh} WHERE id = NEW.id; END'
        )
        yield (
            f'CREATE TRIGGER "{_PREFIX}{table}_ends" AFTER UPDATE ON "{table}" WHEN {_ENDS.format(differs="IS NOT")} BEGIN '
            f'UPDATE "{table}" SET tokens_not_before = '
            f"nullif(max(coalesce(NEW.tokens_not_before, ''), {kept}, {switched}), '') WHERE id = NEW.id; "
            f'UPDATE "{client}" SET standing_id = NULL WHERE {owned} = NEW.id AND standing_id IS NOT NULL; END'
        )
    for table in (Audience._meta.db_table, Scope._meta.db_table):
        yield (
            f'CREATE TRIGGER "{_PREFIX}{table}_kept" AFTER UPDATE ON "{table}" '
            "WHEN coalesce(NEW.tokens_not_before, '') < coalesce(OLD.tokens_not_before, '') "
            f'BEGIN UPDATE "{table}" SET tokens_not_before = OLD.tokens_not_before WHERE id = NEW.id; END'
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
    client, issuer = Client._meta.db_table, Issuer._meta.db_table
    clients_of_it = f'UPDATE "{client}" SET standing_id = NULL WHERE issuer_id = NEW.id AND standing_id IS NOT NULL;'
    for table, standing in ((client, "NEW.standing_id := NULL;"), (issuer, clients_of_it)):
        function = f"{_PREFIX}{table.removeprefix('oauth_server_')}"
        yield (
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"NEW.version := {fresh}; "
            f"IF {_ENDS.format(differs='IS DISTINCT FROM')} THEN {standing} "
            # no LEAST: it leaves out what is NULL
            "NEW.tokens_not_before := greatest(NEW.tokens_not_before, CASE WHEN NEW.enabled <> OLD.enabled "
            "OR OLD.tokens_not_before > clock_timestamp() THEN clock_timestamp() ELSE OLD.tokens_not_before END); "
            "END IF; RETURN NEW; END $$"
        )
        yield f'CREATE TRIGGER "{_PREFIX}{table}" BEFORE UPDATE ON "{table}" FOR EACH ROW EXECUTE FUNCTION {function}()'
    yield (
        f"CREATE OR REPLACE FUNCTION {_PREFIX}kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "NEW.tokens_not_before := greatest(NEW.tokens_not_before, OLD.tokens_not_before); RETURN NEW; END $$"
    )
    for table in (Audience._meta.db_table, Scope._meta.db_table):
        yield (
            f'CREATE TRIGGER "{_PREFIX}{table}_kept" BEFORE UPDATE ON "{table}" '
            f"FOR EACH ROW EXECUTE FUNCTION {_PREFIX}kept()"
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


TRIGGERS = Triggers(_PREFIX, _statements)
