"""OpenID Connect Core 1.0 §5.3 UserInfo, as JSON or JWT; RFC 6750 §2.1 and §2.2 (header or form body, never the URL), §3.1 (errors)."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from oauth_server import copies
from oauth_server.claims import catalogue
from oauth_server.client_auth import known
from oauth_server.copies import Copies
from oauth_server.endpoints.base import NO_STORE, Endpoint, NoToken, json_response
from oauth_server.errors import InsufficientScope, InvalidRequest, InvalidToken
from oauth_server.keys import jose, store
from oauth_server.models import Client, Issuer, Scope
from oauth_server.parameters import Parameters
from oauth_server.policy.scopes import OPENID
from oauth_server.protocol import ProtocolRequest, ProtocolResponse
from oauth_server.tokens import bearer, encrypted, id_token, lookup
from oauth_server.tokens.bearer import Bearer

PATH = "/userinfo"

_copies: "Copies[tuple[UUID, int], Mapping[str, Scope]]" = Copies()


def run(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> ProtocolResponse:
    value = _token(request, form)
    presented = bearer.find(value, issuer)
    found, client = _looked_up(value, issuer) if presented is None else (presented, _client(presented, issuer))
    scope = found.scope.split()
    if OPENID not in scope or found.user is None:
        raise InsufficientScope("The access token was not issued for openid.")
    if issuer.identifier not in found.audiences:
        raise InvalidToken("The access token is for another resource.")
    defined = _scopes(client.issuer)
    granted = [defined[name] for name in scope if name in defined]
    claims = catalogue.for_scopes(found.user, client, granted, found.asked)
    return _rendered({**claims, "sub": found.sub}, client, issuer)


def _client(presented: Bearer, issuer: Issuer) -> Client:
    """The copy of the token's client, proven by the versions that the token's statement brought along."""
    try:
        client = known.find(presented.client_id, issuer).client
        if (client.version, client.issuer.version) != presented.versions:
            with copies.fresh():
                client = known.find(presented.client_id, issuer).client
    except known.Unknown:
        raise InvalidToken(reason="the client has just gone") from None
    return client


def _looked_up(value: str, issuer: Issuer) -> tuple[Bearer, Client]:
    """A JWT, or the reason why it is not good."""
    found = lookup.access_token(value)
    if found is None or not found.active or found.issuer.pk != issuer.pk:
        raise InvalidToken(reason="unknown token" if found is None else found.why or "another issuer's")
    client, asked = found.client, found.authorization.claims.get("userinfo", {})
    versions = (client.version, client.issuer.version)
    return Bearer(found.sub, found.scope, found.audiences, asked, found.user, client.client_id, versions), client


def _rendered(claims: dict[str, Any], client: Client, issuer: Issuer) -> ProtocolResponse:
    """§5.3.2: JSON, or as the client registered it: signed, encrypted, or both."""
    algorithm = client.userinfo_signed_response_alg
    if not algorithm and not client.userinfo_encrypted_response_alg:
        return json_response(claims)
    if algorithm:
        named = {**claims, "iss": issuer.identifier, "aud": client.client_id}
        body = jose.sign(named, store.active(issuer, algorithm), typ=id_token.TYP)
    else:
        body = json.dumps(claims, ensure_ascii=False)
    body = encrypted.for_client(
        body,
        client,
        client.userinfo_encrypted_response_alg,
        client.userinfo_encrypted_response_enc,
        cty="JWT" if algorithm else "",
    )
    return ProtocolResponse(200, {"Content-Type": "application/jwt", **NO_STORE}, body.encode())


def _scopes(issuer: Issuer) -> Mapping[str, Scope]:
    """By name; as of the issuer's version, which the token's own statement has just proven."""
    return _copies.get((issuer.pk, issuer.version), lambda: {scope.name: scope for scope in issuer.scopes.all()})


def _token(request: ProtocolRequest, form: Parameters) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    in_body = form.get("access_token")
    if scheme and in_body:
        # RFC 6750 §2: one method in each request
        raise InvalidRequest("The access token is given twice.")
    if in_body:
        return in_body
    if scheme.lower() != "bearer" or not value.strip():
        raise NoToken
    return value.strip()


endpoint = Endpoint(run, ("GET", "POST"), bearer=True)
