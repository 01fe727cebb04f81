"""Ory Hydra's contract: the public half, as its command-line client uses it. The ordinary endpoints, with three allowances.

A stray `Authorization: Bearer` beside another way to authenticate means nothing, since `-H` overwrites Basic; a client of
client_secret_basic may also send its secret in the body; Basic may come raw instead of form-encoded.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, quote_plus, urlencode

from oauth_server import audit, issuers
from oauth_server.api import token as admin_token
from oauth_server.api.hydra import gate
from oauth_server.api.hydra.wire import Refusal
from oauth_server.client_auth import known
from oauth_server.endpoints import device_authorization, jwks, metadata, register, revoke, token, userinfo
from oauth_server.endpoints.base import NO_STORE, Endpoint, answer, json_response
from oauth_server.errors import OAuthError
from oauth_server.models import Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest, ProtocolResponse
from oauth_server.tokens import lookup
from oauth_server.tokens import revoke as ending

_ENDPOINTS: Mapping[str, Endpoint] = {
    "oauth2/token": token.endpoint,
    "oauth2/revoke": revoke.endpoint,
    "oauth2/device/auth": device_authorization.endpoint,
    "oauth2/register": register.endpoint,
    "userinfo": userinfo.endpoint,
    ".well-known/openid-configuration": metadata.endpoint,
    ".well-known/oauth-authorization-server": metadata.endpoint,
    ".well-known/jwks.json": jwks.endpoint,
}
_OF_CLIENTS = frozenset({"oauth2/token", "oauth2/revoke", "oauth2/device/auth"})
_BASIC, _POST = "client_secret_basic", "client_secret_post"


def find(path: str) -> Endpoint | None:
    if path.startswith("oauth2/register/"):
        return register.configuration
    return _ENDPOINTS.get(path)


def serve(request: ProtocolRequest, path: str, endpoint: Endpoint) -> ProtocolResponse:
    if path not in _OF_CLIENTS:
        return answer(endpoint, request)
    if path == "oauth2/revoke" and _is_bare(request):
        return _revoke_any(request)
    request = _as_registered(_without_bearer(request))
    response = answer(endpoint, request)
    raw = _raw_basic(request) if response.status == 401 else None
    return answer(endpoint, raw) if raw is not None else response


def _form(request: ProtocolRequest) -> Parameters:
    try:
        return Parameters.parse(request.body)
    except OAuthError:
        # which the endpoint says
        return Parameters({})


def _scheme(request: ProtocolRequest) -> str:
    return request.headers.get("authorization", "").partition(" ")[0].lower()


def _without_bearer(request: ProtocolRequest) -> ProtocolRequest:
    if _scheme(request) != "bearer":
        return request
    return replace(request, headers={name: value for name, value in request.headers.items() if name != "authorization"})


def _as_registered(request: ProtocolRequest) -> ProtocolRequest:
    """Credentials in the body, of a client whose registered method is Basic, as Basic."""
    form = _form(request)
    client_id, value = form.get("client_id"), form.get("client_secret")
    if "authorization" in request.headers or not client_id or not value or not _has_basic(client_id, request):
        return request
    pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
    body = urlencode([pair for pair in pairs if pair[0] not in {"client_id", "client_secret"}])
    return replace(request, headers={**request.headers, "authorization": _basic(client_id, value)}, body=body.encode())


def _has_basic(client_id: str, request: ProtocolRequest) -> bool:
    try:
        issuer = issuers.for_request(request.host, request.slug)
        return known.find(client_id, issuer).client.token_endpoint_auth_method == _BASIC
    except (issuers.UnknownIssuer, known.Unknown):
        return False


def _basic(client_id: str, value: str) -> str:
    """RFC 6749 §2.3.1."""
    return "Basic " + b64encode(f"{quote_plus(client_id)}:{quote_plus(value)}".encode()).decode()


def _raw_basic(request: ProtocolRequest) -> ProtocolRequest | None:
    """The same request, with Basic credentials taken as they are; None where that makes no difference."""
    if _scheme(request) != "basic":
        return None
    try:
        decoded = b64decode(request.headers["authorization"].partition(" ")[2].strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    client_id, colon, value = decoded.partition(":")
    if not colon or not ("%" in decoded or "+" in decoded):
        return None
    return replace(request, headers={**request.headers, "authorization": _basic(client_id, value)})


def _is_bare(request: ProtocolRequest) -> bool:
    """Whether nobody but the holder of an admin token can be meant."""
    has_token = _scheme(request) == "bearer" or (request.headers.get("x-admin-token") and not _scheme(request))
    return bool(request.method == "POST" and has_token and "client_id" not in _form(request))


def _revoke_any(request: ProtocolRequest) -> ProtocolResponse:
    try:
        issuer = issuers.as_stored(request.host, request.slug)
    except issuers.UnknownIssuer:
        return ProtocolResponse(404, NO_STORE)
    try:
        caller = gate.caller(request, issuer)
    except Refusal:
        return _no_client(issuer)
    if admin_token.WRITE not in caller.scope.split():
        return _no_client(issuer)
    found = lookup.find(_form(request).get("token"))
    if found is not None and found.issuer.pk == issuer.pk:
        actor = f"client:{caller.client.client_id}"
        with audit.origin(actor=actor, address=request.address, trace_id=request.trace_id):
            ending.found(found, "revoked by the holder of an admin token")
    return ProtocolResponse(200, NO_STORE)


def _no_client(issuer: Issuer) -> ProtocolResponse:
    body = {"error": "invalid_client", "error_description": "Client authentication failed."}
    challenge = f'Basic realm="{issuer.identifier}", charset="UTF-8"'
    return json_response(body, status=401, headers={**NO_STORE, "WWW-Authenticate": challenge})
