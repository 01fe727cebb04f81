"""Clients and access tokens for a project's tests: real rows and real tokens, made without a browser."""

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from oauth_server import clock, digest, issuers, seal
from oauth_server.claims import subject
from oauth_server.copies import fresh
from oauth_server.digest import Kind
from oauth_server.keys import store
from oauth_server.models import Audience, Authorization, Client, Issuer, Scope, Session, SigningKey
from oauth_server.policy import audiences
from oauth_server.policy.reach import reach
from oauth_server.registration import metadata
from oauth_server.tokens.issue import Decision, IssuedTokens, issue

_LIFE = timedelta(hours=1)
# Everybody has them: for tests alone
_KEYS = Path(__file__).with_name("keys.json")


def client(*, name: str = "Test", **members: Any) -> tuple[Client, str]:
    """A client of the first issuer with this metadata (RFC 7591 names), and its secret."""
    made, secret = metadata.create(
        issuers.first(), {"client_name": name, "grant_types": ["client_credentials"], **members}
    )
    return made, secret or ""


def access_token(
    *,
    user: Any = None,
    scopes: Iterable[str] = (),
    audience: str = "",
    token_format: str = "opaque",
    acr: str = "",
    **claims: Any,
) -> str:
    """A live token of a person, or of a client for itself. The API and its scopes are made where they are missing.

    The API's row decides the format as in production; `token_format` is that of one that is made here. Other claims are what a consent
    app would add (`ext` of a JWT).
    """
    return issued(user, tuple(scopes), audience, token_format, acr, claims).access_token


def token(*, scope: str = "", audience: str = "", user: Any = None, token_format: str = "opaque") -> dict[str, Any]:
    """The members of a token response (RFC 6749 §5.1)."""
    return issued(user, tuple(scope.split()), audience, token_format).answer(clock.now())


def issued(
    user: Any, scope: tuple[str, ...], audience: str, token_format: str, acr: str = "", claims: Any = None
) -> IssuedTokens:
    """Through the server's own issuing, of a client that has this one token."""
    holder, _ = client()
    issuer, now = holder.issuer, clock.now()
    if audience:
        _provide(holder, audience, scope, token_format)
    session = None if user is None else _session(issuer, user, acr)
    family = Authorization.objects.create(
        client=holder,
        user=user,
        sub=subject.of_client(holder) if user is None else subject.of_person(user, holder),
        scope=" ".join(scope),
        audiences=[audience or issuer.identifier],
        extra={"access_token": claims} if claims else {},
        session=session,
        auth_time=session.auth_time if session else None,
        acr=acr,
        created=now,
        expires_at=now + _LIFE,
    )
    with fresh():
        holder = Client.objects.select_related("issuer").get(pk=holder.pk)
        target = audiences.target((audience or issuer.identifier,), reach(holder))
        return issue(
            Decision(issuer=holder.issuer, client=holder, authorization=family, scope=scope, target=target, now=now)
        )


def _provide(holder: Client, audience: str, scope: tuple[str, ...], token_format: str) -> None:
    made = {"name": audience[:120], "token_format": token_format}
    row, _ = Audience.objects.get_or_create(issuer=holder.issuer, identifier=audience, defaults=made)
    holder.audiences.add(row)
    for name in scope:
        Scope.objects.get_or_create(issuer=holder.issuer, name=name, defaults={"audience": row, "title": name})


def _session(issuer: Issuer, user: Any, acr: str) -> Session:
    now = clock.now()
    return Session.objects.create(
        issuer=issuer,
        user=user,
        auth_time=now,
        amr=["pwd"],
        acr=acr,
        auth_hash=digest.digest(Kind.SESSION, user.get_session_auth_hash()),
        expires=now + _LIFE,
    )


def jwks(issuer: Issuer) -> dict[str, Any]:
    """The document that the issuer publishes (RFC 7517 §5)."""
    return {"keys": store.published(issuer)}


@transaction.atomic
def freeze_keys(issuer: Issuer) -> dict[str, Any]:
    """Put the keys of this package in the place of the issuer's; the document that it publishes then, the same in every run."""
    issuer.keys.all().delete()
    for members in json.loads(_KEYS.read_text()):
        public = {
            name: members[name] for name in ("kty", "kid", "alg", "use", "crv", "x", "y", "n", "e") if name in members
        }
        SigningKey.objects.create(
            issuer=issuer,
            kid=members["kid"],
            algorithm=members["alg"],
            state=SigningKey.State.ACTIVE,
            public=public,
            sealed=seal.seal(store.PURPOSE, json.dumps(members).encode()),
            activated=clock.now(),
        )
    return jwks(issuer)
