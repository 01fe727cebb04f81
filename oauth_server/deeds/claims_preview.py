"""OpenID Connect Core 1.0 §2, §5.3, RFC 9068 §2.2, RFC 7662 §2.2: what tokens would say of a person, without making any.

By the same policy and the same words as when tokens are issued; nothing is stored, signed or counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from oauth_server import clock
from oauth_server.claims import catalogue, subject
from oauth_server.conf import settings
from oauth_server.grants.base import wants_refresh_token
from oauth_server.models import Audience, Authorization, Client
from oauth_server.policy import audiences, issuing, lifespans, people, scopes
from oauth_server.policy.audiences import Target
from oauth_server.policy.issuing import Asked
from oauth_server.policy.reach import Reach, reach
from oauth_server.tokens import id_token, jwt_access_token
from oauth_server.tokens.introspection import Active

_GRANT = "authorization_code"


@dataclass(frozen=True, slots=True)
class Preview:
    """`access_token`: the claims of a JWT, or what introspection tells of another one. None: there would be none."""

    is_allowed: bool
    scope: tuple[str, ...]
    target: Target
    is_jwt: bool
    access_token: dict[str, Any]
    id_token: dict[str, Any] | None = None
    userinfo: dict[str, Any] | None = None
    refresh_token: bool = False
    encrypted: tuple[str, ...] = field(default_factory=tuple)


def preview(client: Client, user: Any, scope: Sequence[str], resource: str = "") -> Preview:
    """For a sign-in of this person now. Raises `InvalidScope`, `InvalidTarget`, `AccessDenied`."""
    may, now = reach(client), clock.now().replace(microsecond=0)
    granted = scopes.resolve(" ".join(scope), may, default="", person=True)
    named = audiences.grant((), (resource,) if resource else (), granted, may)
    target = audiences.target(named, may, lifespans.of(client, _GRANT, lifespans.ACCESS_TOKEN))
    family = _family(client, user, granted, named, now)
    here = audiences.scopes_at(granted, target.identifiers, may)
    if settings.TOKEN_POLICY:
        here = issuing.narrowed(Asked(client, family, _GRANT, here, target.identifiers))
    is_jwt = (client.access_token_strategy or target.token_format) == Audience.TokenFormat.JWT
    is_openid = scopes.OPENID in here
    return Preview(
        is_allowed=people.may_use(user, client.issuer),
        scope=here,
        target=target,
        is_jwt=is_jwt,
        access_token=_jwt(client, family, here, target, now) if is_jwt else _opaque(client, family, here, target, now),
        id_token=_id_token(client, family, now) if is_openid else None,
        userinfo=_userinfo(client, user, here, may) if is_openid and client.issuer.identifier in named else None,
        refresh_token=wants_refresh_token(client, here),
        encrypted=tuple(
            name
            for name, algorithm in (
                ("id_token", client.id_token_encrypted_response_alg),
                ("userinfo", client.userinfo_encrypted_response_alg),
            )
            if algorithm
        ),
    )


def _family(client: Client, user: Any, scope: Sequence[str], named: Sequence[str], now: datetime) -> Authorization:
    """A row that is never stored."""
    return Authorization(
        client=client,
        user=user,
        sub=subject.of_person(user, client),
        scope=scopes.join(scope),
        audiences=list(named),
        claims={},
        auth_time=now,
        acr=next(iter(settings.ACR_VALUES), ""),
        amr=["pwd"],
        created=now,
        expires_at=now + timedelta(seconds=settings.REFRESH_TOKEN_LIFETIME),
    )


def _expires(target: Target, now: datetime) -> datetime:
    return now + timedelta(seconds=target.lifetime)


def _jwt(client: Client, family: Authorization, scope: Sequence[str], target: Target, now: datetime) -> dict[str, Any]:
    return jwt_access_token.claims(
        client.issuer,
        client,
        family,
        scope=scopes.join(scope),
        audiences=target.identifiers,
        issued=now,
        expires=_expires(target, now),
    )


def _opaque(
    client: Client, family: Authorization, scope: Sequence[str], target: Target, now: datetime
) -> dict[str, Any]:
    return Active(
        kind="access_token",
        client_pk=client.pk,
        client_id=client.client_id,
        sub=family.sub,
        scope=scopes.join(scope),
        audiences=target.identifiers,
        issued=now,
        expires=_expires(target, now),
        jti="",
        auth_time=family.auth_time,
        acr=family.acr,
        amr=family.amr,
    ).describe(client.issuer)


def _id_token(client: Client, family: Authorization, now: datetime) -> dict[str, Any]:
    lifetime = lifespans.of(client, _GRANT, lifespans.ID_TOKEN)
    return id_token.claims(client.issuer, client, family, now=now, lifetime=lifetime)


def _userinfo(client: Client, user: Any, scope: Sequence[str], may: Reach) -> dict[str, Any]:
    released = [may.scopes[name] for name in scope]
    return {**catalogue.for_scopes(user, client, released), "sub": subject.of_person(user, client)}
