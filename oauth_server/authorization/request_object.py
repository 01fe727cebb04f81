"""RFC 9101 JWT-Secured Authorization Request, OpenID Connect Core 1.0 §6: `request` and `request_uri`, signed by the client.

Only the parameters inside count (RFC 9101 §6.3); `client_id` comes outside as well, and is the same.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from oauth_server import audit, clock, fetch, limits
from oauth_server.authorization.request import Destination, Source
from oauth_server.conf import settings
from oauth_server.errors import (
    InvalidRequest,
    InvalidRequestObject,
    InvalidRequestUri,
    OAuthError,
    RequestNotSupported,
    RequestUriNotSupported,
    TemporarilyUnavailable,
)
from oauth_server.keys import jose, remote
from oauth_server.models import Client
from oauth_server.parameters import REPEATABLE, Parameters
from oauth_server.tokens import store

# §4, §10.8.1: a typ of its own, or none that says anything
TYPES = ("oauth-authz-req+jwt", "jwt", "")
REPLAY = "request_object"
_LONGEST_LIFE = 3600
_AHEAD = 10


def read(value: str, client: Client) -> tuple[Parameters, Source]:
    """What the object of a `request` asks for. Raises `RequestNotSupported`, `InvalidRequestObject`."""
    _require_keys(client, RequestNotSupported)
    return _read(value, client)


def read_from(request_uri: str, client: Client) -> tuple[Parameters, Source]:
    """The same behind a `request_uri`. Raises `RequestUriNotSupported`, `InvalidRequestUri`, `InvalidRequestObject`."""
    _require_keys(client, RequestUriNotSupported)
    if not client.request_uris:
        raise RequestUriNotSupported(reason="the client has no request_uris")
    # RFC 9101 §10.4.1: the whole string, its fragment included
    if request_uri not in client.request_uris:
        raise InvalidRequestUri("The request_uri is not registered for this client.")
    return _read(_fetched(request_uri, client), client)


def _require_keys(client: Client, error: type[OAuthError]) -> None:
    if not (client.client_jwks or client.client_jwks_uri):
        raise error(reason="the client has no keys with which it could sign")


def _fetched(request_uri: str, client: Client) -> str:
    try:
        limits.take(settings.REQUEST_URI_FETCHES, "request_uri", client.client_id, audit.current().address)
        # OpenID Connect Core 1.0 §6.2: the fragment is there for caches, and nothing is kept here
        url = request_uri.partition("#")[0]
        answer = fetch.guarded_get(url, allowed=settings.FETCH_PRIVATE_HOSTS, most=jose.MAX_LENGTH)
    except limits.TooManyAttempts:
        raise TemporarilyUnavailable(reason="too many fetches for this client and address") from None
    except fetch.Unreachable as error:
        raise InvalidRequestUri(reason=f"request_uri: {error}") from None
    if answer.status != 200:
        raise InvalidRequestUri(reason=f"request_uri: status {answer.status}")
    return answer.body.decode("ascii", "replace").strip()


def _read(value: str, client: Client) -> tuple[Parameters, Source]:
    algorithms = [client.request_object_signing_alg] if client.request_object_signing_alg else list(jose.ALGORITHMS)
    try:
        claims = remote.verify(value, client, typs=TYPES, algorithms=algorithms).claims
        _require_for_us(claims, client)
        until = _require_now(claims, client)
        jti = claims.get("jti") if until else ""
        if jti:
            jose.require_made_since(claims, client.issuer.tokens_not_before, longest=_LONGEST_LIFE)
    except jose.InvalidJWT as error:
        raise InvalidRequestObject(reason=f"request object: {error}") from None
    source = Source(signed=True, jti=_name(client, jti) if isinstance(jti, str) and jti else "", until=until)
    if source.jti and store.was_seen(REPLAY, source.jti):
        raise InvalidRequestObject("The request object was used before.")
    return _parameters(claims), source


def _name(client: Client, jti: str) -> str:
    return f"{client.client_id} {jti}"


def use(source: Source) -> bool:
    """Whether this call is the first to complete a request with this object."""
    return not source.jti or store.use_once(REPLAY, source.jti, datetime.fromtimestamp(source.until, UTC))


def _require_for_us(claims: Mapping[str, Any], client: Client) -> None:
    """§4, §6.2: made by this client for this server; §10.8: and no other JWT of the client's, such as an assertion."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    wrong = {
        "iss": claims.get("iss") != client.client_id,
        "aud": client.issuer.identifier not in audiences,
        "client_id": claims.get("client_id") != client.client_id,
        "sub": claims.get("sub") == client.client_id,
        "request": "request" in claims or "request_uri" in claims,
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise jose.InvalidJWT(name)


def _require_now(claims: Mapping[str, Any], client: Client) -> int:
    """What is said about time holds; `exp`, or 0 where an object has none, as one that lies at a request_uri for long."""
    now = clock.timestamp()
    exp, nbf, iat = (jose.numeric_date(claims, name) for name in ("exp", "nbf", "iat"))
    if client.require_signed_request_object and (exp is None or nbf is None):
        # FAPI 2.0 Message Signing §5.3.1
        raise jose.InvalidJWT("no exp or nbf")
    begins = now if nbf is None else nbf
    if not now - _LONGEST_LIFE <= begins <= now + _AHEAD or (iat is not None and iat > now + _AHEAD):
        raise jose.InvalidJWT("nbf or iat")
    if exp is not None and not now < exp <= begins + _LONGEST_LIFE:
        raise jose.InvalidJWT("exp")
    return int(exp or 0)


def _parameters(claims: Mapping[str, Any]) -> Parameters:
    """§4: strings as they are, numbers in decimal, objects as JSON; several values where a parameter may repeat."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in claims.items():
        several = value if isinstance(value, list) and name in REPEATABLE else [value]
        texts = tuple(_text(one) for one in several)
        if any("\x00" in text or _is_lone(text) for text in (name, *texts)):
            raise InvalidRequestObject(reason="request object: a value is no text")
        found[name] = tuple(text for text in texts if text)
    return Parameters(found)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _is_lone(text: str) -> bool:
    """Half of a character, which JSON can say and UTF-8 cannot."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def required(parameters: Parameters, to: Destination) -> None:
    """§10.5: from some clients nothing but a signed object is taken."""
    if to.client.require_signed_request_object and not to.source.signed:
        raise InvalidRequest("The request must be a signed request object (RFC 9101).")
