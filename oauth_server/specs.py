"""THE INDEX: a row per specification: title, address, status, and the modules that implement it.

Printed as `docs/reference/specs.md` and in the README; `tests/test_specs.py` holds every module's first line against it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    ON = "on"
    LEGACY = "legacy, off"
    EXPERIMENTAL = "experimental, off"


@dataclass(frozen=True, slots=True)
class Spec:
    """`name` is how tests and docstrings call it: "RFC 7636", "OpenID Connect Core 1.0"."""

    name: str
    title: str
    url: str
    modules: tuple[str, ...]
    status: Status = Status.ON


def _rfc(number: int, title: str, *modules: str) -> Spec:
    return Spec(f"RFC {number}", title, f"https://www.rfc-editor.org/rfc/rfc{number}", modules)


def _openid(name: str, path: str, *modules: str, status: Status = Status.ON) -> Spec:
    return Spec(name, name, f"https://openid.net/specs/{path}.html", modules, status)


SPECS: tuple[Spec, ...] = (
    _rfc(
        6749,
        "The OAuth 2.0 Authorization Framework",
        "endpoints.token",
        "endpoints.authorize",
        "grants.authorization_code",
        "grants.client_credentials",
        "grants.refresh_token",
        "grants.password",
        "client_auth.client_secret_basic",
        "client_auth.client_secret_post",
        "client_auth.authenticate",
        "policy.scopes",
        "parameters",
    ),
    _rfc(
        6750,
        "Bearer Token Usage",
        "endpoints.userinfo",
        "resource_server.challenge",
        "resource_server.drf",
        "dot.validator",
    ),
    _rfc(7009, "Token Revocation", "endpoints.revoke", "tokens.revoke"),
    _rfc(7515, "JSON Web Signature", "keys.jose"),
    _rfc(7516, "JSON Web Encryption", "keys.jwe"),
    _rfc(7517, "JSON Web Key", "endpoints.jwks", "keys.jwk", "keys.remote", "models.signing_key"),
    _rfc(7519, "JSON Web Token", "keys.jose"),
    _rfc(
        7521,
        "Assertion Framework for OAuth 2.0 Client Authentication and Authorization Grants",
        "client_auth.assertion",
    ),
    _rfc(
        7523,
        "JWT Profile for Client Authentication and Authorization Grants",
        "grants.jwt_bearer",
        "models.trusted_issuer",
        "client_auth.assertion",
        "client_auth.private_key_jwt",
        "client_auth.client_secret_jwt",
    ),
    _rfc(
        7591,
        "Dynamic Client Registration",
        "endpoints.register",
        "registration.register",
        "registration.metadata",
        "registration.software_statement",
        "registration.initial_access_token",
        "models.client",
        "models.initial_access_token",
    ),
    _rfc(7592, "Dynamic Client Registration Management", "registration.manage", "endpoints.register"),
    _rfc(7636, "Proof Key for Code Exchange", "authorization.pkce", "grants.authorization_code"),
    _rfc(7662, "Token Introspection", "endpoints.introspect"),
    _rfc(8259, "The JavaScript Object Notation Data Interchange Format", "strict_json"),
    _rfc(8252, "OAuth 2.0 for Native Apps", "uris"),
    _rfc(8414, "Authorization Server Metadata", "endpoints.metadata", "issuers", "models.issuer"),
    _rfc(
        8628,
        "Device Authorization Grant",
        "endpoints.device_authorization",
        "endpoints.device",
        "endpoints.device_compare",
        "grants.device_code",
        "authorization.device",
        "interaction.device",
        "tokens.device",
        "tokens.user_code",
        "models.device_request",
    ),
    _rfc(8707, "Resource Indicators", "policy.audiences", "models.audience"),
    _rfc(8725, "JSON Web Token Best Current Practices", "keys.jose"),
    _rfc(9068, "JWT Profile for Access Tokens", "tokens.jwt_access_token", "resource_server.verifier"),
    _rfc(
        9101,
        "JWT-Secured Authorization Request",
        "authorization.request_object",
        "authorization.received",
    ),
    _rfc(
        9126,
        "Pushed Authorization Requests",
        "endpoints.pushed",
        "authorization.pushed",
        "authorization.received",
        "models.pushed_request",
    ),
    _rfc(
        9396,
        "Rich Authorization Requests",
        "policy.details",
        "policy.detail_schema",
        "policy.detail_types",
        "models.authorization_detail_type",
        "deeds.detail_type",
    ),
    _rfc(9207, "Authorization Server Issuer Identification", "authorization.response"),
    _rfc(
        9449,
        "Demonstrating Proof of Possession, at an API",
        "proof.dpop",
        "resource_server.challenge",
        "resource_server.verifier",
    ),
    _rfc(
        9470,
        "Step Up Authentication Challenge Protocol",
        "resource_server.challenge",
        "resource_server.permissions",
    ),
    _rfc(
        9700, "Best Current Practice for OAuth 2.0 Security", "uris", "pages", "grants.refresh_token", "endpoints.cors"
    ),
    _rfc(9728, "OAuth 2.0 Protected Resource Metadata", "dot.resource_metadata", "resource_server.metadata"),
    _openid(
        "OpenID Connect Core 1.0",
        "openid-connect-core-1_0",
        "tokens.id_token",
        "endpoints.userinfo",
        "endpoints.authorize",
        "authorization.prompt",
        "authorization.id_token_hint",
        "authorization.ui_locales",
        "claims.acr",
        "claims.catalogue",
        "claims.request",
        "claims.subject",
        "tokens.encrypted",
        "keys.rotation",
    ),
    _openid("OpenID Connect Discovery 1.0", "openid-connect-discovery-1_0", "endpoints.metadata", "issuers"),
    _openid(
        "OpenID Connect Dynamic Client Registration 1.0",
        "openid-connect-registration-1_0",
        "registration.register",
        "registration.sector",
        "registration.rules",
        "registration.shapes",
        "registration.addresses",
    ),
    _openid(
        "OpenID Connect RP-Initiated Logout 1.0",
        "openid-connect-rpinitiated-1_0",
        "endpoints.logout",
        "logout.rp_initiated",
    ),
    _openid("OpenID Connect Front-Channel Logout 1.0", "openid-connect-frontchannel-1_0", "logout.frontchannel"),
    _openid(
        "OpenID Connect Back-Channel Logout 1.0",
        "openid-connect-backchannel-1_0",
        "logout.backchannel",
        "tokens.logout_token",
        "tokens.told",
        "models.logout_delivery",
    ),
    _openid(
        "OpenID Connect Session Management 1.0",
        "openid-connect-session-1_0",
        "logout.session_management",
        "endpoints.check_session",
        status=Status.LEGACY,
    ),
    _openid(
        "OAuth 2.0 Multiple Response Type Encoding Practices",
        "oauth-v2-multiple-response-types-1_0",
        "response_modes.query",
        "response_modes.fragment",
        "response_modes.registry",
        "authorization.response_types",
    ),
    _openid("OAuth 2.0 Form Post Response Mode", "oauth-v2-form-post-response-mode-1_0", "response_modes.form_post"),
    _openid(
        "OpenID Connect Core Error Code unmet_authentication_requirements 1.0",
        "openid-connect-unmet-authentication-requirements-1_0",
        "interaction.step_up",
    ),
    _openid(
        "Initiating User Registration via OpenID Connect 1.0",
        "openid-connect-prompt-create-1_0",
        "authorization.prompt",
    ),
)
