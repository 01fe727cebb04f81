"""RFC 6750 §2 an access token that somebody presents for a person's claims: token, family and person in one statement.

For live opaque tokens only. What is not found here (a JWT, a dead token, a user model of several tables) is for `lookup` to explain.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections

from oauth_server import clock, digest
from oauth_server.digest import Kind
from oauth_server.models import AccessToken, Authorization, Client, Issuer, Session
from oauth_server.models import not_before as ended_before
from oauth_server.models.access_token import is_alive, is_signed_out
from oauth_server.policy import people
from oauth_server.tokens import opaque, partitions, sql
from oauth_server.values import value

_OWN = (
    "t.scope, t.resource, t.expires, t.revoked, a.created, a.revoked_at, a.expires_at, a.scope, a.audiences, s.ended_at, a.sub, "
    "a.claims, c.client_id, c.version, c.enabled, c.tokens_not_before, i.version, i.enabled, i.tokens_not_before"
)
_COUNT = _OWN.count(",") + 1


@value(frozen=True, slots=True)
class Bearer:
    """`versions` are those of the client and its issuer: they prove a copy of the client. `asked`: the `claims` parameter."""

    sub: str
    scope: str
    audiences: Sequence[str]
    asked: Mapping[str, Any]
    user: Any
    client_id: str
    versions: tuple[int, int]


def find(presented: str, issuer: Issuer) -> Bearer | None:
    """A live token of a person of this issuer."""
    if not opaque.is_well_formed(opaque.ACCESS_TOKEN, presented) or not _is_one_table():
        return None
    digests = digest.candidates(Kind.ACCESS_TOKEN, presented)
    within = partitions.within(presented)
    statement = _statement(len(digests), within is not None)
    row = sql.execute(statement, [*map(str, digests), *(within or ()), issuer.id])
    return None if row is None else _bearer(row, issuer)


def _bearer(row: tuple[Any, ...], issuer: Issuer) -> Bearer | None:
    scope, resource, expires, revoked, born, family_revoked, family_expires, *rest = row[:_COUNT]
    family_scope, family_audiences, ended, sub, claims, *rest = rest
    client_id, version, enabled, not_before, issuer_version, issuer_enabled, issuer_not_before = rest
    now = clock.now()
    if revoked is not None or sql.as_time(expires) <= now or is_signed_out(family_scope, sql.read_time(ended)):
        return None
    limits = (sql.read_time(not_before), sql.read_time(issuer_not_before))
    is_on = bool(enabled and issuer_enabled)
    if not is_alive(family_revoked, sql.as_time(family_expires), is_on, limits, sql.as_time(born), now):
        return None
    known = ended_before.limits(issuer.pk, issuer_version)
    if known and ended_before.is_ended(
        known, sql.as_time(born), f"{family_scope} {scope}", _both(resource, family_audiences)
    ):
        return None
    user = _person(row[_COUNT:])
    if not people.may_use(user, issuer):
        return None
    asked = json.loads(claims).get("userinfo", {})
    return Bearer(sub, scope, sql.from_json(resource), asked, user, client_id, (version, issuer_version))


def _both(first: str, second: str) -> tuple[str, ...]:
    return sql.from_json(first) + sql.from_json(second)


@lru_cache(maxsize=16)
def _statement(digests: int, within: bool) -> str:
    users = get_user_model()._meta
    person = ", ".join(f'u."{field.column}"' for field in users.concrete_fields)
    return (
        f"SELECT {_OWN}, {person} FROM {sql.table(AccessToken)} t "  # noqa: S608
        f"JOIN {sql.table(Authorization)} a ON a.id = t.authorization_id "
        f"JOIN {sql.table(Client)} c ON c.id = t.application_id "
        f"JOIN {sql.table(Issuer)} i ON i.id = c.issuer_id "
        f'JOIN "{users.db_table}" u ON u."{users.pk.column}" = a.user_id '
        f"LEFT JOIN {sql.table(Session)} s ON s.id = a.session_id "
        f"WHERE {sql.is_presented(digests, within)} AND i.id = %s"
    )


@cache
def _is_one_table() -> bool:
    users = get_user_model()._meta
    return all(field.model._meta.db_table == users.db_table for field in users.concrete_fields)


def _person(values: tuple[Any, ...]) -> Any:
    """As a query set makes one: values of the database become values of the fields."""
    users = get_user_model()
    read = list(values)
    connection = connections[sql.using()]
    for index, column, converters in _converters(sql.using(), connection.vendor):
        for convert in converters:
            read[index] = convert(read[index], column, connection)
    return users.from_db(sql.using(), [field.attname for field in users._meta.concrete_fields], read)


Converter = Callable[[Any, Any, Any], Any]


@lru_cache(maxsize=16)
def _converters(using: str, vendor: str) -> list[tuple[int, Any, list[Converter]]]:
    """By column of the user model, where there are any."""
    users, connection = get_user_model(), connections[using]
    found = []
    for index, field in enumerate(users._meta.concrete_fields):
        column = field.get_col(users._meta.db_table)
        converters = [*connection.ops.get_db_converters(column), *field.get_db_converters(connection)]
        if converters:
            found.append((index, column, converters))
    return found
