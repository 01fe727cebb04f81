"""RFC 7523 §2.2 and §3, RFC 7521 §4.2 client assertions: what private_key_jwt and client_secret_jwt have in common.

A `jti` is used up by the request that brings it, once, however often that request starts over on fresh copies.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any
from weakref import ReferenceType, ref

from oauth_server import clock, issuers
from oauth_server.client_auth.base import Credentials, Refused
from oauth_server.conf import settings
from oauth_server.errors import InvalidClient
from oauth_server.keys import jose
from oauth_server.keys.jose import InvalidJWT
from oauth_server.models import Client
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest
from oauth_server.tokens import store

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# RFC 8725 §3.11: a typ of its own, or none that says anything
TYPS = ("", "jwt", "client-authentication+jwt")
REPLAY = "client_assertion"
TOKEN_PATH = "/oauth2/token"
# A member of `Client.metadata`: the client may name the token endpoint as audience. Who registered itself always may
ALSO_TOKEN_ENDPOINT = "also_token_endpoint_audience"
_AHEAD = 10
_LONGEST_ID = 255

_used: ContextVar["tuple[ReferenceType[ProtocolRequest], str] | None"] = ContextVar(
    "oauth_server_used_assertion", default=None
)


def is_presented(form: Parameters) -> bool:
    return "client_assertion" in form or "client_assertion_type" in form


def is_hmac(form: Parameters) -> bool:
    """Whether the assertion says that it is made with a shared secret."""
    try:
        return bool(jose.unverified_header(form.get("client_assertion"), (jose.HMAC,)))
    except InvalidJWT:
        return False


def read(form: Parameters) -> Credentials:
    """Raises `InvalidClient`."""
    if form.get("client_assertion_type") != TYPE:
        raise InvalidClient(reason="client_assertion_type is missing or unknown")
    value = form.get("client_assertion")
    try:
        client_id = jose.unverified_claims(value).get("sub")
    except InvalidJWT as error:
        raise InvalidClient(reason=f"client_assertion: {error}") from None
    if not isinstance(client_id, str) or not _is_id(client_id):
        raise InvalidClient(reason="client_assertion: sub is no client id")
    # RFC 7521 §4.2: client_id is unnecessary, and if it is there it names the same client
    if form.get("client_id", client_id) != client_id:
        raise InvalidClient(reason="client_id names another client than the assertion")
    return Credentials(client_id, value)


def _is_id(value: str) -> bool:
    return 0 < len(value) <= _LONGEST_ID and value.isascii() and value.isprintable()


def require(claims: Mapping[str, Any], client: Client, request: ProtocolRequest) -> None:
    """What a verified assertion has to say. Raises `Refused`."""
    # RFC 7523 §3 (1), (2)
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        raise Refused("client_assertion: iss or sub is not the client")
    audience = claims.get("aud")
    # OpenID Connect Core 1.0 §9 as changed after CVE-2025-27370: one string, never a list
    if not isinstance(audience, str) or audience not in _audiences(client):
        raise Refused("client_assertion: aud is not this issuer alone")
    try:
        longest = settings.CLIENT_ASSERTION_LIFETIME
        exp = jose.require_times(claims, now=clock.now().timestamp(), longest=longest, ahead=_AHEAD)
        jose.require_made_since(claims, client.issuer.tokens_not_before, longest=longest)
    except InvalidJWT as error:
        raise Refused(f"client_assertion: {error}") from None
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti:
        raise Refused("client_assertion: jti is missing")
    _use(f"{client.pk} {jti}", exp, request)


def _audiences(client: Client) -> tuple[str, ...]:
    issuer = client.issuer
    if client.registered_itself or client.metadata.get(ALSO_TOKEN_ENDPOINT) is True:
        return issuer.identifier, issuers.url(issuer, TOKEN_PATH)
    return (issuer.identifier,)


def _use(name: str, exp: float, request: ProtocolRequest) -> None:
    seen = _used.get()
    if seen is not None and seen[0]() is request and seen[1] == name:
        return
    if not store.use_once(REPLAY, name, datetime.fromtimestamp(exp, UTC)):
        raise Refused("client_assertion: jti was used before")
    _used.set((ref(request), name))
