"""RFC 8414, OpenID Connect Discovery 1.0, RFC 7517: what the server tells about itself, the same whoever asks."""

import json
from typing import Any

import pytest
from django.test import Client as HTTP
from django.urls import resolve

from oauth_server import conf, copies, issuers
from oauth_server.client_auth.registry import METHODS
from oauth_server.grants.registry import GRANTS
from oauth_server.keys import rotation
from oauth_server.models import SigningKey
from oauth_server.response_modes.registry import RESPONSE_MODES
from tests import factories

pytestmark = pytest.mark.django_db

OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
JWKS = "/.well-known/jwks.json"


def get(path: str, **headers: str) -> Any:
    return HTTP().get(path, headers=headers)


@pytest.mark.seed("S-01")
@pytest.mark.seed("S-22")
@pytest.mark.spec("RFC 8414", "2")
@pytest.mark.spec("OpenID Connect Discovery 1.0", "3")
def test_both_documents_name_every_endpoint_and_each_answers():
    document = get(OPENID).json()
    assert get(OAUTH).json() == document
    assert document["issuer"] == "http://testserver"
    addresses = {name: value for name, value in document.items() if name.endswith(("_endpoint", "_uri"))}
    assert addresses == {
        "authorization_endpoint": "http://testserver/oauth2/auth",
        "token_endpoint": "http://testserver/oauth2/token",
        "introspection_endpoint": "http://testserver/oauth2/introspect",
        "revocation_endpoint": "http://testserver/oauth2/revoke",
        "userinfo_endpoint": "http://testserver/userinfo",
        "end_session_endpoint": "http://testserver/oauth2/sessions/logout",
        "device_authorization_endpoint": "http://testserver/oauth2/device/auth",
        "pushed_authorization_request_endpoint": "http://testserver/oauth2/par",
        "jwks_uri": "http://testserver/.well-known/jwks.json",
    }
    for address in addresses.values():
        assert resolve(address.removeprefix("http://testserver")).app_names == ["oauth2_provider"]


# OpenID Connect Discovery 1.0 §3 REQUIRED, RFC 8414 §2 REQUIRED
REQUIRED = (
    "issuer authorization_endpoint token_endpoint jwks_uri response_types_supported subject_types_supported "
    "id_token_signing_alg_values_supported"
).split()


@pytest.mark.spec("OpenID Connect Discovery 1.0", "3")
def test_what_is_required_is_there_and_nothing_is_empty():
    document = get(OPENID).json()
    assert set(REQUIRED) <= set(document)
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert "openid" in document["scopes_supported"]
    # RFC 8414 §3.2: claims without value are left out
    assert [name for name, value in document.items() if value in ([], "", None)] == []


@pytest.mark.seed("S-47")
@pytest.mark.seed("S-62")
@pytest.mark.threat(63)
@pytest.mark.asvs("10.6.1")
def test_the_documents_say_what_is_on_and_nothing_else():
    document = get(OPENID).json()
    assert document["response_types_supported"] == ["code"]
    assert document["response_modes_supported"] == RESPONSE_MODES.names() == ["query", "fragment", "form_post"]
    assert document["grant_types_supported"] == GRANTS.names()
    assert {"authorization_code", "client_credentials", "refresh_token"} <= set(GRANTS.names())
    assert document["token_endpoint_auth_methods_supported"] == METHODS.names()
    assert "none" not in document["introspection_endpoint_auth_methods_supported"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    for word in ("implicit", "password", "token id_token", "plain", 'none", "HS'):
        assert word not in json.dumps(document)
    for name in ("claims", "request", "request_uri"):
        assert document[f"{name}_parameter_supported"] is True
    assert document["require_request_uri_registration"] is True
    assert document["display_values_supported"] == ["page", "popup", "touch", "wap"]


@pytest.mark.seed("S-47")
@pytest.mark.op("C5", "D1", "M1")
@pytest.mark.spec("OpenID Connect Discovery 1.0", "3")
@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ({"IMPLICIT_GRANT": True}, ["code", "token", "id_token", "id_token token"]),
        ({"HYBRID_FLOW": True}, ["code", "code id_token", "code token", "code id_token token"]),
    ],
    ids=str,
)
def test_a_legacy_setting_brings_its_response_types(settings: Any, on: dict[str, bool], expected: list[str]):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, **on}
    document = get(OPENID).json()
    assert document["response_types_supported"] == expected
    assert "implicit" in document["grant_types_supported"]
    assert {"RS256", "PS256", "ES256", "EdDSA"} == set(document["request_object_signing_alg_values_supported"])


def test_scopes_and_algorithms_are_those_of_the_issuer():
    issuer = issuers.first()
    factories.ScopeFactory(name="orders:read")
    factories.ClientFactory(algorithm="EdDSA")
    rotation.provide(issuer)
    copies.clear()
    document = get(OPENID).json()
    assert "orders:read" in document["scopes_supported"]
    assert document["id_token_signing_alg_values_supported"] == ["ES256", "EdDSA", "RS256"]


