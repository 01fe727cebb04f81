"""Clients and access tokens for a project's tests: real rows and real tokens, made without a browser."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from oauth_server import clock, digest, issuers
from oauth_server.claims import subject
from oauth_server.copies import fresh
from oauth_server.digest import Kind
from oauth_server.models import Audience, Authorization, Client, Scope, Session
from oauth_server.policy import audiences
from oauth_server.policy.reach import reach
from oauth_server.registration import metadata
from oauth_server.tokens.issue import Decision, issue

_LIFE = timedelta(hours=1)


def client(*, name: str = "Test", **members: Any) -> tuple[Client, str]:
    """A client of the first issuer with this metadata (RFC 7591 names), and its secret."""
    made, secret = metadata.create(
        issuers.first(), {"client_name": name, "grant_types": ["client_credentials"], **members}
    )
    return made, secret or ""


def access_token(
    *, user: Any = None, scopes: Iterable[str] = (), audience: str = "", acr: str = "", **claims: Any
) -> str:
    """A live token of a person, or of a client for itself. The API and its scopes are made where they are missing.

    `audience` decides the format as in production; other claims are what a consent app would add (`ext` of a JWT).
    """
    holder, _ = client()
    issuer, scope, now = holder.issuer, tuple(scopes), clock.now()
    api = audience or issuer.identifier
    if audience:
        row, _ = Audience.objects.get_or_create(issuer=issuer, identifier=audience, defaults={"name": audience})
        holder.audiences.add(row)
        for name in scope:
            Scope.objects.get_or_create(issuer=issuer, name=name, defaults={"audience": row, "title": name})
    session = None if user is None else _session(issuer, user, acr)
    family = Authorization.objects.create(
        client=holder,
        user=user,
        sub=subject.of_client(holder) if user is None else subject.of_person(user, holder),
        scope=" ".join(scope),
        audiences=[api],
        extra={"access_token": claims} if claims else {},
        session=session,
        auth_time=session.auth_time if session else None,
        acr=acr,
        created=now,
        expires_at=now + _LIFE,
    )
    with fresh():
        holder = Client.objects.select_related("issuer").get(pk=holder.pk)
        target = audiences.target((api,), reach(holder))
        return issue(
            Decision(issuer=holder.issuer, client=holder, authorization=family, scope=scope, target=target, now=now)
        ).access_token


def _session(issuer: Any, user: Any, acr: str) -> Session:
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
