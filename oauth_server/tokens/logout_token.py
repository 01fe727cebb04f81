"""OpenID Connect Back-Channel Logout 1.0 §2.4 logout token: signed and encrypted as the client's ID tokens are, never taken for one."""

import secrets
from datetime import datetime

from oauth_server.keys import jose, store
from oauth_server.models import Client, Issuer
from oauth_server.tokens import encrypted

# §2.4; RFC 8725 §3.11: explicit typing
TYP = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
# §4 asks for at most two minutes; each attempt makes its own
LIFETIME = 120


def make(issuer: Issuer, client: Client, *, sub: str, sid: str, now: datetime) -> str:
    """`sub` and `sid` as the client's ID token had them. No nonce: §2.4 forbids it. Raises `NoKey`, `OAuthError`."""
    issued = int(now.timestamp())
    claims = {
        "iss": issuer.identifier,
        "sub": sub,
        "aud": client.client_id,
        "iat": issued,
        "exp": issued + LIFETIME,
        "jti": secrets.token_urlsafe(16),
        "events": {EVENT: {}},
        "sid": sid,
    }
    token = jose.sign(claims, store.active(issuer, client.algorithm), typ=TYP)
    return encrypted.for_client(
        token, client, client.id_token_encrypted_response_alg, client.id_token_encrypted_response_enc, cty="JWT"
    )
