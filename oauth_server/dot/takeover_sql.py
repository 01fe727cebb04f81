"""How the statements of a takeover are spelled on PostgreSQL and on SQLite, and the tables in which it keeps its place."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections
from django.db.models import Model, UUIDField

from oauth_server import digest
from oauth_server.digest import Kind
from oauth_server.tokens import sql

STEPS = "oauth_takeover_step"
CHAIN = "oauth_takeover_chain"
REFRESH = "oauth_takeover_refresh"
ACCESS = "oauth_takeover_access"


@dataclass(frozen=True, slots=True)
class Source:
    """Where django-oauth-toolkit's rows are; a project that swapped its models names its own tables."""

    application: str = "oauth2_provider_application"
    access_token: str = "oauth2_provider_accesstoken"
    refresh_token: str = "oauth2_provider_refreshtoken"

    def names(self) -> dict[str, str]:
        """As statements name them: {app}, {at}, {rt}, with the tables of the takeover itself."""
        own = {"steps": STEPS, "chain": CHAIN, "refresh": REFRESH, "access": ACCESS}
        return own | {"app": f'"{self.application}"', "at": f'"{self.access_token}"', "rt": f'"{self.refresh_token}"'}


def table(model: type[Model]) -> str:
    return sql.table(model)


def is_postgresql() -> bool:
    return sql.is_postgresql()


def connection() -> Any:
    return connections[sql.using()]


def execute(statement: str, parameters: Sequence[Any] = ()) -> int:
    """The number of rows that it wrote."""
    with _cursor() as cursor:
        cursor.execute(statement, [_adapted(value) for value in parameters])
        written: int = cursor.rowcount
        return written


def rows(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with _cursor() as cursor:
        cursor.execute(statement, [_adapted(value) for value in parameters])
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def one(statement: str, parameters: Sequence[Any] = ()) -> Any:
    """The first column of the first row; None where there is none."""
    found = rows(statement, parameters)
    return found[0][0] if found else None


def dictionaries(statement: str) -> list[dict[str, Any]]:
    with _cursor() as cursor:
        cursor.execute(statement)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _cursor() -> Any:
    cursor = connection().cursor()
    if not is_postgresql():
        _teach(connection().connection)
    return cursor


def _adapted(value: Any) -> Any:
    return connection().ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _teach(raw: Any) -> None:
    """SQLite has neither hashes nor UUIDs: the functions that the statements use."""
    for kind in (Kind.ACCESS_TOKEN, Kind.REFRESH_TOKEN):
        raw.create_function(
            f"takeover_{kind}", 1, lambda inner, kind=kind: str(digest.of_checksum(kind, inner)), deterministic=True
        )
    raw.create_function(
        "takeover_uuid",
        1,
        lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        deterministic=True,
    )
    raw.create_function("takeover_sub", 1, _subject, deterministic=True)


def _subject(key: Any) -> str:
    pk = get_user_model()._meta.pk
    return str(uuid.UUID(key)) if isinstance(pk, UUIDField) else str(key)


def digested(kind: Kind, column: str) -> str:
    """A column of checksums as our digests."""
    if not is_postgresql():
        return f"takeover_{kind}({column})"
    outer, inner = (f"decode('{pad.hex()}', 'hex')" for pad in digest.pads(kind))
    return f"encode(sha256({outer} || sha256({inner} || convert_to({column}, 'UTF8'))), 'hex')"


def uuid_of(salt: str, what: str, column: str) -> str:
    """A UUID that is the same for the same row; `salt` keeps it from being guessed."""
    text = f"'{salt} {what} ' || CAST({column} AS text)"
    return f"CAST(md5({text}) AS uuid)" if is_postgresql() else f"takeover_uuid({text})"


def subject_of(column: str) -> str:
    return f"CAST({column} AS text)" if is_postgresql() else f"takeover_sub({column})"


def later(column: str, seconds: int) -> str:
    if is_postgresql():
        return f"({column} + make_interval(secs => {seconds:d}))"
    return f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', {column}, '+{seconds:d} seconds')"


def least(*values: str) -> str:
    return f"{'LEAST' if is_postgresql() else 'MIN'}({', '.join(values)})"


def greatest(*values: str) -> str:
    return f"{'GREATEST' if is_postgresql() else 'MAX'}({', '.join(values)})"


def time_slot() -> str:
    return "CAST(%s AS timestamptz)" if is_postgresql() else "%s"


def json_slot() -> str:
    return "CAST(%s AS jsonb)" if is_postgresql() else "%s"


def is_empty(column: str) -> str:
    return f"{column} = CAST('[]' AS jsonb)" if is_postgresql() else f"{column} = '[]'"


def create_steps() -> None:
    execute(f"CREATE TABLE {STEPS} (name varchar(40) PRIMARY KEY, position bigint NOT NULL)")


def create_work(*, temporary: bool = False) -> None:
    """What every token of DOT becomes: made once, so that an interrupted takeover goes on with the same answers."""
    family, time = ("uuid", "timestamptz") if is_postgresql() else ("char(32)", "datetime")
    kind = "TEMPORARY TABLE" if temporary else "TABLE"
    execute(f"CREATE {kind} {CHAIN} (id bigint PRIMARY KEY, root bigint NOT NULL)")
    execute(
        f"CREATE {kind} {REFRESH} (id bigint PRIMARY KEY, family {family}, state varchar(12) NOT NULL, expires {time})"
    )
    execute(f"CREATE {kind} {ACCESS} (id bigint PRIMARY KEY, family {family}, is_client boolean NOT NULL)")
    execute(f"CREATE INDEX {REFRESH}_family ON {REFRESH} (family)")
    execute(f"CREATE INDEX {ACCESS}_family ON {ACCESS} (family)")


def drop_work() -> None:
    for name in (CHAIN, REFRESH, ACCESS):
        execute(f"DROP TABLE {name}")


def position(name: str) -> int | None:
    """How far a step has come; None before it."""
    found: int | None = one(f"SELECT position FROM {STEPS} WHERE name = %s", [name])
    return found


def come_to(name: str, place: int = 0) -> None:
    if execute(f"UPDATE {STEPS} SET position = %s WHERE name = %s", [place, name]) == 0:
        execute(f"INSERT INTO {STEPS} (name, position) VALUES (%s, %s)", [name, place])
