"""RFC 6749 §3.2 token endpoint."""

from collections.abc import Callable
from typing import Any

from oauth_server import clock
from oauth_server.client_auth.assertion import TOKEN_PATH
from oauth_server.endpoints.base import Endpoint, json_response
from oauth_server.errors import UnsupportedGrantType
from oauth_server.grants.registry import GRANTS
from oauth_server.models import Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest, ProtocolResponse

PATH = TOKEN_PATH
# Told of each answer: the grant, the request, the clear access token. For `dot/signals.py`; a signal would cost each request more
TOLD: list[Callable[[Any, ProtocolRequest, str], None]] = []


def run(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> ProtocolResponse:
    grant = GRANTS.get(form.require("grant_type"))
    if grant is None:
        raise UnsupportedGrantType
    issued = grant.run(request, form, issuer)
    for tell in TOLD:
        tell(grant, request, issued.access_token)
    return json_response(issued.answer(clock.now()))


endpoint = Endpoint(run, ("POST",), proves=True)
