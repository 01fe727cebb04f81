"""RFC 7662 Token Introspection. §2.1 (request), §2.2 (response), §4: only to the token's own client and to its audience."""

from oauth_server.client_auth.authenticate import authenticate
from oauth_server.client_auth.known import Known, is_current
from oauth_server.copies import Stale, are_fresh
from oauth_server.endpoints.base import Endpoint, json_response
from oauth_server.errors import InvalidClient
from oauth_server.models import Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest, ProtocolResponse
from oauth_server.tokens import introspection
from oauth_server.tokens.introspection import Active

PATH = "/oauth2/introspect"
INACTIVE = {"active": False}


def run(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> ProtocolResponse:
    caller = authenticate(request, form, issuer)
    if caller.client.is_public:
        raise InvalidClient(reason="a public client cannot introspect")
    # §2.1: token_type_hint may speed up the search; the prefix of the token says it already
    found = _find(form.require("token"), caller)
    if found is None or not _may_see(caller, found):
        return json_response(INACTIVE)
    # RFC 9396 §9.2: an API sees what is for it
    return json_response(found.describe(issuer, None if _is_own(caller, found) else caller.introspects))


def _find(value: str, caller: Known) -> Active | None:
    if introspection.is_opaque_access_token(value):
        return introspection.opaque_access_token(value, caller.client)
    if not are_fresh() and not is_current(caller):
        raise Stale
    return introspection.any_other(value, caller.client.issuer)


def _may_see(caller: Known, found: Active) -> bool:
    if _is_own(caller, found):
        return True
    # a refresh token is for its client and this server alone
    return found.kind == "access_token" and not caller.introspects.isdisjoint(found.audiences)


def _is_own(caller: Known, found: Active) -> bool:
    return found.client_pk == caller.client.pk


endpoint = Endpoint(run, ("POST",), cors=False, proves=True)
