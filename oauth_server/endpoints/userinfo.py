"""OpenID Connect Core 1.0 §5.3 UserInfo, as JSON or JWT; RFC 6750 §2.1 and §2.2 (header or form body, never the URL), §3.1 (errors)."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from oauth_server.claims import catalogue
from oauth_server.copies import Copies
from oauth_server.endpoints.base import NO_STORE, Endpoint, NoToken, json_response
from oauth_server.errors import InsufficientScope, InvalidRequest, InvalidToken
from oauth_server.keys import jose, store
from oauth_server.models import Client, Issuer, Scope
from oauth_server.parameters import Parameters
from oauth_server.policy.scopes import OPENID
from oauth_server.protocol import ProtocolRequest, ProtocolResponse
from oauth_server.tokens import encrypted, id_token, lookup

PATH = "/userinfo"

_copies: "Copies[tuple[UUID, int], Mapping[str, Scope]]" = Copies()


def run(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> ProtocolResponse:
    found = lookup.access_token(_token(request, form))
    if found is None or not found.active or found.issuer.pk != issuer.pk:
        raise InvalidToken(reason="unknown token" if found is None else found.why or "another issuer's")
    scope = found.scope.split()
    if OPENID not in scope or found.user is None:
        raise InsufficientScope("The access token was not issued for openid.")
    if issuer.identifier not in found.audiences:
        raise InvalidToken("The access token is for another resource.")
    defined = _scopes(found.issuer)
    granted = [defined[name] for name in scope if name in defined]
    asked = found.authorization.claims.get("userinfo", {})
    claims = catalogue.for_scopes(found.user, found.client, granted, asked)
    return _rendered({**claims, "sub": found.sub}, found.client, issuer)


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
    """By name; as of the issuer's version, which the token's own statement has just read."""
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
