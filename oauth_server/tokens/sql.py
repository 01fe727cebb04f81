"""How the hot statements are spelled: portable across SQLite and PostgreSQL, names taken from the models.

SQLite's RETURNING knows its own table and sub-selects only, so a family comes along as one JSON object made by a sub-select; its times
are text without a zone, so they pass `connection.ops` on their way in and are read as UTC on their way out.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import FieldDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.models import Model

from oauth_server.conf import settings
from oauth_server.models import AccessToken, Authorization, Client, Issuer, Session
from oauth_server.values import value

_FAMILY_TEXT = ("sub", "scope", "acr")
_FAMILY_IDS = ("client_id", "user_id", "session_id")
_FAMILY_TIMES = ("auth_time", "created", "expires_at", "revoked_at")
_FAMILY_JSON = ("audiences", "amr", "claims", "extra", "details")


@value(frozen=True, slots=True)
class Family:
    """A family as a statement brought it along.

    `person_is_active`, `password` None: there is no person, or their model has to be asked. `auth_hash`, `signed_out_at`: the session's.
    """

    authorization: Authorization
    person_is_active: bool | None
    password: str | None
    auth_hash: str | None
    signed_out_at: datetime | None


def table(model: type[Model]) -> str:
    return f'"{model._meta.db_table}"'


def using() -> str:
    """The database of the tokens."""
    if not router.routers:
        return DEFAULT_DB_ALIAS
    return router.db_for_write(AccessToken) or DEFAULT_DB_ALIAS


def execute(statement: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    """Run a statement; its first row, if it returns any. One that returns nothing gives (row count,)."""
    connection = connections[using()]
    if connection.vendor != "postgresql":
        parameters = [_adapt(connection, value) for value in parameters]
    elif _may_prepare(connection):
        return _execute_prepared(connection, statement, parameters)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone() if _returns_rows(statement) else (cursor.rowcount,)


@lru_cache(maxsize=256)
def _returns_rows(statement: str) -> bool:
    """Instead of `cursor.description`, which psycopg makes of an object for each column."""
    return statement.startswith("SELECT ") or " RETURNING " in statement


def _may_prepare(connection: Any) -> bool:
    """Django's own cursor wherever a log of queries is kept."""
    return settings.PREPARED_STATEMENTS and not connection.queries_logged


