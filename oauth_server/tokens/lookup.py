"""From a value somebody presents to what it is. Every look-up joins family, client, issuer and person."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from oauth_server import clock, digest
from oauth_server.digest import Kind
from oauth_server.keys import jose
from oauth_server.keys import store as keys
from oauth_server.models import AccessToken, Authorization, AuthorizationCode, Client, Issuer, RefreshToken, SigningKey
from oauth_server.models.access_token import is_family_live, is_person_active, is_signed_out, signed_out_at
from oauth_server.policy import people
from oauth_server.tokens import foreign, formats, jwt_access_token, opaque, partitions, store

# the kind under which a single revoked JWT is remembered until it expires
REVOKED_JTI = "revoked_jti"
_KID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_JOINS = ("application__issuer", "authorization__user", "authorization__session")


@dataclass(frozen=True, slots=True)
class Found:
    """A credential that this server issued. `why` says in words what makes it inactive; it is for operators and logs."""

    kind: str
    active: bool
    why: str
    issuer: Issuer
    client: Client
    authorization: Authorization
    scope: str
    audiences: list[str]
    issued: datetime
    expires: datetime
    row: Any
    jti: str = ""

    @property
    def user(self) -> Any:
        return self.authorization.user

    @property
    def sub(self) -> str:
        return self.authorization.sub

    @property
    def acr(self) -> str:
        return self.authorization.acr

    @property
    def authorization_details(self) -> list[dict[str, Any]]:
        """RFC 9396: those of an access token; of a refresh token or a code, those of the family."""
        held = self.row.details if self.kind == "access_token" else self.authorization.details
        return list(held or ())

    @property
    def cnf(self) -> Any:
        """RFC 7800 §3.1: the key that the token is bound to, or None."""
        return getattr(self.row, "cnf", None)

    @property
    def auth_time(self) -> float | None:
        """In seconds, as in a JWT."""
        signed_in = self.authorization.auth_time
        return None if signed_in is None else signed_in.timestamp()


def find(value: str) -> Found | None:
    """An access token, refresh token or authorization code, of any issuer, live or not; None for what was never issued."""
    return access_token(value) or refresh_token(value) or authorization_code(value)


def access_token(value: str) -> Found | None:
    if opaque.is_well_formed(opaque.ACCESS_TOKEN, value):
        return _stored_access_token(value)
    if (own := formats.added(value)) is not None:
        return _stored_access_token(value) if own.stored else own.find(value)
    return _jwt(value) or (_stored_access_token(value) if foreign.is_possible(value) else None)


def _stored_access_token(value: str) -> Found | None:
    candidates = digest.candidates(Kind.ACCESS_TOKEN, value)
    rows = AccessToken.objects.select_related(*_JOINS).filter(token_checksum__in=candidates)
    if (days := partitions.within(value)) is not None:
        rows = rows.filter(expires__gte=days[0], expires__lt=days[1])
    row = rows.first()
    if row is None:
        return None
    if row.user_id == row.authorization.user_id:
        # the person of the family, who came along already
        row.user = row.authorization.user
    return _found("access_token", row)


def refresh_token(value: str) -> Found | None:
    if not opaque.is_well_formed(opaque.REFRESH_TOKEN, value) and not foreign.is_possible(value):
        return None
    candidates = digest.candidates(Kind.REFRESH_TOKEN, value)
    row = RefreshToken.objects.select_related(*_JOINS).filter(token_checksum__in=candidates).first()
    return None if row is None else _found("refresh_token", row)


def authorization_code(value: str) -> Found | None:
    if not opaque.is_well_formed(opaque.AUTHORIZATION_CODE, value):
        return None
    candidates = digest.candidates(Kind.AUTHORIZATION_CODE, value)
    row = AuthorizationCode.objects.select_related(*_JOINS).filter(code__in=candidates).first()
    return None if row is None else _found("authorization_code", row)


def _found(kind: str, row: Any, jti: str = "") -> Found:
    reason = why(row)
    return Found(
        kind=kind,
        active=not reason,
        why=reason,
        issuer=row.application.issuer,
        client=row.application,
        authorization=row.authorization,
        scope=row.scope,
        audiences=row.resource,
        issued=row.created,
        expires=row.expires,
        row=row,
        jti=jti,
    )


def why(row: Any) -> str:
    """What makes a token or code inactive, in words; empty while it may be used."""
    now = clock.now()
    if getattr(row, "revoked", None) is not None:
        return "revoked"
    if getattr(row, "used_at", None) is not None:
        return "used"
    if row.expires <= now:
        return "expired"
    family, client = row.authorization, row.application
    if not is_family_live(family, client, now, signed_out_at(family), row) or not is_person_active(family):
        return _family_why(family, client, now)
    return (
        ""
        if family.user is None or people.may_use(family.user, client.issuer)
        else "the person may not use this issuer"
    )


def _family_why(family: Authorization, client: Client, now: datetime) -> str:
    """Which part of the family makes it dead."""
    if family.revoked_at is not None:
        return "the family is revoked"
    if family.expires_at <= now:
        return "the family is over"
    if is_signed_out(family.scope, signed_out_at(family)):
        return "the person signed out"
    if not client.enabled:
        return "the client is disabled"
    if not client.issuer.enabled:
        return "the issuer is disabled"
    if family.user_id is not None and (family.user is None or not family.user.is_active):
        return "the person is inactive"
    limits = (client.tokens_not_before, client.issuer.tokens_not_before)
    if any(limit is not None and family.created < limit for limit in limits):
        return "everything before a time was revoked"
    return "everything for its API or scope before a time was revoked"


def _jwt(value: str) -> Found | None:
    """As an unsaved row that carries django-oauth-toolkit's contract."""
    issuer, claims = _jwt_claims(value)
    return of_claims(issuer, claims)


