"""OpenID Connect Core 1.0 §3.1.2.1 id_token_hint: an ID token that this issuer gave to this client; it may have expired."""

from oauth_server.errors import InvalidRequest
from oauth_server.models import Client, Issuer
from oauth_server.tokens import id_token


def subject(hint: str, issuer: Issuer, client: Client) -> str:
    """The `sub` of a verified hint. Raises `InvalidRequest`."""
    claims = id_token.read(hint, issuer)
    if claims is None:
        raise InvalidRequest("id_token_hint is not an ID token of this server.")
    if not id_token.is_for(claims, client):
        raise InvalidRequest("id_token_hint was issued to another client.")
    return str(claims["sub"])
