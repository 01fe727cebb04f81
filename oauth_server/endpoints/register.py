"""RFC 7591 §3 client registration endpoint, RFC 7592 §2 client configuration endpoint: JSON in, JSON out."""

from collections.abc import Mapping
from typing import Any

from oauth_server import limits, refusals, strict_json
from oauth_server.conf import settings
from oauth_server.endpoints.base import JSON, NO_STORE, Endpoint, NoToken, json_response
from oauth_server.errors import InvalidClientMetadata, TemporarilyUnavailable
from oauth_server.models import Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest, ProtocolResponse
from oauth_server.registration import manage, metadata, register
from oauth_server.registration.register import Registered

CLOSED, TOKEN = "closed", "token"


def run(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> ProtocolResponse:
    if settings.DYNAMIC_REGISTRATION == CLOSED:
        return ProtocolResponse(404, NO_STORE)
    token = _bearer(request)
    if not token and settings.DYNAMIC_REGISTRATION == TOKEN:
        raise NoToken
    try:
        found = register.register(issuer, _members(request), token=token, address=request.address)
    except limits.TooManyAttempts as error:
        body = refusals.members(TemporarilyUnavailable, "Too many registrations. Try again later.")
        return json_response(body, status=429, headers={"Retry-After": str(error.retry_after), **NO_STORE})
    return json_response(register.describe(found), status=201)


def configure(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> ProtocolResponse:
    token = _bearer(request)
    if not token:
        raise NoToken
    client = manage.find(issuer, request.path.rpartition("/")[2], token)
    if request.method == "DELETE":
        metadata.delete(client)
        return ProtocolResponse(204, NO_STORE)
    if request.method == "PUT":
        return json_response(register.describe(manage.replace(client, _members(request), address=request.address)))
    return json_response(register.describe(Registered(client, token)))


def _bearer(request: ProtocolRequest) -> str:
    """RFC 6750 §2.1, the only way in which these tokens come."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return ""
    return token.strip() if scheme.lower() == "bearer" else "?"


def _members(request: ProtocolRequest) -> Mapping[str, Any]:
    try:
        found = strict_json.parse(request.body)
    except ValueError:
        raise InvalidClientMetadata("The body is not JSON, or nested too deeply, or has a name twice.") from None
    if not isinstance(found, dict):
        raise InvalidClientMetadata("The body must be a JSON object.")
    return found


endpoint = Endpoint(run, ("POST",), bearer=True, cors=False, media_type=JSON)
configuration = Endpoint(configure, ("GET", "PUT", "DELETE"), bearer=True, cors=False, media_type=JSON)