def of_claims(issuer: Any, claims: Mapping[str, Any]) -> Found | None:
    """The JWT access token that says this of itself, verified by a key of the issuer with this id; it may have expired."""
    family = _family(claims.get("grant_id")) if claims else None
    # The key of one issuer says nothing about the families of another
    if family is None or family.client.issuer_id != issuer or family.client.client_id != claims.get("client_id"):
        return None
    aud = claims["aud"]
    row = AccessToken(
        application=family.client,
        user=family.user,
        authorization=family,
        scope=claims.get("scope", ""),
        resource=[aud] if isinstance(aud, str) else list(aud),
        details=claims.get("authorization_details"),
        created=datetime.fromtimestamp(claims["iat"], UTC),
        expires=datetime.fromtimestamp(claims["exp"], UTC),
    )
    row.cnf = claims.get("cnf")
    row.revoked = row.created if store.was_seen(REVOKED_JTI, claims["jti"]) else None
    return _found("access_token", row, jti=claims["jti"])


def _jwt_claims(value: str) -> tuple[Any, Mapping[str, Any]]:
    """The id of the issuer whose key signed, and the verified claims; empty when there is none."""
    try:
        header = jose.unverified_header(value)
    except jose.InvalidJWT:
        return None, {}
    kid = header.get("kid")
    # RFC 8725 §3.10: a kid is input; ours are base64url
    if header.get("typ") != jwt_access_token.TYP or not isinstance(kid, str) or not _KID.fullmatch(kid):
        return None, {}
    key = SigningKey.objects.select_related("issuer").filter(kid=kid, issuer__enabled=True).first()
    if key is None or key.state not in keys.PUBLISHED:
        return None, {}
    return key.issuer_id, jwt_access_token.read(value, key.issuer, [key.public]) or {}


def _family(grant_id: object) -> Authorization | None:
    try:
        key = UUID(str(grant_id))
    except ValueError:
        return None
    return Authorization.objects.select_related("client__issuer", "user", "session").filter(pk=key).first()