def _execute_prepared(connection: Any, statement: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    """On Django's connection, so in Django's transactions; bound and prepared by the server."""
    prepared = _driver()
    if connection.connection is None:
        connection.ensure_connection()
    try:
        if connection.execute_wrappers:
            return _execute_wrapped(connection, prepared.execute, statement, parameters)
        found: tuple[Any, ...] | None = prepared.execute(connection.connection, statement, parameters)
    except prepared.psycopg.Error:
        with connection.wrap_database_errors:
            raise
    return found


@cache
def _driver() -> Any:
    """Not there where Django talks to PostgreSQL through psycopg2, or to another database."""
    from oauth_server.tokens import prepared

    return prepared


def _execute_wrapped(
    connection: Any, execute: Any, statement: str, parameters: Sequence[Any]
) -> tuple[Any, ...] | None:
    """As Django's own cursor does with its `execute_wrapper`s."""
    found: list[tuple[Any, ...] | None] = []

    def run(statement: str, parameters: Any, many: bool, context: Any) -> None:
        found.append(execute(connection.connection, statement, parameters))

    for wrapper in reversed(connection.execute_wrappers):
        run = partial(wrapper, run)
    run(statement, parameters, False, {"connection": connection, "cursor": None})
    return found[-1]


def _adapt(connection: Any, value: Any) -> Any:
    """For a database without a type for it; what PostgreSQL takes, its driver knows."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    return value


@lru_cache(maxsize=256)
def as_json(names: tuple[str, ...]) -> str:
    """A list as a JSON column takes it."""
    return json.dumps(names)


@lru_cache(maxsize=256)
def from_json(text: str) -> tuple[str, ...]:
    """The counterpart of `as_json`."""
    return tuple(json.loads(text))


def is_postgresql() -> bool:
    return connections[using()].vendor == "postgresql"


def asynchronously() -> str:
    """Commit this one statement without waiting for the disk, by setting; for a lone insert, never inside a transaction."""
    if not settings.ASYNCHRONOUS_COMMIT or not is_postgresql():
        return ""
    return " AND set_config('synchronous_commit', 'off', true) = 'off'"


def slots(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def is_presented(digests: int, within: bool) -> str:
    """Whether a row `t` is the access token with one of these digests; parameters: those, and where `within` the days of its expiry."""
    expiry = " AND t.expires >= %s AND t.expires < %s" if within else ""
    return f"t.token_checksum IN ({slots([None] * digests)}){expiry}"


def is_true_still() -> str:
    """Whether the copies of a client and its issuer are what the database holds; parameters: `proof`."""
    return (
        f"EXISTS (SELECT 1 FROM {table(Client)} c JOIN {table(Issuer)} i ON i.id = c.issuer_id "  # noqa: S608
        "WHERE c.id = %s AND c.version = %s AND i.version = %s AND c.enabled AND i.enabled)"
    )


def proof(client: Client) -> list[int]:
    return [client.id, client.version, client.issuer.version]


def family_of(row: str) -> str:
    """A sub-select that gives the family of a row, with whether its person is active, as one JSON text."""
    users = get_user_model()._meta
    as_json = "%s" if is_postgresql() else "json(%s)"
    members = [(name, f"a.{name}") for name in ("id", *_FAMILY_TEXT, *_FAMILY_IDS, *_FAMILY_TIMES)]
    members += [(name, as_json % f"a.{name}") for name in _FAMILY_JSON]
    members += [("person", _of_user(active_column())), ("password", _of_user(_password_column()))]
    members += [("auth_hash", "s.auth_hash"), ("signed_out_at", "s.ended_at")]
    listed = ", ".join(f"'{name}', {column}" for name, column in members)
    built = f"CAST(json_build_object({listed}) AS text)" if is_postgresql() else f"json_object({listed})"
    key = users.pk.column
    return (
        f"(SELECT {built} FROM {table(Authorization)} a LEFT JOIN {table(Session)} s ON s.id = a.session_id "  # noqa: S608
        f'LEFT JOIN "{users.db_table}" u ON u."{key}" = a.user_id WHERE a.id = {row}.authorization_id)'
    )


def _of_user(column: str) -> str:
    return f"u.{column}" if column else "NULL"


def active_column() -> str:
    """The column of the user model that says whether a person is active; empty where it is no column of its own table."""
    return _own_column("is_active")


def _password_column() -> str:
    """The column from which `get_session_auth_hash` is made; empty where the user model makes it in its own way."""
    makes_it = getattr(get_user_model(), "get_session_auth_hash", None)
    return _own_column("password") if makes_it is AbstractBaseUser.get_session_auth_hash else ""


def _own_column(name: str) -> str:
    users = get_user_model()
    try:
        found: Any = users._meta.get_field(name)
    except FieldDoesNotExist:
        return ""
    own = getattr(found, "concrete", False) and found.model is users
    return f'"{found.column}"' if own else ""


def read_family(text: str | None) -> Family | None:
    """The counterpart of `family_of`; None for an orphan."""
    if text is None:
        return None
    members = json.loads(text)
    person, password, auth_hash, signed_out_at = map(members.pop, ("person", "password", "auth_hash", "signed_out_at"))
    for name in _FAMILY_TIMES:
        members[name] = read_time(members[name])
    members["id"] = UUID(members["id"])
    if members["session_id"] is not None:
        members["session_id"] = UUID(members["session_id"])
    if members["user_id"] is not None:
        members["user_id"] = get_user_model()._meta.pk.to_python(members["user_id"])
    active = None if person is None else bool(person)
    return Family(Authorization(**members), active, password, auth_hash, read_time(signed_out_at))


def user_key(value: Any) -> Any:
    """The key of a person as the database takes it, whatever the key of the user model is."""
    if value is None:
        return None
    return get_user_model()._meta.pk.get_db_prep_value(value, connections[using()], prepared=False)


def read_time(value: Any) -> datetime | None:
    return None if value is None else as_time(value)


def as_time(value: Any) -> datetime:
    time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
