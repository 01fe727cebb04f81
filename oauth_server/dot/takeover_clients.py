"""Takeover of django-oauth-toolkit's applications as clients with the same ids, with secrets, scopes, audiences and signing keys."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import identify_hasher, make_password

from oauth_server import clock, digest, seal, uris
from oauth_server.client_auth import secret
from oauth_server.client_auth.authenticate import ALSO_POST
from oauth_server.digest import Kind
from oauth_server.dot import takeover_sql as sql
from oauth_server.dot.takeover_settings import Former
from oauth_server.dot.takeover_sql import Source
from oauth_server.grants.registry import GRANTS
from oauth_server.keys import jose, store
from oauth_server.models import Audience, Client, ClientSecret, Issuer, Scope, SigningKey
from oauth_server.tokens.sql import read_time

_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
# DOT's name → ours, and what is lost
_GRANTS: dict[str, tuple[list[str], str]] = {
    "authorization-code": (["authorization_code", "refresh_token"], ""),
    "client-credentials": (["client_credentials"], ""),
    _DEVICE: ([_DEVICE, "refresh_token"], ""),
    "openid-hybrid": (["authorization_code", "refresh_token"], "hybrid flow: the code flow is left"),
    "implicit": ([], "implicit flow: it is not taken over; use the code flow"),
    "password": (["refresh_token"], "password grant: it is not taken over; its refresh tokens work on"),
}
_COPIED = (
    "id client_id user_id redirect_uris post_logout_redirect_uris name skip_authorization allowed_origins registration_source"
).split()
_READ = [
    *_COPIED,
    *"client_type authorization_grant_type client_secret hash_client_secret algorithm cimd_expires_at created updated".split(),
]
_HINT = 4


@dataclass(frozen=True, slots=True)
class Taken:
    """What one application becomes, and what of it cannot be kept."""

    client: Client
    secret: ClientSecret | None
    lost: list[str] = field(default_factory=list)


def applications(source: Source) -> list[dict[str, Any]]:
    return sql.dictionaries(f'SELECT * FROM "{source.application}" ORDER BY id')


def columns_left(rows: list[dict[str, Any]]) -> list[str]:
    """Those that a project added to its own model."""
    return sorted(set(rows[0]) - set(_READ)) if rows else []


def read(row: dict[str, Any], former: Former) -> Taken:
    """An application as a client that is not stored yet."""
    is_public = row["client_type"] == "public"
    grants, lost_grant = _GRANTS.get(row["authorization_grant_type"], ([], "an unknown grant type"))
    client = Client(
        **{name: row[name] for name in _COPIED},
        cimd_expires_at=read_time(row["cimd_expires_at"]),
        grant_types=list(grants),
        response_types=["code"] if "authorization_code" in grants else [],
        token_endpoint_auth_method="none" if is_public else "client_secret_basic",
        metadata={} if is_public else {ALSO_POST: True},
        refresh_token_rule=Client.RefreshTokenRule.ALWAYS,
        default_scopes=" ".join(former.default_scopes),
        require_pkce=former.requires_pkce,
        algorithm=Client.Algorithm.RS256,
    )
    kept, lost_secret = (None, "") if is_public else read_secret(client, row["client_secret"] or "")
    lost = [lost_grant, lost_secret, *_lost_redirects(client), *_lost_support(row, grants)]
    return Taken(client, kept, [text for text in lost if text])


def _lost_support(row: dict[str, Any], grants: Iterable[str]) -> Iterator[str]:
    missing = [name for name in grants if name not in GRANTS.names()]
    if missing:
        yield f"{', '.join(missing)}: this server has no such grant yet"
    if row["algorithm"] == "HS256":
        yield "HS256: its ID tokens are signed by RS256 now"


def _lost_redirects(client: Client) -> Iterator[str]:
    for uri in client.redirect_uris.split():
        problem = uris.problem(uri, public=client.is_public)
        if problem:
            yield f"redirect URI {uri}: {problem}"


def read_secret(client: Client, stored: str) -> tuple[ClientSecret | None, str]:
    """The secret as it is kept, and what the operator must know of it."""
    row = ClientSecret(client=client, name="django-oauth-toolkit", kind=ClientSecret.Kind.HASH, verifier=stored)
    if not stored:
        return None, "an empty secret, with which DOT let everybody in: make a new one"
    try:
        identify_hasher(stored)
    except ValueError:
        return _clear_secret(row, stored)
    return row, ""


def _clear_secret(row: ClientSecret, stored: str) -> tuple[ClientSecret, str]:
    if secret.is_generated(stored):
        row.kind, row.hint = ClientSecret.Kind.DIGEST, stored[-_HINT:]
        row.verifier = digest.digest(Kind.CLIENT_SECRET, stored)
        return row, ""
    if stored.count("$") >= 2:
        return row, "a hash that no hasher of PASSWORD_HASHERS reads: add its hasher"
    row.verifier = make_password(stored)
    return row, "a short secret in the clear: it is hashed now; make a new one"


def store_all(taken: list[Taken], source: Source, issuer: Issuer, audiences: Iterable[str], former: Former) -> None:
    """The clients with all that belongs to them; inside the caller's transaction."""
    for one in taken:
        one.client.issuer = issuer
    Client.objects.bulk_create([one.client for one in taken])
    clients, theirs = sql.table(Client), f'"{source.application}"'
    for column in ("created", "updated"):
        sql.execute(f"UPDATE {clients} SET {column} = (SELECT a.{column} FROM {theirs} a WHERE a.id = {clients}.id)")
    ClientSecret.objects.bulk_create([one.secret for one in taken if one.secret is not None])
    scopes = [_scope(issuer, name, former.scopes.get(name, "")) for name in former.scopes]
    held = _held_scopes(source)
    targets = [_audience(issuer, name) for name in audiences if name != issuer.identifier]
    named = _held_audiences(source)
    for one in taken:
        extra = [_scope(issuer, name, "") for name in sorted(held.get(one.client.pk, set()) - set(former.scopes))]
        one.client.scopes.add(*scopes, *extra)
        own = sorted(named.get(one.client.pk, set()) - {issuer.identifier})
        one.client.audiences.add(*targets, *(_audience(issuer, name) for name in own))
        if one.client.grant_types == ["client_credentials"]:
            _without_person(one.client)


