"""RFC 7662 Token Introspection. §2.2: what is told of an active token; RFC 9396 §9.2 of its authorization details."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from oauth_server import clock, digest
from oauth_server.digest import Kind
from oauth_server.models import Client, Issuer, not_before
from oauth_server.models.access_token import is_alive, is_signed_out
from oauth_server.policy import details, people
from oauth_server.policy.detail_types import Detail
from oauth_server.tokens import lookup, opaque, partitions, store
from oauth_server.tokens.store import Presented
from oauth_server.values import value


@value(frozen=True, slots=True)
class Active:
    """An active token of an issuer; `kind` is access_token or refresh_token."""

    kind: str
    client_pk: int
    client_id: str
    sub: str
    scope: str
    audiences: Sequence[str]
    issued: datetime
    expires: datetime
    jti: str
    auth_time: datetime | None
    acr: str
    amr: Sequence[str]
    details: Sequence[Detail] = ()

    def describe(self, issuer: Issuer, seen: Iterable[str] | None = None) -> dict[str, Any]:
        """The members of the answer. `token_use` is Ory's. `seen`: the audiences of an API that asks; None: everything may be told."""
        body: dict[str, Any] = {
            "active": True,
            "scope": self.scope,
            "client_id": self.client_id,
            "sub": self.sub,
            "aud": self.audiences,
            "iss": issuer.identifier,
            "iat": int(self.issued.timestamp()),
            "exp": int(self.expires.timestamp()),
            "token_use": self.kind,
        }
        if self.kind == "access_token":
            body["token_type"] = "Bearer"
        if self.jti:
            body["jti"] = self.jti
        if self.auth_time is not None:
            body["auth_time"] = int(self.auth_time.timestamp())
            body |= {name: value for name, value in (("acr", self.acr), ("amr", self.amr)) if value}
        if told := self.details if seen is None else details.seen_at(self.details, self.audiences, seen, issuer):
            body["authorization_details"] = list(told)
        return body


def is_opaque_access_token(value: str) -> bool:
    return opaque.is_well_formed(opaque.ACCESS_TOKEN, value)


def opaque_access_token(value: str, caller: Client) -> Active | None:
    """One statement, which proves the copy of the caller as well. Raises `copies.Stale`."""
    found = store.present(digest.candidates(Kind.ACCESS_TOKEN, value), partitions.within(value), caller)
    return None if found is None or not _is_live(found, caller.issuer, clock.now()) else _active(found)


def any_other(value: str, issuer: Issuer) -> Active | None:
    """A refresh token, or a JWT access token."""
    found = lookup.access_token(value) or lookup.refresh_token(value)
    if found is None or not found.active or found.issuer.pk != issuer.pk:
        return None
    family = found.authorization
    return Active(
        kind=found.kind,
        client_pk=found.client.pk,
        client_id=found.client.client_id,
        sub=found.sub,
        scope=found.scope,
        audiences=found.audiences,
        issued=found.issued,
        expires=found.expires,
        jti=found.jti,
        auth_time=family.auth_time,
        acr=family.acr,
        amr=family.amr,
        details=found.authorization_details,
    )


def _is_live(found: Presented, issuer: Issuer, now: datetime) -> bool:
    if found.revoked is not None or found.expires <= now or is_signed_out(found.family_scope, found.signed_out_at):
        return False
    times = (found.client_not_before, issuer.tokens_not_before)
    born = found.family_created
    alive = is_alive(found.family_revoked_at, found.family_expires_at, found.enabled, times, born, now)
    # `issuer` is the caller's copy, which the statement has proven
    known = not_before.limits(issuer.pk, issuer.version)
    reach = (*found.audiences, *found.family_audiences)
    if known and not_before.is_ended(known, born, f"{found.family_scope} {found.scope}", reach):
        return False
    if not alive or found.user_id is None:
        return alive
    return people.may_still_use(found.user_id, found.person_is_active, issuer)


def _active(found: Presented) -> Active:
    return Active(
        kind="access_token",
        client_pk=found.client_pk,
        client_id=found.client_id,
        sub=found.sub,
        scope=found.scope,
        audiences=found.audiences,
        issued=found.created,
        expires=found.expires,
        jti="",
        auth_time=found.auth_time,
        acr=found.acr,
        amr=found.amr,
        details=json.loads(found.details) if found.details else (),
    )
