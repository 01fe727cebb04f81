"""OpenID Connect Discovery 1.0 §3, §4; RFC 8414 §2; RFC 7517: rows C, A3, D1, L1, N1, K1, S1."""

import re
from urllib.parse import urlsplit

import pytest

from tests.certification.provider import Provider

DISCOVERY = "OpenID Connect Discovery 1.0"
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
# RFC 8414 §7.1 and the registry that it makes, as far as this server has them
REGISTERED = {
    "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint", "scopes_supported",
    "response_types_supported", "response_modes_supported", "grant_types_supported",
    "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported",
    "service_documentation", "ui_locales_supported", "op_policy_uri", "op_tos_uri", "revocation_endpoint",
    "revocation_endpoint_auth_methods_supported", "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint", "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported", "code_challenge_methods_supported",
    "signed_metadata", "device_authorization_endpoint", "userinfo_endpoint", "acr_values_supported",
    "subject_types_supported", "id_token_signing_alg_values_supported", "id_token_encryption_alg_values_supported",
    "id_token_encryption_enc_values_supported", "userinfo_signing_alg_values_supported",
    "userinfo_encryption_alg_values_supported", "userinfo_encryption_enc_values_supported",
    "request_object_signing_alg_values_supported", "request_object_encryption_alg_values_supported",
    "request_object_encryption_enc_values_supported", "display_values_supported", "claim_types_supported",
    "claims_supported", "claims_locales_supported", "claims_parameter_supported", "request_parameter_supported",
    "request_uri_parameter_supported", "require_request_uri_registration", "require_signed_request_object",
    "pushed_authorization_request_endpoint", "require_pushed_authorization_requests",
    "authorization_response_iss_parameter_supported", "check_session_iframe", "frontchannel_logout_supported",
    "frontchannel_logout_session_supported", "backchannel_logout_supported", "backchannel_logout_session_supported",
    "end_session_endpoint", "prompt_values_supported",
}  # fmt: skip
CHANNELS = ("frontchannel_logout", "backchannel_logout")


@pytest.mark.spec(DISCOVERY, "4")
@pytest.mark.op("C1", "C2")
def test_the_document_is_at_its_issuer(provider: Provider) -> None:
    answer = provider.get(f"{provider.url}/.well-known/openid-configuration")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    issuer = answer.json()["issuer"]
    assert issuer == provider.url
    parts = urlsplit(issuer)
    assert (parts.scheme, parts.query, parts.fragment, parts.username) == ("https", "", "", None)


@pytest.fixture(scope="session")
def document(provider: Provider) -> dict[str, object]:
    found: dict[str, object] = provider.get(f"{provider.url}/.well-known/openid-configuration").json()
    return found


@pytest.mark.spec("RFC 8414", "2")
@pytest.mark.op("C3", "C4", "C8")
def test_every_member_is_registered_and_has_its_type(document: dict[str, object]) -> None:
    assert set(document) <= REGISTERED
    for name, value in document.items():
        if name.endswith("_supported") and isinstance(value, list):
            assert all(isinstance(item, str) for item in value), name
        elif name.endswith("_supported") or name.startswith("require_"):
            assert isinstance(value, bool), name
        elif name not in {"issuer"}:
            assert isinstance(value, str), name
            assert urlsplit(value).scheme == "https", name
            assert urlsplit(value).hostname, name


@pytest.mark.spec(DISCOVERY, "3")
@pytest.mark.op("C5", "C6", "C7", "C10", "C12", "D1")
def test_what_a_client_may_choose(document: dict[str, list[str]]) -> None:
    types = {" ".join(sorted(kind.split())) for kind in document["response_types_supported"]}
    assert {"code", "id_token", "id_token token"} <= types
    assert set(document["subject_types_supported"]) == {"public", "pairwise"}
    assert {"authorization_code", "implicit", "refresh_token"} <= set(document["grant_types_supported"])
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert "RS256" in document["userinfo_signing_alg_values_supported"]
    assert "RS256" in document["request_object_signing_alg_values_supported"]
    assert {"openid", "profile", "email", "address", "phone", "offline_access"} <= set(document["scopes_supported"])
    assert all(re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+", scope) for scope in document["scopes_supported"])
    assert "sub" in document["claims_supported"]
    assert "S256" in document["code_challenge_methods_supported"]


@pytest.mark.spec("RFC 8414", "2")
@pytest.mark.op("C11")
def test_locales_are_tags(document: dict[str, list[str]]) -> None:
    for name in ("ui_locales_supported", "claims_locales_supported"):
        assert all(LANGUAGE.fullmatch(tag) for tag in document.get(name, []))


@pytest.mark.spec("RFC 7517", "4.5")
@pytest.mark.op("C9", "A3")
def test_the_keys(provider: Provider, document: dict[str, str]) -> None:
    answer = provider.get(document["jwks_uri"])
    assert answer.status_code == 200
    keys = answer.json()["keys"]
    kids = [key["kid"] for key in keys]
    assert all(kid.strip() for kid in kids)
    assert len(set(kids)) == len(kids)
    for key in keys:
        assert key["kty"] in {"RSA", "EC", "OKP"}
        assert not {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & set(key)
        assert (key["kty"] == "RSA") == ("n" in key)


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2.1")
@pytest.mark.op("L1", "N1", "K1", "S1")
def test_logout_is_announced(document: dict[str, object]) -> None:
    assert urlsplit(str(document["end_session_endpoint"])).scheme == "https"
    assert urlsplit(str(document["check_session_iframe"])).scheme == "https"
    for channel in CHANNELS:
        assert document[f"{channel}_supported"] is True
        assert document[f"{channel}_session_supported"] is True
