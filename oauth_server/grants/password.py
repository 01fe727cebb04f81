"""RFC 6749 §4.3 resource owner password credentials: legacy, off unless PASSWORD_GRANT, and only for clients that the operator gave it.

RFC 9700 §2.4 forbids it. So it counts as a sign-in does, and gives nothing to whoever needs more than a password to sign in.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth import authenticate, get_user_model

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.claims import acr, subject
from oauth_server.conf import settings
from oauth_server.copies import Stale
from oauth_server.errors import InvalidGrant, UnauthorizedClient
from oauth_server.grants.base import Grant, Subject, TokenRequest, wants_refresh_token
from oauth_server.models import Authorization, Session
from oauth_server.policy import audiences, guesses, people, scopes
from oauth_server.tokens import store, told

_LONGEST = 1_000
# RFC 8176 §2
_AMR = ["pwd"]


@dataclass(frozen=True, slots=True)
class _SignedIn:
    user: Any
    scope: tuple[str, ...]
    audiences: tuple[str, ...]


class Password(Grant):
    grant_type = "password"
    parameters = frozenset({"username", "password", "scope", "resource", "audience"})

    def is_on(self) -> bool:
        return settings.PASSWORD_GRANT

    def prepare(self, request: TokenRequest) -> TokenRequest:
        """All that can be refused for other reasons comes before the password is looked at."""
        client, asked = request.client, request.parameters
        if client.is_public or client.registered_itself:
            raise UnauthorizedClient(reason="the password grant is for confidential clients of the operator")
        username, password = asked.require("username"), asked.require("password")
        scope = scopes.resolve(asked.optional("scope"), request.reach, default=client.default_scopes, person=True)
        granted = audiences.grant(asked.all("audience"), asked.all("resource"), scope, request.reach)
        audiences.target(granted, request.reach)
        if not store.is_true_still(client):
            raise Stale
        user = self._person(username, password, request)
        return replace(request, prepared=_SignedIn(user, scope, granted))

    def _person(self, username: str, password: str, request: TokenRequest) -> Any:
        """Whoever has this name and password, and needs no more. One refusal for every reason."""
        address = audit.current().address
        guesses.take(username, address, get_user_model().USERNAME_FIELD)
        if max(len(username), len(password)) > _LONGEST:
            raise InvalidGrant(reason="username or password is too long")
        user = authenticate(None, username=username, password=password)
        if user is None:
            raise InvalidGrant(reason="no such account, or another password")
        if not people.may_use(user, request.issuer) or not people.has_password_alone(user):
            raise InvalidGrant(reason="the person may not use this issuer, or needs more than a password")
        guesses.clear(username, address)
        return user

    def validate(self, request: TokenRequest) -> Subject:
        found: _SignedIn = request.prepared
        client, now = request.client, request.now
        session = self._session(found.user, request)
        if not store.is_true_still(client):
            raise Stale
        family = Authorization.objects.create(
            client=client,
            user=found.user,
            sub=subject.of_person(found.user, client),
            scope=scopes.join(found.scope),
            audiences=list(found.audiences),
            session=session,
            auth_time=session.auth_time,
            acr=session.acr,
            amr=session.amr,
            created=now,
            expires_at=self._end(now),
        )
        if scopes.OPENID in found.scope:
            told.remember(session, client, family.sub)
        return Subject(
            authorization=family,
            scope=found.scope,
            audiences=found.audiences,
            refresh_token=wants_refresh_token(client, found.scope),
        )

    def _end(self, now: datetime) -> datetime:
        return now + timedelta(seconds=settings.REFRESH_TOKEN_LIFETIME)

    def _session(self, user: Any, request: TokenRequest) -> Session:
        """A sign-in like any other: it ends with the password, and people and staff can see and end it."""
        session = Session.objects.create(
            issuer=request.issuer,
            user=user,
            auth_time=request.now,
            amr=_AMR,
            acr=acr.lowest(),
            auth_hash=people.auth_hash(user),
            user_agent=str(request.client)[:300],
            address=audit.current().address or None,
            expires=request.now + timedelta(seconds=django_settings.SESSION_COOKIE_AGE),
        )
        audit.record(
            Event.PERSON_SIGNED_IN, issuer=request.issuer, client=request.client, user_id=user.pk, target=session.pk
        )
        return session
