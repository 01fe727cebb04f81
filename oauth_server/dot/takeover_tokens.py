"""Takeover of django-oauth-toolkit's tokens: which live, to which family each belongs, and the copying in batches.

DOT calls a refresh token `revoked` both when it was exchanged and when it was ended on purpose. Here an exchanged one, with a later
token in its family or an access token that came of it, is *superseded*: its replay ends the family. Neither ever gets a grace.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Model

from oauth_server.conf import settings
from oauth_server.digest import Kind
from oauth_server.dot import takeover_sql as sql
from oauth_server.dot.takeover_sql import Source
from oauth_server.models import AccessToken, Authorization, Client, RefreshToken
from oauth_server.tokens import foreign
from oauth_server.tokens.sql import as_time

BATCH = 10_000
_KEPT = "('live', 'superseded', 'revoked')"
# as the standing family of a client of ours: it ends by revocation
_STANDING = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Terms:
    """When it is taken over, how long DOT let an unused refresh token live after its access token, and the audience of what had none."""

    source: Source
    now: datetime
    refresh_seconds: int | None
    audiences: tuple[str, ...]

    @property
    def end(self) -> datetime:
        return self.now + timedelta(seconds=settings.REFRESH_TOKEN_LIFETIME)


def classify(terms: Terms) -> None:
    """Fill the tables of `takeover_sql.create_work`."""
    salt, names = secrets.token_hex(16), terms.source.names()
    _judge_refresh_tokens(terms, names)
    _follow_chains(salt, names)
    sql.execute(
        "UPDATE {refresh} SET state = 'superseded' WHERE state = 'revoked' AND ("
        "EXISTS (SELECT 1 FROM {at} a WHERE a.source_refresh_token_id = {refresh}.id) OR EXISTS "
        "(SELECT 1 FROM {refresh} later WHERE later.family = {refresh}.family AND later.id > {refresh}.id))".format(
            **names
        )
    )
    _judge_access_tokens(terms, salt, names)
    sql.execute(
        "UPDATE {refresh} SET state = 'over' WHERE state IN ('superseded', 'revoked') AND NOT EXISTS "
        "(SELECT 1 FROM {refresh} l WHERE l.family = {refresh}.family AND l.state = 'live') AND NOT EXISTS "
        "(SELECT 1 FROM {access} l WHERE l.family = {refresh}.family)".format(**names)
    )


def _judge_refresh_tokens(terms: Terms, names: dict[str, str]) -> None:
    expires, is_expired, parameters = sql.time_slot(), "1 = 0", [terms.end]
    if terms.refresh_seconds is not None:
        expires = sql.least(sql.later("a.expires", terms.refresh_seconds), sql.time_slot())
        is_expired = "a.expires <= %s"
        parameters = [terms.now - timedelta(seconds=terms.refresh_seconds), terms.end]
    # DOT's look-up takes the live row of a checksum, else the one revoked last
    first = (
        "SELECT id, ROW_NUMBER() OVER (PARTITION BY token_checksum ORDER BY "
        "CASE WHEN revoked IS NULL THEN 0 ELSE 1 END, revoked DESC, id DESC) AS place FROM {rt}"
    )
    sql.execute(
        (
            "INSERT INTO {refresh} (id, family, state, expires) SELECT r.id, r.token_family, "
            "CASE WHEN f.place > 1 THEN 'duplicate' WHEN r.revoked IS NOT NULL THEN 'revoked' "
            f"WHEN a.id IS NULL THEN 'orphan' WHEN {is_expired} THEN 'expired' ELSE 'live' END, {expires} "
            f"FROM {{rt}} r JOIN ({first}) f ON f.id = r.id LEFT JOIN {{at}} a ON a.id = r.access_token_id"
        ).format(**names),
        parameters,
    )


def _follow_chains(salt: str, names: dict[str, str]) -> None:
    """Rows older than DOT 3.0 have no family: what came of one another is one, everything else is alone."""
    sql.execute(
        "INSERT INTO {chain} (id, root) WITH RECURSIVE chain (id, root) AS ("
        "SELECT r.id, r.id FROM {rt} r WHERE r.token_family IS NULL AND NOT EXISTS (SELECT 1 FROM {at} a JOIN {rt} p "
        "ON p.id = a.source_refresh_token_id WHERE a.id = r.access_token_id AND p.token_family IS NULL) "
        "UNION ALL SELECT r.id, c.root FROM chain c JOIN {at} a ON a.source_refresh_token_id = c.id "
        "JOIN {rt} r ON r.access_token_id = a.id WHERE r.token_family IS NULL) SELECT id, root FROM chain".format(
            **names
        )
    )
    family = sql.uuid_of(salt, "refresh", "c.root")
    sql.execute(
        f"UPDATE {{refresh}} SET family = (SELECT {family} FROM {{chain}} c WHERE c.id = {{refresh}}.id) "
        "WHERE family IS NULL".format(**names)
    )


def _judge_access_tokens(terms: Terms, salt: str, names: dict[str, str]) -> None:
    """The live ones. Without a refresh token each is a family of its own, a client's own tokens are its standing one."""
    of_client, alone = sql.uuid_of(salt, "client", "a.application_id"), sql.uuid_of(salt, "access", "a.id")
    sql.execute(
        (
            "INSERT INTO {access} (id, family, is_client) SELECT a.id, "
            f"COALESCE(w.family, s.family, CASE WHEN a.user_id IS NULL THEN {of_client} ELSE {alone} END), "
            "w.family IS NULL AND s.family IS NULL AND a.user_id IS NULL FROM {at} a "
            "LEFT JOIN {rt} r ON r.access_token_id = a.id LEFT JOIN {refresh} w ON w.id = r.id "
            "LEFT JOIN {refresh} s ON s.id = a.source_refresh_token_id "
            "WHERE a.application_id IS NOT NULL AND a.expires > %s"
        ).format(**names),
        [terms.now],
    )


