"""RFC 9068 JWT Profile for OAuth 2.0 Access Tokens. §2 (header, claims), §4 (validation).

No row is stored. `grant_id` names the family, so that introspection and our verifier's online check see a revocation.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from oauth_server import clock
from oauth_server.keys import jose, store
from oauth_server.models import Authorization, Client, Issuer
from oauth_server.policy.detail_types import Detail

TYP = "at+jwt"


def make(
    issuer: Issuer,
    client: Client,
    authorization: Authorization,
    *,
    scope: str,
    audiences: Sequence[str],
    algorithm: str,
    issued: datetime,
    expires: datetime,
    details: Sequence[Detail] = (),
) -> str:
    about = claims(
        issuer, client, authorization, scope=scope, audiences=audiences, issued=issued, expires=expires, details=details
    )
    return jose.sign(about, store.active(issuer, algorithm), typ=TYP)


def claims(
    issuer: Issuer,
    client: Client,
    authorization: Authorization,
    *,
    scope: str,
    audiences: Sequence[str],
    issued: datetime,
    expires: datetime,
    details: Sequence[Detail] = (),
) -> dict[str, Any]:
    """§2.2, §2.2.2, §2.2.3."""
    found: dict[str, Any] = {
        "iss": issuer.identifier,
        "sub": authorization.sub,
        "aud": audiences[0] if len(audiences) == 1 else list(audiences),
        "client_id": client.client_id,
        "iat": int(issued.timestamp()),
        "exp": int(expires.timestamp()),
        "jti": secrets.token_urlsafe(16),
        "grant_id": str(authorization.pk),
    }
    if scope:
        found["scope"] = scope
    if authorization.auth_time is not None:
        # RFC 9068 §2.2.1: as in the ID token
        found["auth_time"] = int(authorization.auth_time.timestamp())
        found |= {name: value for name, value in (("acr", authorization.acr), ("amr", authorization.amr)) if value}
    if details:
        # RFC 9396 §9.1
        found["authorization_details"] = list(details)
    if added := authorization.extra.get("access_token"):
        found["ext"] = added
    return found


def read(value: str, issuer: Issuer, keys: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The verified claims of a live token that one of these keys of the issuer signed, or None."""
    try:
        claims = jose.verify(value, keys, typ=TYP, issuer=issuer.identifier).claims
    except jose.InvalidJWT:
        return None
    exp = claims.get("exp")
    return claims if isinstance(exp, int) and exp > clock.timestamp() else None
