"""OpenID Connect Core 1.0 §2 ID token. §3.1.3.6 (at_hash), §3.3.2.11 (c_hash), §5.4, §5.5 (claims), §10.2 (encryption)."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from oauth_server.claims import catalogue, subject
from oauth_server.conf import settings
from oauth_server.keys import jose, store
from oauth_server.models import Authorization, Client, Issuer, Scope
from oauth_server.tokens import encrypted

TYP = "JWT"
# RFC 8725 §3.10: a kid is input; ours are base64url
KID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def make(
    issuer: Issuer,
    client: Client,
    authorization: Authorization,
    *,
    now: datetime,
    nonce: str = "",
    access_token: str = "",
    code: str = "",
    state: str = "",
    scopes: Iterable[Scope] = (),
    lifetime: int | None = None,
) -> str:
    """`access_token`, `code` and `state` are hashed where they are given. `lifetime`: the client's own, in seconds.

    `scopes`: those whose claims it carries, for response_type=id_token, which has no UserInfo (§5.4).
    """
    algorithm = client.algorithm
    optional = {
        "nonce": nonce,
        "at_hash": jose.left_half(access_token, algorithm) if access_token else "",
        "c_hash": jose.left_half(code, algorithm) if code else "",
        "s_hash": jose.left_half(state, algorithm) if state else "",
    }
    about = claims(issuer, client, authorization, now=now, scopes=scopes, lifetime=lifetime)
    about |= {name: value for name, value in optional.items() if value}
    token = jose.sign(about, store.active(issuer, algorithm), typ=TYP)
    return encrypted.for_client(
        token, client, client.id_token_encrypted_response_alg, client.id_token_encrypted_response_enc, cty="JWT"
    )


def claims(
    issuer: Issuer,
    client: Client,
    authorization: Authorization,
    *,
    now: datetime,
    scopes: Iterable[Scope] = (),
    lifetime: int | None = None,
) -> dict[str, Any]:
    """All but what binds the token to one request. Parameters as of `make`."""
    identity = _identity(issuer, client, authorization, now, lifetime or settings.ID_TOKEN_LIFETIME)
    known = {"acr": authorization.acr, "amr": authorization.amr}
    identity |= {name: value for name, value in known.items() if value}
    # What names the token and its subject is never overwritten
    return _about_person(client, authorization, scopes) | identity


def _identity(
    issuer: Issuer, client: Client, authorization: Authorization, now: datetime, lifetime: int
) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "iss": issuer.identifier,
        "sub": authorization.sub,
        "aud": client.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(seconds=lifetime)).timestamp()),
    }
    if client.id_token_audiences:
        # §2: azp names the one that asked, where others may take it too
        claims |= {"aud": [client.client_id, *client.id_token_audiences], "azp": client.client_id}
    if authorization.auth_time is not None:
        claims["auth_time"] = int(authorization.auth_time.timestamp())
    if authorization.session_id is not None:
        claims["sid"] = subject.sid(authorization.session_id, client)
    return claims


def _about_person(client: Client, authorization: Authorization, scopes: Iterable[Scope]) -> dict[str, Any]:
    asked = authorization.claims.get("id_token", {})
    released = [name for scope in scopes for name in scope.claims]
    names, added = tuple(dict.fromkeys([*released, *asked])), authorization.extra.get("id_token", {})
    if not names or authorization.user_id is None:
        return dict(added)
    return {**added, **catalogue.by_name(authorization.user, client, authorization.scope.split(), names)}


def read(value: str, issuer: Issuer) -> Mapping[str, Any] | None:
    """The verified claims of an ID token that this issuer once gave, expired or not; None for anything else.

    A key that has been taken out of the JWKS still tells our own tokens from foreign ones; one that was revoked does not.
    """
    try:
        kid = str(jose.unverified_header(value).get("kid", ""))
        known = store.remembered(issuer, kid) if KID.fullmatch(kid) else []
        claims = jose.verify(value, known, typ=TYP, issuer=issuer.identifier).claims
    except jose.InvalidJWT:
        return None
    # Of what is signed under the same typ, a UserInfo answer has no exp
    return claims if isinstance(claims.get("exp"), int) and isinstance(claims.get("sub"), str) else None


def is_for(claims: Mapping[str, Any], client: Client) -> bool:
    """Whether the token was given to this client: its audience, or among several the one that azp names."""
    audience = claims.get("aud")
    return (audience if isinstance(audience, str) else claims.get("azp")) == client.client_id