def counts(terms: Terms) -> dict[str, int]:
    """How many there are of each, after `classify`."""
    names = terms.source.names()
    states = sql.rows("SELECT state, COUNT(*) FROM {refresh} GROUP BY state".format(**names))
    found = {f"refresh {state}": number for state, number in states}
    found["access live"] = sql.one("SELECT COUNT(*) FROM {access}".format(**names))
    remote = "SELECT COUNT(*) FROM {at} WHERE application_id IS NULL"
    found["access remote"] = sql.one(remote.format(**names))
    expired = "SELECT COUNT(*) FROM {at} WHERE application_id IS NOT NULL AND expires <= %s"
    found["access expired"] = sql.one(expired.format(**names), [terms.now])
    found["families"] = sql.one(
        f"SELECT COUNT(*) FROM (SELECT family FROM {sql.REFRESH} WHERE state = 'live' "
        f"UNION SELECT family FROM {sql.ACCESS}) AS families"
    )
    return found


def make_families(terms: Terms) -> None:
    """A row of `Authorization` for each family that lives: as its newest live refresh token says, else its access token."""
    _insert_families(
        terms,
        # the scope of a refresh token is that of its access token
        user="t.user_id",
        scope="a.scope",
        resource=f"CASE WHEN {sql.is_empty('t.resource')} THEN a.resource ELSE t.resource END",
        rows="(SELECT family, MAX(id) AS id FROM {refresh} WHERE state = 'live' GROUP BY family) w "
        "JOIN {rt} t ON t.id = w.id JOIN {at} a ON a.id = t.access_token_id",
        ends=terms.end,
    )
    _insert_families(
        terms,
        user="t.user_id",
        scope="t.scope",
        resource="t.resource",
        rows="(SELECT family, MAX(id) AS id FROM {access} WHERE NOT is_client AND family NOT IN "
        "(SELECT family FROM {refresh} WHERE state = 'live') GROUP BY family) w JOIN {at} t ON t.id = w.id",
        ends=terms.now,
    )
    _insert_families(
        terms,
        user="NULL",
        scope="''",
        resource="CAST('[]' AS jsonb)" if sql.is_postgresql() else "'[]'",
        rows="(SELECT family, MIN(id) AS id FROM {access} WHERE is_client GROUP BY family) w JOIN {at} t ON t.id = w.id",
        ends=terms.now + _STANDING,
    )
    sql.execute(
        f"UPDATE {sql.table(Client)} SET standing_id = (SELECT f.id FROM {sql.table(Authorization)} f "
        f"WHERE f.client_id = {sql.table(Client)}.id AND f.user_id IS NULL) WHERE standing_id IS NULL"
    )
    foreign.expect(_last_expiry(terms))