POISON = (
    {"x-forwarded-host": "evil.example"},
    {"x-forwarded-proto": "https"},
    {"x-forwarded-port": "8443"},
    {"x-forwarded-prefix": "/evil"},
    {"forwarded": "host=evil.example;proto=https"},
    {"x-host": "evil.example"},
    {"x-original-host": "evil.example"},
    {"x-original-url": "/evil"},
    {"origin": "https://evil.example"},
    {"referer": "https://evil.example"},
    {"host": "TESTSERVER"},
    {"host": "testserver:80"},
    {"accept": "text/html"},
    {"accept-language": "de"},
    {"authorization": "Bearer x"},
    {"cookie": "issuer=evil"},
)


@pytest.mark.threat(89)
@pytest.mark.spec("RFC 8414", "3.3")
@pytest.mark.parametrize("headers", POISON, ids=str)
@pytest.mark.parametrize("path", [OPENID, OAUTH, JWKS])
def test_no_header_changes_a_byte(path: str, headers: dict[str, str]):
    assert get(path, **headers).content == get(path).content
    assert get(f"{path}?issuer=https://evil.example").content == get(path).content


UNKNOWN = ("evil.example", "testserver.evil.example", "testserver:8000")
MALFORMED = ("testserver@evil.example", "", "a b", "[::1", "é", "testserver/evil", "testserver:port")


@pytest.mark.seed("S-52")
@pytest.mark.threat(89)
@pytest.mark.parametrize("host", [*UNKNOWN, *MALFORMED])
@pytest.mark.parametrize("path", [OPENID, OAUTH, JWKS, "/userinfo", "/oauth2/auth"])
def test_an_unknown_or_malformed_host_gets_no_answer(settings: Any, path: str, host: str):
    # Django's own 400 for what ALLOWED_HOSTS does not name, ours for what no issuer is called
    for allowed in (settings.ALLOWED_HOSTS, ["*"]):
        settings.ALLOWED_HOSTS = allowed
        response = HTTP().get(path, headers={"host": host})
        assert response.status_code in {400, 404}
        assert response.status_code == 404 or host not in UNKNOWN or allowed != ["*"]
        assert b"evil" not in response.content


@pytest.mark.threat(89)
def test_without_the_common_middleware_a_host_that_is_not_allowed_is_not_found(settings: Any):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.endswith("CommonMiddleware")]
    for path in (OPENID, JWKS, "/userinfo"):
        assert HTTP().get(path, headers={"host": "evil.example"}).status_code == 404


@pytest.mark.spec("RFC 7517", "5")
@pytest.mark.seed("S-01")
@pytest.mark.threat(100)
def test_the_key_set_holds_the_public_keys_and_no_private_part():
    keys = get(JWKS).json()["keys"]
    assert sorted((key["alg"], key["kty"], key["use"]) for key in keys) == [
        ("ES256", "EC", "sig"),
        ("ES256", "EC", "sig"),
        ("RS256", "RSA", "sig"),
        ("RS256", "RSA", "sig"),
    ]
    assert len({key["kid"] for key in keys}) == 4
    assert {name for key in keys for name in key} == {"alg", "crv", "e", "kid", "kty", "n", "use", "x", "y"}


@pytest.mark.threat(114)
@pytest.mark.spec("OpenID Connect Core 1.0", "10.1.1")
def test_the_key_set_follows_a_rotation_within_a_second():
    issuer = issuers.first()
    before = {key["kid"] for key in get(JWKS).json()["keys"]}
    rotation.rotate(issuer, "ES256", force=True)
    copies.clear()
    after = {key["kid"] for key in get(JWKS).json()["keys"]}
    assert before < after
    SigningKey.objects.filter(state="retiring").update(state="gone")
    copies.clear()
    assert len({key["kid"] for key in get(JWKS).json()["keys"]} & before) == 3


@pytest.mark.threat(90)
@pytest.mark.parametrize("path", [OPENID, OAUTH, JWKS])
def test_a_copy_is_compared_by_its_tag(path: str):
    first = get(path)
    assert first["Cache-Control"] == f"public, max-age={conf.settings.JWKS_MAX_AGE}"
    again = get(path, **{"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert get(path, **{"if-none-match": f'"x", {first["ETag"]}'}).status_code == 304
    assert get(path, **{"if-none-match": '"x"'}).status_code == 200
    head = HTTP().head(path)
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", first["ETag"])


@pytest.mark.seed("S-01")
def test_a_request_makes_no_key():
    issuers.first().keys.all().delete()
    copies.clear()
    assert get(JWKS).json() == {"keys": []}
    get(OPENID)
    assert not SigningKey.objects.exists()


def test_whoever_knows_the_id_of_an_issuer_is_led_to_its_document(settings: Any) -> None:
    row = factories.IssuerFactory(slug="master")
    path = f"/{row.pk}{OPENID}"
    answer = get(path)
    assert (answer.status_code, answer["Location"]) == (307, f"http://testserver/master{OPENID}")
    assert get(answer["Location"].removeprefix("http://testserver")).json()["issuer"] == "http://testserver/master"
    assert get(f"/{issuers.first().pk}{OPENID}")["Location"] == f"http://testserver{OPENID}"
    assert HTTP().post(path).status_code == 405
    # nothing else lives there, and not on another host
    for missing in (f"/{row.pk}{JWKS}", f"/{row.pk}/userinfo", f"/00000000-0000-4000-8000-000000000000{OPENID}"):
        assert get(missing).status_code == 404
    settings.ALLOWED_HOSTS = ["*"]
    assert get(path, host="evil.example").status_code == 404
    row.enabled = False
    row.save()
    assert get(path).status_code == 404
