"""RFC 7009 Token Revocation. §2.1 (request), §2.2 (200 also for what is unknown or somebody else's)."""

from oauth_server.client_auth.authenticate import authenticate
from oauth_server.client_auth.known import is_current
from oauth_server.copies import Stale, are_fresh
from oauth_server.endpoints.base import NO_STORE, Endpoint
from oauth_server.models import Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest, ProtocolResponse
from oauth_server.tokens import lookup, revoke

PATH = "/oauth2/revoke"


def run(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> ProtocolResponse:
    caller = authenticate(request, form, issuer)
    if not are_fresh() and not is_current(caller):
        raise Stale
    value = form.require("token")
    found = lookup.access_token(value) or lookup.refresh_token(value)
    if found is not None and found.client.pk == caller.client.pk:
        revoke.found(found, "revoked by its client")
    return ProtocolResponse(200, NO_STORE)


endpoint = Endpoint(run, ("POST",), proves=True)
