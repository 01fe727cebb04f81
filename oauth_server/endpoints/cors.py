"""RFC 9700 §2.6, Fetch Standard §3.2 CORS: by each client's own origins, never with credentials."""

import re
from collections.abc import Sequence

from oauth_server.client_auth.base import Method
from oauth_server.client_auth.registry import METHODS
from oauth_server.errors import OAuthError
from oauth_server.models import Client, Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest, ProtocolResponse
from oauth_server.tokens import lookup

_HEADERS = "Authorization, Content-Type, DPoP"
_EXPOSED = "WWW-Authenticate, X-Trace-Id"
# RFC 6454 §6.2: scheme and authority, ASCII. `null` is no origin: every sandboxed frame has it
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[\x21-\x7e]+", re.ASCII)


def preflight(request: ProtocolRequest, issuer: Issuer, methods: Sequence[str], public: bool) -> ProtocolResponse:
    """The client is not known yet: an origin passes when any client of the issuer has it. Every other one gets 405."""
    headers = {"Allow": ", ".join((*methods, "OPTIONS")), "Vary": "Origin"}
    origin = _origin(request)
    if not public and not (origin and _clients_with(origin, issuer)):
        return ProtocolResponse(405, {**headers, "Cache-Control": "no-store"})
    headers |= {
        "Access-Control-Allow-Origin": "*" if public else origin,
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": _HEADERS,
        "Access-Control-Max-Age": "600",
    }
    return ProtocolResponse(204, headers)


def allow(response: ProtocolResponse, request: ProtocolRequest, issuer: Issuer, *, public: bool) -> ProtocolResponse:
    """Let the origin read the answer when the client that the request names has it among its own."""
    if public:
        # whoever asks, with an origin or without: the answer may come out of a cache
        headers = {**response.headers, "Access-Control-Allow-Origin": "*"}
        return ProtocolResponse(response.status, headers, response.body)
    headers = {**response.headers, "Vary": "Origin"}
    origin = _origin(request)
    if origin and any(client.client_id == _unverified_client_id(request) for client in _clients_with(origin, issuer)):
        headers |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED}
    return ProtocolResponse(response.status, headers, response.body)


def _origin(request: ProtocolRequest) -> str:
    origin = request.headers.get("origin", "")
    return origin if origin and _ORIGIN.fullmatch(origin) else ""


def _clients_with(origin: str, issuer: Issuer) -> list[Client]:
    rows = Client.objects.filter(issuer=issuer, enabled=True, allowed_origins__contains=origin)
    return [client for client in rows if client.origin_allowed(origin)]


def _unverified_client_id(request: ProtocolRequest) -> str:
    """The client that the request claims to be from, or to which its bearer token belongs."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found = lookup.access_token(token.strip())
        return found.client.client_id if found else ""
    try:
        form = Parameters.parse(request.body)
        method = next((m for m in METHODS if m.is_presented(request, form)), None)
        return "" if method is None else _id_of(method, request, form)
    except OAuthError:
        return ""


def _id_of(method: Method, request: ProtocolRequest, form: Parameters) -> str:
    return method.read(request, form).unverified_client_id
