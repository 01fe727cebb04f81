"""OpenID Connect Discovery 1.0 §3, RFC 8414 §2: every member is registered, typed, and follows what is on."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client as HTTP

from oauth_server import copies, issuers
from oauth_server.models import Issuer
from tests import factories

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.spec("OpenID Connect Discovery 1.0", "3"),
    pytest.mark.spec("RFC 8414", "2"),
]

OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
EVERYTHING = {
    "DYNAMIC_REGISTRATION": "open",
    "IMPLICIT_GRANT": True,
    "HYBRID_FLOW": True,
    "PASSWORD_GRANT": True,
    "CLIENT_SECRET_JWT": True,
    "SESSION_MANAGEMENT": True,
}

# The IANA registry of authorization server metadata, as far as it is ours, with the type of each member
URLS = """
issuer authorization_endpoint token_endpoint userinfo_endpoint jwks_uri registration_endpoint introspection_endpoint
revocation_endpoint device_authorization_endpoint pushed_authorization_request_endpoint end_session_endpoint check_session_iframe
service_documentation op_policy_uri op_tos_uri
""".split()
LISTS = """
scopes_supported response_types_supported response_modes_supported grant_types_supported acr_values_supported subject_types_supported
id_token_signing_alg_values_supported id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported
userinfo_signing_alg_values_supported userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported
request_object_signing_alg_values_supported display_values_supported claim_types_supported claims_supported prompt_values_supported
claims_locales_supported ui_locales_supported code_challenge_methods_supported token_endpoint_auth_methods_supported
token_endpoint_auth_signing_alg_values_supported introspection_endpoint_auth_methods_supported
introspection_endpoint_auth_signing_alg_values_supported revocation_endpoint_auth_methods_supported
revocation_endpoint_auth_signing_alg_values_supported
""".split()
FLAGS = """
claims_parameter_supported request_parameter_supported request_uri_parameter_supported require_request_uri_registration
require_signed_request_object authorization_response_iss_parameter_supported require_pushed_authorization_requests
frontchannel_logout_supported frontchannel_logout_session_supported backchannel_logout_supported backchannel_logout_session_supported
""".split()
# RFC 6749 §3.3; BCP 47 in its usual letter case, as far as languages of ours go
SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")


def get(path: str) -> Any:
    answer = HTTP().get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    return answer.json()


@pytest.fixture(params=["as it comes", "everything on"])
def on(request: pytest.FixtureRequest, settings: Any) -> str:
    """The settings of the project, and those in which every feature is on."""
    if request.param == "everything on":
        settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, **EVERYTHING}
    copies.clear()
    name: str = request.param
    return name


@pytest.fixture(params=[OPENID, OAUTH])
def document(on: str, request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = get(request.param)
    return found


@pytest.mark.op("C1")
def test_both_documents_are_json_and_the_same(on: str):
    assert get(OPENID) == get(OAUTH)


@pytest.mark.op("C2")
def test_the_issuer_is_the_address_below_which_the_document_lies(document: dict[str, Any]):
    assert document["issuer"] == "http://testserver"
    parts = urlsplit(document["issuer"])
    assert (parts.query, parts.fragment, parts.username) == ("", "", None)


@pytest.mark.op("C2")
def test_an_issuer_with_a_path_or_a_host_of_its_own_says_its_own_address(settings: Any):
    settings.ALLOWED_HOSTS = ["*"]
    below = factories.IssuerFactory()
    found = get(f"/{below.slug}{OPENID}")
    assert found["issuer"] == f"http://testserver/{below.slug}"
    assert get(f"{OAUTH}/{below.slug}") == found
    own = issuers.create("Own", url="https://id.example.org")
    there = HTTP().get(OPENID, headers={"host": "id.example.org"}, secure=True).json()
    assert there["issuer"] == own.identifier == "https://id.example.org"
    for name, value in there.items():
        if name in URLS:
            assert value.startswith("https://id.example.org"), name
    assert Issuer.objects.count() == 3


@pytest.mark.op("C3")
def test_every_member_has_its_type(document: dict[str, Any]):
    for name, value in document.items():
        if name in URLS:
            parts = urlsplit(value)
            assert parts.scheme in {"http", "https"}, name
            assert parts.netloc, name
        elif name in LISTS:
            assert isinstance(value, list), name
            assert value, name
            assert all(isinstance(item, str) and item for item in value), name
            assert len(set(value)) == len(value), name
        else:
            assert isinstance(value, bool), name


@pytest.mark.op("C4")
def test_no_member_is_unknown(document: dict[str, Any]):
    assert set(document) <= {*URLS, *LISTS, *FLAGS}


@pytest.mark.op("C5")
def test_types_that_every_client_looks_for_are_there(document: dict[str, Any], on: str):
    known = {"code", "token", "id_token", "id_token token", "code id_token", "code token", "code id_token token"}
    assert "code" in document["response_types_supported"]
    assert set(document["response_types_supported"]) <= known
    assert (on == "everything on") == (set(document["response_types_supported"]) == known)
    assert {"public", "pairwise"} >= set(document["subject_types_supported"])
    assert document["subject_types_supported"]
    assert {"authorization_code", "refresh_token"} <= set(document["grant_types_supported"])


@pytest.mark.op("C6")
def test_rs256_signs_id_tokens_and_none_signs_nothing(document: dict[str, Any]):
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    for name, value in document.items():
        if name.endswith(("signing_alg_values_supported", "encryption_alg_values_supported")):
            assert not {"none", "RSA1_5"} & set(value), name


@pytest.mark.op("C7")
def test_rs256_signs_request_objects_too(document: dict[str, Any]):
    assert "RS256" in document["request_object_signing_alg_values_supported"]
    assert isinstance(document["userinfo_signing_alg_values_supported"], list)


@pytest.mark.op("C8")
def test_every_endpoint_is_below_the_issuer(document: dict[str, Any], on: str):
    needed = {"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "end_session_endpoint"}
    assert needed <= set(document)
    assert (on == "everything on") == ("registration_endpoint" in document)
    for name in [name for name in document if name.endswith("_endpoint")]:
        assert document[name].startswith(document["issuer"] + "/"), name


@pytest.mark.op("C8")
def test_every_endpoint_of_an_https_issuer_is_https(settings: Any):
    settings.ALLOWED_HOSTS = ["*"]
    issuers.create("Own", url="https://id.example.org")
    there = HTTP().get(OPENID, headers={"host": "id.example.org"}, secure=True).json()
    for name in [name for name in there if name in URLS]:
        assert there[name].startswith("https://"), name


@pytest.mark.op("C9", "A3")
def test_published_keys_are_public_and_each_has_a_name_of_its_own(document: dict[str, Any]):
    keys = get(document["jwks_uri"].removeprefix("http://testserver"))["keys"]
    names = [key["kid"] for key in keys]
    assert len(set(names)) == len(names) > 0
    for key in keys:
        assert key["kid"].strip()
        assert key["kty"] in {"RSA", "EC", "OKP"}
        assert not {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & set(key)


@pytest.mark.op("C10")
def test_scopes_are_scope_tokens_and_openid_is_among_them(document: dict[str, Any]):
    assert "openid" in document["scopes_supported"]
    assert all(SCOPE.fullmatch(name) for name in document["scopes_supported"])
    assert {"sub", "name", "email", "address", "phone_number"} <= set(document["claims_supported"])


@pytest.mark.op("C11")
def test_locales_are_language_tags(document: dict[str, Any]):
    for member in ("ui_locales_supported", "claims_locales_supported"):
        for tag in document.get(member, []):
            assert LOCALE.fullmatch(tag), tag


@pytest.mark.op("C12")
def test_s256_is_the_method_of_pkce(document: dict[str, Any]):
    assert document["code_challenge_methods_supported"] == ["S256"]


FEATURES = {
    "DYNAMIC_REGISTRATION": ("open", "registration_endpoint", None),
    "IMPLICIT_GRANT": (True, "grant_types_supported", "implicit"),
    "HYBRID_FLOW": (True, "response_types_supported", "code id_token"),
    "PASSWORD_GRANT": (True, "grant_types_supported", "password"),
    "CLIENT_SECRET_JWT": (True, "token_endpoint_auth_methods_supported", "client_secret_jwt"),
    "SESSION_MANAGEMENT": (True, "check_session_iframe", None),
    "FRONTCHANNEL_LOGOUT": (True, "frontchannel_logout_supported", None),
    "BACKCHANNEL_LOGOUT": (True, "backchannel_logout_supported", None),
}


@pytest.mark.seed("S-62")
@pytest.mark.threat(63)
@pytest.mark.parametrize("setting", FEATURES)
def test_a_feature_that_is_off_takes_its_members_with_it(setting: str, settings: Any):
    value, member, word = FEATURES[setting]
    off = "closed" if value == "open" else False
    for chosen, is_there in ((value, True), (off, False)):
        settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, setting: chosen}
        copies.clear()
        found = get(OPENID)
        assert (word in found[member] if word else member in found) == is_there
