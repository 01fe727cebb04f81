"""RFC 7662 Token Introspection. §2.1 (request), §2.2 (response), §4: only to the token's own client and to its audience."""

from typing import Any

from oauth_server import copies
from oauth_server.client_auth.authenticate import authenticate
from oauth_server.endpoints.base import Endpoint, json_response
from oauth_server.errors import InvalidClient
from oauth_server.models import Audience, Client, Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest, ProtocolResponse
from oauth_server.tokens import lookup
from oauth_server.tokens.lookup import Found

PATH = "/oauth2/introspect"
INACTIVE = {"active": False}


def run(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> ProtocolResponse:
    with copies.fresh():
        caller = authenticate(request, form, issuer).client
    if caller.is_public:
        raise InvalidClient(reason="a public client cannot introspect")
    value = form.require("token")
    # §2.1: token_type_hint may speed up the search; the prefix of the token says it already
    found = lookup.access_token(value) or lookup.refresh_token(value)
    if found is None or not found.active or found.issuer.pk != issuer.pk or not _may_see(caller, found):
        return json_response(INACTIVE)
    return json_response(describe(found))


def _may_see(caller: Client, found: Found) -> bool:
    if found.client.pk == caller.pk:
        return True
    # a refresh token is for its client and this server alone
    return found.kind == "access_token" and _is_audience(caller, found.audiences)


def _is_audience(caller: Client, audiences: list[str]) -> bool:
    return Audience.objects.filter(introspectors=caller, issuer=caller.issuer_id, identifier__in=audiences).exists()


def describe(found: Found) -> dict[str, Any]:
    """§2.2 the members of an active token's answer. `token_use` is Ory's."""
    body: dict[str, Any] = {
        "active": True,
        "scope": found.scope,
        "client_id": found.client.client_id,
        "sub": found.sub,
        "aud": found.audiences,
        "iss": found.issuer.identifier,
        "iat": int(found.issued.timestamp()),
        "exp": int(found.expires.timestamp()),
        "token_use": found.kind,
    }
    if found.kind == "access_token":
        body["token_type"] = "Bearer"
    if found.jti:
        body["jti"] = found.jti
    family = found.authorization
    if family.auth_time is not None:
        body["auth_time"] = int(family.auth_time.timestamp())
        body |= {name: value for name, value in (("acr", family.acr), ("amr", family.amr)) if value}
    return body


endpoint = Endpoint(run, ("POST",), cors=False)
