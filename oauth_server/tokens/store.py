"""The statements that use a credential up or store what it bought, each one proving that it was unused and that no copy was stale.

Raw SQL for the hot paths only: client credentials, code exchange, refresh. How it is spelled is in `sql.py`.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import F, Model

from oauth_server import clock, digest
from oauth_server.copies import Stale
from oauth_server.models import (
    AccessToken,
    Authorization,
    AuthorizationCode,
    Client,
    Interaction,
    Issuer,
    RefreshToken,
    Replay,
    Session,
)
from oauth_server.tokens import sql
from oauth_server.tokens.sql import Family
from oauth_server.values import value

# SQLite takes so many parameters at least
_AT_ONCE = 500


@value(frozen=True, slots=True)
class UsedCode:
    """An authorization code that this very statement used."""

    id: int
    redirect_uri: str
    redirect_uri_given: bool
    code_challenge: str
    nonce: str
    family: Family | None


@value(frozen=True, slots=True)
class UsedRefreshToken:
    """A refresh token that this very statement superseded."""

    id: int
    family: Family | None


def use_code(digests: list[digest.TokenDigest], client: Client, now: datetime) -> UsedCode | None:
    """The code, if this call used it. The first statement of its transaction: SQLite then waits for the lock."""
    code = sql.table(AuthorizationCode)
    row = sql.execute(
        f"UPDATE {code} SET used_at = %s WHERE code IN ({sql.slots(digests)}) AND application_id = %s "  # noqa: S608
        f"AND used_at IS NULL AND expires > %s AND {sql.is_true_still()} "
        "RETURNING id, redirect_uri, redirect_uri_given, code_challenge, nonce, " + sql.family_of(code),
        [now, *map(str, digests), client.pk, now, *sql.proof(client)],
    )
    if row is None:
        return None
    key, uri, given, challenge, nonce, family = row
    return UsedCode(key, uri, bool(given), challenge, nonce, sql.read_family(family))


def use_refresh_token(digests: list[digest.TokenDigest], client: Client, now: datetime) -> UsedRefreshToken | None:
    """The refresh token, if this call superseded it; what it was sealed with is erased."""
    token = sql.table(RefreshToken)
    row = sql.execute(
        f"UPDATE {token} SET used_at = %s, sealed = '' WHERE token_checksum IN ({sql.slots(digests)}) "  # noqa: S608
        f"AND application_id = %s AND used_at IS NULL AND revoked IS NULL AND expires > %s AND {sql.is_true_still()} "
        "RETURNING id, " + sql.family_of(token),
        [now, *map(str, digests), client.pk, now, *sql.proof(client)],
    )
    return None if row is None else UsedRefreshToken(row[0], sql.read_family(row[1]))


@value(frozen=True, slots=True)
class NewToken:
    """A row to store; a model instance would cost more than the rest of the request's Python."""

    digest: digest.TokenDigest
    client_id: int
    user_id: object
    authorization_id: UUID
    scope: str
    audiences: tuple[str, ...]
    created: datetime
    expires: datetime

    def values(self) -> list[object]:
        return [
            "",
            str(self.digest),
            self.client_id,
            sql.user_key(self.user_id),
            self.authorization_id,
            self.scope,
            sql.as_json(self.audiences),
            self.created,
            self.expires,
        ]


@value(frozen=True, slots=True)
class NewAccessToken(NewToken):
    # RFC 9396, as JSON
    details: str | None

    def values(self) -> list[object]:
        return [*NewToken.values(self), self.details]


@value(frozen=True, slots=True)
class NewRefreshToken(NewToken):
    previous_id: int | None
    sealed: str

    def values(self) -> list[object]:
        return [*NewToken.values(self), self.previous_id, self.sealed]


_SHARED = "token, token_checksum, application_id, user_id, authorization_id, scope, resource, created, expires"
_ACCESS_TOKEN = f"{_SHARED}, details"
_REFRESH_TOKEN = f"{_SHARED}, previous_id, sealed"


