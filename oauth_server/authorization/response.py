"""RFC 6749 §4.1.2, §4.2.2, OpenID Connect Core 1.0 §3.2.2.5, §3.3.2.5: the parameters of an authorization response.

RFC 9207 `iss` is in every one.
"""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from oauth_server import clock, digest, refusals
from oauth_server.authorization.request import AuthorizationRequest, Destination, Granted
from oauth_server.claims import subject
from oauth_server.conf import settings
from oauth_server.digest import Kind
from oauth_server.errors import OAuthError
from oauth_server.models import Authorization, AuthorizationCode, Session
from oauth_server.policy import audiences, details, lifespans, scopes
from oauth_server.tokens import id_token, opaque, told
from oauth_server.tokens.issue import Decision, issue


def success(asked: AuthorizationRequest, user: Any, session: Session, granted: Granted) -> dict[str, str]:
    """Make the family and what the response type names; the parameters of the response."""
    now, kind = clock.now(), asked.response_type
    family = family_of(asked, user, session, granted, now)
    made: dict[str, str] = {}
    if kind.brings_code:
        made["code"] = _code(asked, family, now)
    if kind.brings_token:
        made |= _access_token(asked, family, now)
    if kind.brings_id_token:
        made["id_token"] = id_token.make(
            asked.issuer,
            asked.client,
            family,
            now=now,
            nonce=asked.nonce,
            access_token=made.get("access_token", ""),
            code=made.get("code", ""),
            state=asked.destination.state,
            # OpenID Connect Core 1.0 §5.4: without an access token there is no UserInfo
            scopes=()
            if kind.brings_code or kind.brings_token
            else [asked.reach.scopes[name] for name in granted.scope],
        )
    return made | echo(asked.destination)


def _code(asked: AuthorizationRequest, family: Authorization, now: datetime) -> str:
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
    return value


def _access_token(asked: AuthorizationRequest, family: Authorization, now: datetime) -> dict[str, str]:
    """RFC 6749 §4.2.2: by the policy of the token endpoint, and never with a refresh token."""
    decision = Decision(
        issuer=asked.issuer,
        client=asked.client,
        authorization=family,
        scope=audiences.scopes_at(family.scope.split(), family.audiences, asked.reach),
        target=audiences.target(
            tuple(family.audiences), asked.reach, lifespans.of(asked.client, "implicit", lifespans.ACCESS_TOKEN)
        ),
        now=now,
        grant_type="implicit",
        details=details.at(family.details, family.audiences, asked.reach),
    )
    answer = issue(decision).answer(now)
    # RFC 9396 §7: in a redirect as JSON
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in answer.items()}


def family_of(
    asked: AuthorizationRequest,
    user: Any,
    session: Session,
    granted: Granted,
    now: datetime,
) -> Authorization:
    # what is not refreshed ends with the tokens of this answer
    brief = max(settings.ACCESS_TOKEN_LIFETIME, settings.ID_TOKEN_LIFETIME)
    lifetime = settings.REFRESH_TOKEN_LIFETIME if asked.response_type.brings_code else brief
    family = Authorization.objects.create(
        id=granted.family_id or uuid4(),
        client=asked.client,
        user=user,
        sub=subject.of_person(user, asked.client),
        scope=scopes.join(granted.scope),
        audiences=list(_audiences(asked, granted)),
        details=details.enriched(granted.details, user),
        claims=granted.claims.as_json(),
        extra=dict(granted.extra),
        session=session,
        auth_time=session.auth_time,
        acr=asked.wanted_acr.told(session.acr),
        amr=session.amr,
        created=now,
        expires_at=now + timedelta(seconds=lifetime),
    )
    if scopes.OPENID in granted.scope:
        told.remember(session, asked.client, family.sub)
    return family


def _audiences(asked: AuthorizationRequest, granted: Granted) -> tuple[str, ...]:
    """Narrowed with the scope, never to an API that the request as it came was not for: nobody was asked about that one.

    Whoever answers for the person may name the APIs instead.
    """
    named, reach, scope = (asked.audience, asked.resource), asked.reach, granted.scope
    beside = details.audiences(granted.details, reach)
    if granted.audiences is not None:
        audience, resource = ((), granted.audiences) if asked.resource else (granted.audiences, ())
        return audiences.grant(audience, resource, scope, reach, beside)
    whole = audiences.grant(*named, asked.scope, reach, details.audiences(asked.details, reach))
    return tuple(name for name in audiences.grant(*named, scope, reach, beside) if name in whole) or (reach.issuer,)


def error(refusal: OAuthError, to: Destination) -> dict[str, str]:
    """RFC 6749 §4.1.2.1 the parameters of an error response."""
    return {**refusals.members(refusal), **echo(to)}


def echo(to: Destination) -> dict[str, str]:
    """What every response carries: `state` as it came, and RFC 9207 `iss`."""
    return {**({"state": to.state} if to.state else {}), "iss": to.issuer.identifier}
