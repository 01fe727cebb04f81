"""RFC 6749 §4.1.2 the authorization response of response_type=code; RFC 9207 `iss` in every response."""

from datetime import datetime, timedelta
from typing import Any

from oauth_server import clock, digest
from oauth_server.authorization.request import AuthorizationRequest, Destination
from oauth_server.claims import subject
from oauth_server.conf import settings
from oauth_server.digest import Kind
from oauth_server.errors import OAuthError
from oauth_server.models import Authorization, AuthorizationCode, Session
from oauth_server.policy import audiences, scopes
from oauth_server.tokens import opaque


def code(asked: AuthorizationRequest, user: Any, session: Session, scope: tuple[str, ...]) -> dict[str, str]:
    """Make the family and its code; the parameters of the response."""
    now = clock.now()
    family = _family(asked, user, session, scope, now)
    expires = now + timedelta(seconds=settings.AUTHORIZATION_CODE_LIFETIME)
    value = opaque.make(opaque.AUTHORIZATION_CODE, expires)
    AuthorizationCode.objects.create(
        code=digest.digest(Kind.AUTHORIZATION_CODE, value),
        application=asked.client,
        authorization=family,
        redirect_uri=asked.destination.redirect_uri,
        redirect_uri_given=asked.destination.redirect_uri_given,
        scope=family.scope,
        resource=family.audiences,
        code_challenge=asked.code_challenge,
        code_challenge_method="S256" if asked.code_challenge else "",
        nonce=asked.nonce,
        created=now,
        expires=expires,
    )
    return {"code": value, **echo(asked.destination)}


def _family(
    asked: AuthorizationRequest, user: Any, session: Session, scope: tuple[str, ...], now: datetime
) -> Authorization:
    return Authorization.objects.create(
        client=asked.client,
        user=user,
        sub=subject.of_person(user, asked.client),
        scope=scopes.join(scope),
        audiences=list(_audiences(asked, scope)),
        session=session,
        auth_time=session.auth_time,
        acr=session.acr,
        amr=session.amr,
        created=now,
        expires_at=now + timedelta(seconds=settings.REFRESH_TOKEN_LIFETIME),
    )


def _audiences(asked: AuthorizationRequest, scope: tuple[str, ...]) -> tuple[str, ...]:
    """Narrowed with the scope, never to an API that the request as it came was not for: nobody was asked about that one."""
    named, reach = (asked.audience, asked.resource), asked.reach
    whole = audiences.grant(*named, asked.scope, reach)
    return tuple(name for name in audiences.grant(*named, scope, reach) if name in whole) or (reach.issuer,)


def error(refusal: OAuthError, to: Destination) -> dict[str, str]:
    """RFC 6749 §4.1.2.1 the parameters of an error response."""
    return {"error": refusal.error, "error_description": refusal.description, **echo(to)}


def echo(to: Destination) -> dict[str, str]:
    """What every response carries: `state` as it came, and RFC 9207 `iss`."""
    return {**({"state": to.state} if to.state else {}), "iss": to.issuer.identifier}