def insert_standing_access_token(row: NewAccessToken, client: Client) -> bool:
    """Store a client's own token, if the copy of the client is still true: the one statement of client credentials."""
    stored = sql.execute(_standing(sql.asynchronously()), [*row.values(), *sql.proof(client)])
    return stored == (1,)


@cache
def _standing(asynchronously: str) -> str:
    columns = _ACCESS_TOKEN.split(",")
    return (
        f"INSERT INTO {sql.table(AccessToken)} ({_ACCESS_TOKEN}) SELECT {sql.slots(columns)} "  # noqa: S608
        f"FROM {sql.table(Client)} c JOIN {sql.table(Issuer)} i ON i.id = c.issuer_id "
        "WHERE c.id = %s AND c.version = %s AND i.version = %s AND c.enabled AND i.enabled" + asynchronously
    )


def is_true_still(client: Client) -> bool:
    """Whether the copy of the client is still true; for a token that leaves no row."""
    return sql.execute(f"SELECT 1 WHERE {sql.is_true_still()}", sql.proof(client)) is not None


@value(frozen=True, slots=True)
class Presented:
    """An access token as introspection sees it; `person_is_active` as in `Family`."""

    client_pk: int
    client_id: str
    enabled: bool
    client_not_before: datetime | None
    scope: str
    audiences: tuple[str, ...]
    created: datetime
    expires: datetime
    revoked: datetime | None
    family_created: datetime
    family_revoked_at: datetime | None
    family_expires_at: datetime
    family_scope: str
    family_audiences: tuple[str, ...]
    signed_out_at: datetime | None
    sub: str
    user_id: object
    person_is_active: bool | None
    auth_time: datetime | None
    acr: str
    amr: tuple[str, ...]
    # RFC 9396, as JSON
    details: str | None


def present(
    digests: list[digest.TokenDigest], within: tuple[datetime, datetime] | None, caller: Client
) -> Presented | None:
    """An access token of the caller's issuer, in one statement that also proves the copy of the caller. Raises `copies.Stale`.

    `within`: see `partitions`. Flat LEFT JOINs: a nested join makes SQLite materialise it.
    """
    row = sql.execute(
        _present(len(digests), within is not None), [*map(str, digests), *(within or ()), *sql.proof(caller)]
    )
    if row is None:
        raise Stale
    # the token, its client, or its family is not there: an orphan is as good as unknown
    return None if row[0] is None or row[9] is None else _presented(row)


@lru_cache(maxsize=16)
def _present(digests: int, within: bool) -> str:
    users = get_user_model()._meta
    active = sql.active_column()
    return (
        "SELECT c.id, c.client_id, c.enabled, c.tokens_not_before, t.scope, t.resource, t.created, t.expires, t.revoked, "  # noqa: S608
        f"a.created, a.revoked_at, a.expires_at, a.scope, a.audiences, s.ended_at, a.sub, a.user_id, "
        f"{'u.' + active if active else 'NULL'}, a.auth_time, a.acr, a.amr, t.details "
        f"FROM {sql.table(Client)} r JOIN {sql.table(Issuer)} i ON i.id = r.issuer_id "
        f"LEFT JOIN {sql.table(AccessToken)} t ON {sql.is_presented(digests, within)} "
        f"LEFT JOIN {sql.table(Authorization)} a ON a.id = t.authorization_id "
        f"LEFT JOIN {sql.table(Session)} s ON s.id = a.session_id "
        f"LEFT JOIN {sql.table(Client)} c ON c.id = t.application_id AND c.issuer_id = r.issuer_id "
        f'LEFT JOIN "{users.db_table}" u ON u."{users.pk.column}" = a.user_id '
        "WHERE r.id = %s AND r.version = %s AND i.version = %s AND r.enabled AND i.enabled"
    )


def _presented(row: tuple[Any, ...]) -> Presented:
    """The columns are in the order of the fields."""
    members = list(row)
    if getattr(members[_CREATED], "tzinfo", None) is None:
        for place in _TIMES:
            members[place] = sql.read_time(members[place])
        for place in _BOOLEANS:
            members[place] = None if members[place] is None else bool(members[place])
    for place in _LISTS:
        members[place] = sql.from_json(members[place])
    return Presented(*members)


