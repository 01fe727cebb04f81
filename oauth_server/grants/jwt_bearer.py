"""RFC 7523 §2.1 JWT as an authorization grant, §3 what it has to say; RFC 7521 §4.1: an issuer that the operator trusts vouches.

No refresh token and no ID token: whoever vouches does so again, and nobody has signed in here.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from oauth_server import issuers
from oauth_server.claims import subject
from oauth_server.conf import settings
from oauth_server.copies import Stale
from oauth_server.errors import InvalidGrant, InvalidScope, InvalidTarget, UnauthorizedClient
from oauth_server.grants.base import Grant, Subject, TokenRequest
from oauth_server.keys import jose, jwk, remote
from oauth_server.keys.jose import InvalidJWT, SignedClaims
from oauth_server.models import Authorization, Client, TrustedIssuer
from oauth_server.policy import audiences, people, scopes
from oauth_server.tokens import store

# RFC 8725 §3.11: a typ of its own, or none that says anything
TYPS = ("", "jwt", "authorization-grant+jwt")
REPLAY = "jwt_bearer"
_TOKEN_PATH = "/oauth2/token"
_AHEAD = 10
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class _Assertion:
    """A verified one. `user` is None where the trusted issuer alone knows the subject."""

    trusted: TrustedIssuer
    sub: str
    user: Any
    jti: str
    until: datetime


class JWTBearer(Grant):
    grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    parameters = frozenset({"assertion", "scope", "resource", "audience"})

    def prepare(self, request: TokenRequest) -> TokenRequest:
        """Keys may have to be fetched, and signatures cost time."""
        if request.client.is_public:
            raise UnauthorizedClient(reason="an assertion is for a client that authenticates itself")
        token = request.parameters.require("assertion")
        try:
            trusted = _trusted(jose.unverified_claims(token).get("iss"), request)
            assertion = _checked(_verified(token, trusted), trusted, request)
        except InvalidJWT as error:
            raise InvalidGrant(reason=f"assertion: {error}") from None
        return replace(request, prepared=assertion)

    def validate(self, request: TokenRequest) -> Subject:
        assertion: _Assertion = request.prepared
        if not store.use_once(REPLAY, f"{assertion.trusted.pk} {assertion.jti}", assertion.until):
            raise InvalidGrant(reason="assertion: jti was used before")
        if not store.is_true_still(request.client):
            raise Stale
        scope = _scope(assertion.trusted, request)
        granted = _audiences(assertion.trusted, scope, request)
        person = assertion.user
        family = Authorization.objects.create(
            client=request.client,
            user=person,
            sub=assertion.sub if person is None else subject.of_person(person, request.client),
            scope=scopes.join(scope),
            audiences=list(granted),
            created=request.now,
            expires_at=_end(assertion.trusted, request.now),
        )
        return Subject(family, scope, granted, person=False)


def _trusted(identifier: object, request: TokenRequest) -> TrustedIssuer:
    """§3 (1). Raises `InvalidJWT`."""
    if not isinstance(identifier, str) or not identifier.isprintable():
        raise InvalidJWT("iss")
    found = TrustedIssuer.objects.filter(issuer=request.issuer, identifier=identifier, enabled=True).first()
    if found is None or (found.expires is not None and found.expires <= request.now):
        raise InvalidJWT("iss is not trusted, or not any more")
    return found


def _verified(token: str, trusted: TrustedIssuer) -> SignedClaims:
    """§3 (9), (10). Raises `InvalidJWT`."""
    if trusted.jwks_uri:
        return remote.verify_at(token, trusted.jwks_uri, typs=TYPS, algorithms=jose.ALGORITHMS)
    return jose.verify_foreign(token, jwk.usable_keys(trusted.jwks), typs=TYPS)


def _checked(signed: SignedClaims, trusted: TrustedIssuer, request: TokenRequest) -> _Assertion:
    """§3 (2) to (7). Raises `InvalidJWT`."""
    claims = signed.claims
    if claims.get("iss") != trusted.identifier:
        raise InvalidJWT("iss")
    if claims.get("aud") not in (request.issuer.identifier, issuers.url(request.issuer, _TOKEN_PATH)):
        raise InvalidJWT("aud is not this issuer alone")
    exp = jose.require_times(claims, now=request.now.timestamp(), longest=settings.ASSERTION_LIFETIME, ahead=_AHEAD)
    jose.require_made_since(claims, request.issuer.tokens_not_before, longest=settings.ASSERTION_LIFETIME)
    jti, sub = claims.get("jti"), claims.get("sub")
    if not _is_name(jti) or not _is_name(sub):
        raise InvalidJWT("jti or sub is missing, or not a short text")
    if not trusted.any_subject and sub not in trusted.subjects:
        raise InvalidJWT("sub is not among those that it may name")
    user = None
    if trusted.subject_kind == TrustedIssuer.SubjectKind.PERSON:
        user = _person(sub, request)
    elif people.may_name_a_person(sub) or Client.objects.filter(client_id=sub).exists():
        # RFC 9068 §5: whom a token is about must be beyond doubt
        raise InvalidJWT("sub is, or could become, the name of a person or a client of this server")
    return _Assertion(trusted, sub, user, jti, datetime.fromtimestamp(exp + 1, UTC))


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isprintable()


def _person(sub: str, request: TokenRequest) -> Any:
    try:
        user = get_user_model()._default_manager.filter(pk=sub).first()
    except (ValidationError, ValueError, OverflowError):
        user = None
    if user is None or str(user.pk) != sub or not people.may_use(user, request.issuer):
        raise InvalidJWT("sub is nobody who may use this issuer")
    return user


def _scope(trusted: TrustedIssuer, request: TokenRequest) -> tuple[str, ...]:
    """What the client may ask for and the trusted issuer may give. Raises `InvalidScope`."""
    is_person = trusted.subject_kind == TrustedIssuer.SubjectKind.PERSON
    asked, default = request.parameters.optional("scope"), request.client.default_scopes
    names = scopes.resolve(asked, request.reach, default=default, person=is_person)
    beyond = set(names) - set(trusted.scopes.values_list("name", flat=True))
    if asked is None:
        names = tuple(name for name in names if name not in beyond)
    elif beyond:
        raise InvalidScope(reason="a scope that the trusted issuer may not give")
    if scopes.OFFLINE_ACCESS in names:
        raise InvalidScope("An assertion brings no refresh token.")
    return names


def _audiences(trusted: TrustedIssuer, scope: tuple[str, ...], request: TokenRequest) -> tuple[str, ...]:
    """Raises `InvalidTarget`."""
    asked = request.parameters
    granted = audiences.grant(asked.all("audience"), asked.all("resource"), scope, request.reach)
    allowed = {request.issuer.identifier, *trusted.audiences.values_list("identifier", flat=True)}
    if not allowed.issuperset(granted):
        raise InvalidTarget(reason="an audience for which the trusted issuer may not vouch")
    return granted


def _end(trusted: TrustedIssuer, now: datetime) -> datetime:
    end = now + timedelta(seconds=settings.ACCESS_TOKEN_LIFETIME)
    return end if trusted.expires is None else min(end, trusted.expires)
