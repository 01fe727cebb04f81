"""OpenID Connect Core 1.0 §5.3 UserInfo; RFC 6750 §2.1 and §2.2 (header or form body, never the URL), §3.1 (errors)."""

from collections.abc import Mapping
from uuid import UUID

from oauth_server.claims import catalogue
from oauth_server.copies import Copies
from oauth_server.endpoints.base import Endpoint, NoToken, json_response
from oauth_server.errors import InsufficientScope, InvalidRequest, InvalidToken
from oauth_server.models import Issuer, Scope
from oauth_server.parameters import Parameters
from oauth_server.policy.scopes import OPENID
from oauth_server.protocol import ProtocolRequest, ProtocolResponse
from oauth_server.tokens import lookup

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
    return json_response({"sub": found.sub, **catalogue.for_scopes(found.user, found.client, granted)})


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
