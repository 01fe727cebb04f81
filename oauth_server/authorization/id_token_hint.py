"""OpenID Connect Core 1.0 §3.1.2.1 id_token_hint: an ID token that this issuer gave to this client; it may have expired."""

from oauth_server.errors import InvalidRequest
from oauth_server.keys import jose, store
from oauth_server.models import Client, Issuer
from oauth_server.tokens import id_token


def subject(hint: str, issuer: Issuer, client: Client) -> str:
    """The `sub` of a verified hint. Raises `InvalidRequest`."""
    try:
        claims = jose.verify(hint, store.published(issuer), typ=id_token.TYP, issuer=issuer.identifier).claims
    except jose.InvalidJWT as error:
        raise InvalidRequest(
            "id_token_hint is not an ID token of this server.", reason=f"id_token_hint: {error}"
        ) from None
    audience = claims.get("aud")
    if audience != client.client_id:
        raise InvalidRequest("id_token_hint was issued to another client.")
    return str(claims.get("sub", ""))
