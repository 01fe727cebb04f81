"""OpenID Connect Core 1.0 §2 ID token. §3.1.3.6 (at_hash), §3.3.2.11 (c_hash)."""

from datetime import datetime, timedelta
from typing import Any

from oauth_server.claims import subject
from oauth_server.conf import settings
from oauth_server.keys import jose, store
from oauth_server.models import Authorization, Client, Issuer

TYP = "JWT"


def make(
    issuer: Issuer,
    client: Client,
    authorization: Authorization,
    *,
    now: datetime,
    nonce: str = "",
    access_token: str = "",
) -> str:
    algorithm = client.algorithm
    claims: dict[str, Any] = {
        "iss": issuer.identifier,
        "sub": authorization.sub,
        "aud": client.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(seconds=settings.ID_TOKEN_LIFETIME)).timestamp()),
    }
    if authorization.auth_time is not None:
        claims["auth_time"] = int(authorization.auth_time.timestamp())
    if authorization.session_id is not None:
        claims["sid"] = subject.sid(authorization.session_id, client)
    optional = {
        "nonce": nonce,
        "acr": authorization.acr,
        "amr": authorization.amr,
        "at_hash": jose.left_half(access_token, algorithm) if access_token else "",
    }
    claims |= {name: value for name, value in optional.items() if value}
    return jose.sign(claims, store.active(issuer, algorithm), typ=TYP)
