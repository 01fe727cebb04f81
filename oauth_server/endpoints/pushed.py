"""RFC 9126 Pushed Authorization Requests. §2.1 (request), §2.2 (response), §2.3 (refusals)."""

from oauth_server.authorization import pushed, received, request_object, steps
from oauth_server.authorization.steps import At
from oauth_server.client_auth.authenticate import authenticate
from oauth_server.client_auth.known import Known
from oauth_server.conf import settings
from oauth_server.copies import Stale
from oauth_server.endpoints.base import Endpoint, json_response
from oauth_server.errors import InvalidRequest, InvalidRequestObject, OAuthError
from oauth_server.models import Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest, ProtocolResponse
from oauth_server.tokens import store

PATH = "/oauth2/par"


def run(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> ProtocolResponse:
    found = authenticate(request, form, issuer)
    try:
        request_uri = _push(form, found)
    except OAuthError:
        # the copy of the client may have led to it
        _require_true(found)
        raise
    return json_response({"request_uri": request_uri, "expires_in": settings.PUSHED_REQUEST_LIFETIME}, status=201)


def _push(form: Parameters, found: Known) -> str:
    client = found.client
    if "request_uri" in form:
        raise InvalidRequest("request_uri cannot be pushed.")
    parameters, source = received.read(form, client)
    if "client_id" not in parameters:
        # §2.1: it may be in the client authentication only
        parameters = Parameters.from_dict({**parameters.as_dict(), "client_id": [client.client_id]})
    to = steps.destination(parameters, client.issuer, source, found)
    asked = steps.validate(parameters, to, At.PUSHED)
    _require_true(found)
    if not request_object.use(source):
        raise InvalidRequestObject("The request object was used before.")
    return pushed.store(asked)


def _require_true(found: Known) -> None:
    """Nothing was used up that would have proven the copy of the client."""
    if not store.is_true_still(found.client):
        raise Stale


endpoint = Endpoint(run, ("POST",), proves=True)