def _places(*names: str) -> list[int]:
    every = [field.name for field in fields(Presented)]
    return [every.index(name) for name in names]


(_CREATED,) = _places("created")
# what SQLite gives as text, as a time without zone, or as a number
_TIMES = _places(
    *(
        "client_not_before created expires revoked family_created family_revoked_at family_expires_at signed_out_at auth_time".split()
    )
)
_BOOLEANS = _places("enabled", "person_is_active")
_LISTS = _places("audiences", "family_audiences", "amr")


def insert_tokens(access_token: NewAccessToken | None, refresh_token: NewRefreshToken | None) -> None:
    """Store what a code or a refresh token bought: one statement on PostgreSQL, two on SQLite."""
    inserts = []
    if refresh_token is not None:
        inserts.append((_insert(RefreshToken, _REFRESH_TOKEN), refresh_token.values()))
    if access_token is not None:
        inserts.append((_insert(AccessToken, _ACCESS_TOKEN), access_token.values()))
    if len(inserts) == 2 and sql.is_postgresql():
        (first, its), (second, others) = inserts
        sql.execute(f"WITH r AS ({first}) {second}", [*its, *others])
        return
    for statement, values in inserts:
        sql.execute(statement, values)


def _insert(model: type[Model], columns: str) -> str:
    return f"INSERT INTO {sql.table(model)} ({columns}) VALUES ({sql.slots(columns.split(','))})"  # noqa: S608


def release_code(code_id: int, now: datetime) -> None:
    """Give back a code that this very transaction used, so that its owner can still redeem it."""
    AuthorizationCode.objects.filter(pk=code_id, used_at=now).update(used_at=None)


def count_wrong_verifier(code_id: int, limit: int, now: datetime) -> None:
    """One more wrong code verifier; the one that reaches the limit uses the code up."""
    AuthorizationCode.objects.filter(pk=code_id).update(attempts=F("attempts") + 1)
    AuthorizationCode.objects.filter(pk=code_id, attempts__gte=limit, used_at=None).update(used_at=now)


def finish_interaction(interaction_id: int, now: datetime) -> bool:
    """Whether this call is the one that finished the interaction."""
    return Interaction.objects.filter(pk=interaction_id, finished_at=None, expires__gt=now).update(finished_at=now) == 1


def revoke_family(authorization_id: UUID, now: datetime) -> bool:
    """Whether this call ended the family; those made by exchange from it end with it."""
    ended = Authorization.objects.filter(pk=authorization_id, revoked_at=None).update(revoked_at=now)
    Authorization.objects.filter(parent=authorization_id, revoked_at=None).update(revoked_at=now)
    return ended == 1


def revoke_families(authorization_ids: Sequence[UUID], now: datetime) -> None:
    """End these and those made by exchange from them, many by one statement."""
    for first in range(0, len(authorization_ids), _AT_ONCE):
        some = authorization_ids[first : first + _AT_ONCE]
        Authorization.objects.filter(pk__in=some, revoked_at=None).update(revoked_at=now)
        Authorization.objects.filter(parent__in=some, revoked_at=None).update(revoked_at=now)


def use_once(kind: str, value: str, until: datetime) -> bool:
    """Whether (kind, value) is seen for the first time. One insert, committed by itself; kept until `until`.

    A row for each of DIGEST_KEYS: while a key is exchanged no process takes for new what another wrote under the other key. In one order,
    so that two processes do not wait for each other.
    """
    digests = sorted(digest.candidates(digest.Kind.REPLAY, f"{kind}\x1f{value}"))
    try:
        with transaction.atomic():
            Replay.objects.bulk_create([Replay(kind=kind, value=one, expires=until) for one in digests])
    except IntegrityError:
        return False
    return True


def was_seen(kind: str, value: str) -> bool:
    """Whether (kind, value) was used once and is still remembered."""
    candidates = digest.candidates(digest.Kind.REPLAY, f"{kind}\x1f{value}")
    return Replay.objects.filter(kind=kind, value__in=candidates, expires__gt=clock.now()).exists()