def _without_person(client: Client) -> None:
    """A request without `scope` must not get what needs a person."""
    personal = {scope.name for scope in client.scopes.all() if scope.claims} | {"offline_access"}
    left = [name for name in client.default_scopes.split() if name not in personal]
    Client.objects.filter(pk=client.pk).update(default_scopes=" ".join(left))


def _scope(issuer: Issuer, name: str, title: str) -> Scope:
    return Scope.objects.get_or_create(issuer=issuer, name=name, defaults={"title": title[:120]})[0]


def _audience(issuer: Issuer, identifier: str) -> Audience:
    name = uris.split(identifier).netloc or identifier
    return Audience.objects.get_or_create(issuer=issuer, identifier=identifier, defaults={"name": name[:120]})[0]


def _held_scopes(source: Source) -> dict[int, set[str]]:
    """The scopes of tokens by client; a refresh gives no more than the client may have."""
    rows = sql.rows(
        f'SELECT DISTINCT application_id, scope FROM "{source.access_token}" WHERE application_id IS NOT NULL'
    )
    held: dict[int, set[str]] = {}
    for client, scope in rows:
        held.setdefault(client, set()).update(scope.split())
    return held


def _held_audiences(source: Source) -> dict[int, set[str]]:
    held: dict[int, set[str]] = {}
    for name in (source.access_token, source.refresh_token):
        text = "CAST(resource AS text)"
        rows = sql.rows(
            f"SELECT DISTINCT application_id, {text} FROM \"{name}\" WHERE application_id IS NOT NULL AND {text} <> '[]'"
        )
        for client, resource in rows:
            held.setdefault(client, set()).update(_texts(resource))
    return held


def _texts(resource: str) -> list[str]:
    return [str(name) for name in json.loads(resource)]


def import_keys(issuer: Issuer, former: Former) -> list[str]:
    """DOT's signing keys under their own key ids: the active one signs on, the others verify. The ids."""
    made = []
    for place, pem in enumerate(former.private_keys):
        kid, public, private = jose.from_pem(pem, "RS256")
        if issuer.keys.filter(kid=kid).exists():
            continue
        now = clock.now()
        row = SigningKey(issuer=issuer, kid=kid, algorithm="RS256", public=public)
        if place == 0 and former.signs:
            # the one that `migrate` made has signed nothing yet
            issuer.keys.filter(algorithm="RS256", state=SigningKey.State.ACTIVE).delete()
            row.state, row.activated, row.sealed = SigningKey.State.ACTIVE, now, seal.seal(store.PURPOSE, private)
        else:
            row.state, row.retired = SigningKey.State.RETIRING, now
        row.save()
        made.append(kid)
    return made
