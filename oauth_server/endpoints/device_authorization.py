"""RFC 8628 Device Authorization Grant. §3.1 (device authorization request), §3.2 (its response)."""

from urllib.parse import urlencode

from oauth_server import issuers
from oauth_server.authorization import device as device_request
from oauth_server.client_auth.authenticate import authenticate
from oauth_server.endpoints.base import Endpoint, json_response
from oauth_server.errors import UnauthorizedClient
from oauth_server.grants.device_code import DeviceCode
from oauth_server.models import Issuer
from oauth_server.parameters import Parameters
from oauth_server.policy import scopes
from oauth_server.protocol import ProtocolRequest, ProtocolResponse
from oauth_server.tokens import device, user_code

PATH = "/oauth2/device/auth"


def run(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> ProtocolResponse:
    found = authenticate(request, form, issuer)
    if DeviceCode.grant_type not in found.client.grant_types:
        raise UnauthorizedClient(reason="the device grant is not among the client's grant types")
    asked = device_request.validate(form, issuer, found)
    begun = device.begin(
        asked.client, scopes.join(asked.scope), asked.parameters.as_dict(), request.headers.get("user-agent", "")
    )
    page, code = issuers.url(issuer, device_request.PATH), user_code.shown(begun.user_code)
    return json_response(
        {
            "device_code": begun.device_code,
            "user_code": code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?{urlencode({'user_code': code})}",
            "expires_in": begun.expires_in,
            "interval": begun.interval,
        }
    )


endpoint = Endpoint(run, ("POST",), proves=True)
