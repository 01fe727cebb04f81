"""RFC 8414 §2 authorization server metadata, OpenID Connect Discovery 1.0 §3; computed from the registries, never written by hand."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from oauth_server import issuers, languages
from oauth_server.authorization import pkce, prompt, response_types
from oauth_server.claims import acr, catalogue, subject
from oauth_server.client_auth.registry import METHODS
from oauth_server.conf import settings
from oauth_server.copies import Copies
from oauth_server.endpoints import (
    check_session,
    device_authorization,
    introspect,
    logout,
    pushed,
    revoke,
    token,
    userinfo,
)
from oauth_server.endpoints.base import Endpoint
from oauth_server.grants.registry import GRANTS
from oauth_server.keys import jose, jwe
from oauth_server.models import Issuer, SigningKey
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest, ProtocolResponse
from oauth_server.registration import register
from oauth_server.response_modes.registry import RESPONSE_MODES

OPENID_PATH = "/.well-known/openid-configuration"
OAUTH_PATH = "/.well-known/oauth-authorization-server"
AUTHORIZE_PATH = "/oauth2/auth"
JWKS_PATH = "/.well-known/jwks.json"


def document(issuer: Issuer) -> dict[str, Any]:
    """Exactly what is on."""
    signing = (
        issuer.keys.filter(state=SigningKey.State.ACTIVE).order_by("algorithm").values_list("algorithm", flat=True)
    )
    return {
        "issuer": issuer.identifier,
        "authorization_endpoint": issuers.url(issuer, AUTHORIZE_PATH),
        "token_endpoint": issuers.url(issuer, token.PATH),
        "device_authorization_endpoint": issuers.url(issuer, device_authorization.PATH),
        "pushed_authorization_request_endpoint": issuers.url(issuer, pushed.PATH),
        "introspection_endpoint": issuers.url(issuer, introspect.PATH),
        "revocation_endpoint": issuers.url(issuer, revoke.PATH),
        "userinfo_endpoint": issuers.url(issuer, userinfo.PATH),
        "end_session_endpoint": issuers.url(issuer, logout.PATH),
        **_signing_out(issuer),
        **(
            {"registration_endpoint": issuers.url(issuer, register.PATH)}
            if settings.DYNAMIC_REGISTRATION != "closed"
            else {}
        ),
        "jwks_uri": issuers.url(issuer, JWKS_PATH),
        "scopes_supported": list(issuer.scopes.order_by("name").values_list("name", flat=True)),
        **_details(issuer),
        "response_types_supported": [one.name for one in response_types.supported()],
        "response_modes_supported": RESPONSE_MODES.names(),
        "grant_types_supported": list(dict.fromkeys([*GRANTS.names(), *response_types.grant_types()])),
        **_authentication(),
        "code_challenge_methods_supported": [pkce.METHOD],
        "require_pushed_authorization_requests": settings.REQUIRE_PUSHED_AUTHORIZATION_REQUESTS,
        "authorization_response_iss_parameter_supported": True,
        "subject_types_supported": list(subject.TYPES),
        "id_token_signing_alg_values_supported": list(signing),
        "id_token_encryption_alg_values_supported": list(jwe.ALGORITHMS),
        "id_token_encryption_enc_values_supported": list(jwe.ENCODINGS),
        "userinfo_signing_alg_values_supported": list(signing),
        "userinfo_encryption_alg_values_supported": list(jwe.ALGORITHMS),
        "userinfo_encryption_enc_values_supported": list(jwe.ENCODINGS),
        "claim_types_supported": ["normal"],
        "claims_supported": ["sub", "auth_time", *(["acr"] if acr.lowest() else []), "amr", "sid", *catalogue.names()],
        **({"acr_values_supported": list(acr.supported())} if acr.supported() else {}),
        "prompt_values_supported": [
            value for value in prompt.VALUES if value != "create" or settings.SIGN_UP != "closed"
        ],
        "display_values_supported": list(prompt.DISPLAYS),
        **({"ui_locales_supported": languages.supported()} if languages.offered() else {}),
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": list(jose.ALGORITHMS),
    }


def _details(issuer: Issuer) -> dict[str, Any]:
    """RFC 9396 §10."""
    types = list(issuer.detail_types.order_by("type").values_list("type", flat=True))
    return {"authorization_details_types_supported": types} if types else {}


def _authentication() -> dict[str, Any]:
    """RFC 8414 §2: by which methods clients authenticate themselves, and how they sign."""
    methods = METHODS.names()
    algorithms = [algorithm for method in METHODS for algorithm in method.signing_algorithms]
    members: dict[str, Any] = {}
    for endpoint in ("token", "introspection", "revocation"):
        # a public client cannot introspect
        taken = [name for name in methods if name != "none" or endpoint != "introspection"]
        members[f"{endpoint}_endpoint_auth_methods_supported"] = taken
        members[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = algorithms
    return members


def _signing_out(issuer: Issuer) -> dict[str, Any]:
    """OpenID Connect Front-Channel Logout 1.0 §3, Back-Channel Logout 1.0 §2.1, Session Management 1.0 §3.3."""
    members: dict[str, Any] = {}
    for channel, is_on in (("front", settings.FRONTCHANNEL_LOGOUT), ("back", settings.BACKCHANNEL_LOGOUT)):
        if is_on:
            members |= {f"{channel}channel_logout_supported": True, f"{channel}channel_logout_session_supported": True}
    if settings.SESSION_MANAGEMENT:
        members["check_session_iframe"] = issuers.url(issuer, check_session.PATH)
    return members


def run(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> ProtocolResponse:
    return rendered(request, issuer, "metadata", document)


def by_id(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> ProtocolResponse:
    """Where the document of the issuer with this ID is: for a program that was told the ID and not the URL. Raises `UnknownIssuer`."""
    name = request.path.removesuffix(OPENID_PATH).rpartition("/")[2]
    found = Issuer.objects.filter(pk=UUID(name), enabled=True).first() if issuer.is_first else None
    if found is None:
        raise issuers.UnknownIssuer(name)
    headers = {"Location": issuers.url(found, OPENID_PATH), "Cache-Control": "no-store"}
    return ProtocolResponse(307, headers)


_documents: Copies[tuple[UUID, int, str], tuple[bytes, str]] = Copies()


def rendered(
    request: ProtocolRequest, issuer: Issuer, name: str, make: Callable[[Issuer], Mapping[str, Any]]
) -> ProtocolResponse:
    """A public document, made once for each version of the issuer, with an ETag (RFC 9110 §8.8.3, §13.1.2)."""
    raw, etag = _documents.get((issuer.pk, issuer.version, name), lambda: _render(make(issuer)))
    max_age = settings.JWKS_MAX_AGE
    headers = {"Cache-Control": f"public, max-age={max_age}", "ETag": etag}
    if etag in (candidate.strip() for candidate in request.headers.get("if-none-match", "").split(",")):
        return ProtocolResponse(304, headers)
    return ProtocolResponse(200, {"Content-Type": "application/json", **headers}, raw)


def _render(body: Mapping[str, Any]) -> tuple[bytes, str]:
    raw = json.dumps(body, separators=(",", ":")).encode()
    return raw, f'"{hashlib.sha256(raw).hexdigest()[:32]}"'


endpoint = Endpoint(run, ("GET",), public=True)
endpoint_by_id = Endpoint(by_id, ("GET",), public=True)