def _insert_families(terms: Terms, *, user: str, scope: str, resource: str, rows: str, ends: datetime) -> None:
    sub = f"CASE WHEN {user} IS NULL THEN c.client_id ELSE {sql.subject_of(user)} END"
    names = terms.source.names()
    last = "(SELECT MAX(x.expires) FROM {access} l JOIN {at} x ON x.id = l.id WHERE l.family = w.family)".format(
        **names
    )
    # of all generations, so that what was revoked before a time stays so
    born = "(SELECT MIN(x.created) FROM {refresh} l JOIN {rt} x ON x.id = l.id WHERE l.family = w.family)".format(
        **names
    )
    expires = sql.greatest(sql.time_slot(), f"COALESCE({last}, {sql.time_slot()})")
    sql.execute(
        f"INSERT INTO {sql.table(Authorization)} (id, client_id, user_id, sub, scope, audiences, details, claims, extra, acr, amr, "
        f"created, expires_at) SELECT w.family, t.application_id, {user}, {sub}, {scope}, {_audiences(resource)}, "
        f"'[]', '{{}}', '{{}}', '', '[]', COALESCE({born}, t.created), {expires} "
        f"FROM {rows.format(**names)} JOIN {sql.table(Client)} c ON c.id = t.application_id",
        [json.dumps(terms.audiences), ends, ends],
    )


def _audiences(resource: str) -> str:
    """DOT takes a token without resource anywhere; nothing is left open."""
    return f"CASE WHEN {sql.is_empty(f'({resource})')} THEN {sql.json_slot()} ELSE ({resource}) END"


def _last_expiry(terms: Terms) -> datetime:
    found: Any = sql.one(f"SELECT MAX(expires_at) FROM {sql.table(Authorization)} WHERE user_id IS NOT NULL")
    own: Any = sql.one(
        "SELECT MAX(a.expires) FROM {access} w JOIN {at} a ON a.id = w.id".format(**terms.source.names())
    )
    return max([terms.now, *(as_time(value) for value in (found, own) if value is not None)])


def copy(terms: Terms, batch: int) -> Iterator[tuple[str, int]]:
    """Batch after batch, each with the place it has come to in one transaction; yields the step and the rows."""
    for name, work, condition, copy_some in (
        ("refresh tokens", sql.REFRESH, f"state IN {_KEPT}", _copy_refresh_tokens),
        ("access tokens", sql.ACCESS, "1 = 1", _copy_access_tokens),
    ):
        place = sql.position(name) or 0
        while True:
            upto = sql.one(
                f"SELECT MAX(id) FROM (SELECT id FROM {work} WHERE id > %s AND {condition} ORDER BY id LIMIT %s) AS b",
                [place, batch],
            )
            if upto is None:
                break
            with transaction.atomic(using=sql.connection().alias):
                copied = copy_some(terms, place, upto)
                sql.come_to(name, upto)
            place = upto
            yield name, copied


def _copy_refresh_tokens(terms: Terms, after: int, upto: int) -> int:
    names = terms.source.names()
    return sql.execute(
        f"INSERT INTO {sql.table(RefreshToken)} (id, token, token_checksum, application_id, user_id, authorization_id, scope, "
        "resource, sealed, created, expires, used_at, revoked) "
        f"SELECT r.id, '', {sql.digested(Kind.REFRESH_TOKEN, 'r.token_checksum')}, r.application_id, r.user_id, w.family, "
        "f.scope, f.audiences, '', r.created, CASE WHEN w.state = 'live' THEN w.expires ELSE f.expires_at END, "
        "CASE WHEN w.state = 'superseded' THEN r.revoked END, CASE WHEN w.state = 'revoked' THEN r.revoked END "
        f"FROM {names['refresh']} w JOIN {names['rt']} r ON r.id = w.id JOIN {sql.table(Authorization)} f ON f.id = w.family "
        f"WHERE w.id > %s AND w.id <= %s AND w.state IN {_KEPT}",
        [after, upto],
    )


def _copy_access_tokens(terms: Terms, after: int, upto: int) -> int:
    names = terms.source.names()
    return sql.execute(
        f"INSERT INTO {sql.table(AccessToken)} (id, token, token_checksum, application_id, user_id, authorization_id, scope, "
        "resource, created, expires) "
        f"SELECT a.id, '', {sql.digested(Kind.ACCESS_TOKEN, 'a.token_checksum')}, a.application_id, a.user_id, w.family, "
        f"a.scope, {_audiences('a.resource')}, a.created, a.expires "
        f"FROM {names['access']} w JOIN {names['at']} a ON a.id = w.id WHERE w.id > %s AND w.id <= %s",
        [json.dumps(terms.audiences), after, upto],
    )


def reserve_ids(model: type[Model], table: str) -> None:
    """New rows get ids above the old ones, from the start."""
    last = sql.one(f'SELECT MAX(id) FROM "{table}"') or 0
    own = model._meta.db_table
    if sql.is_postgresql():
        sql.rows("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [f'"{own}"', last + 1])
        return
    if sql.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [last, own]) == 0:
        sql.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [own, last])
