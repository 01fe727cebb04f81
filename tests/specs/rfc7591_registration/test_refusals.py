"""RFC 7591 §3.2.2: metadata and bodies that are refused."""

import json
from typing import Any

import pytest
from django.test import Client as HTTP

from oauth_server import strict_json
from oauth_server.models import Client
from tests import jwts
from tests.flows import CALLBACK
from tests.specs.rfc7591_registration.registering import (
    DEVICE,
    ES256,
    GOOD,
    LEGACY,
    METADATA,
    PATH,
    PRIVATE,
    RS256,
    URI,
    post,
    told,
)

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 7591", "3.2.2")]


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no redirect URI": ({"redirect_uris": []}, URI),
    "redirect URIs missing": ({"redirect_uris": None}, URI),
    "a redirect URI with a fragment": ({"redirect_uris": [CALLBACK + "#x"]}, URI),
    "a redirect URI by http": ({"redirect_uris": ["http://rp.example/cb"]}, URI),
    "a redirect URI by javascript": ({"redirect_uris": ["javascript:alert(1)"]}, URI),
    "a redirect URI with a person": ({"redirect_uris": ["https://a@rp.example/cb"]}, URI),
    "a redirect URI with a star": ({"redirect_uris": ["https://*.rp.example/cb"]}, URI),
    "a redirect URI that is none": ({"redirect_uris": ["https://[::1"]}, URI),
    "redirect URIs as a string": ({"redirect_uris": CALLBACK}, URI),
    "a redirect URI that is a number": ({"redirect_uris": [1]}, URI),
    "a redirect URI with a lone surrogate": ({"redirect_uris": ["https://rp.example/\ud800"]}, METADATA),
    "implicit by localhost": (
        {"redirect_uris": ["https://localhost/cb"], "response_types": ["id_token"]},
        URI,
    ),
    "implicit by http": (
        {"redirect_uris": ["http://127.0.0.1/cb"], "response_types": ["id_token"]},
        URI,
    ),
    "an unknown grant type": ({"grant_types": ["authorization_code", "magic"]}, METADATA),
    "the password grant": ({"grant_types": ["authorization_code", "password"]}, METADATA),
    "client credentials": ({"grant_types": ["authorization_code", "client_credentials"]}, METADATA),
    "grant types as a string": ({"grant_types": "authorization_code"}, METADATA),
    "a list within grant types": ({"grant_types": [["authorization_code"]]}, METADATA),
    "no grant type": ({"grant_types": []}, METADATA),
    "an unknown response type": ({"response_types": ["magic"]}, METADATA),
    "a response type without its grant": (
        {"response_types": ["id_token"], "grant_types": ["authorization_code"]},
        METADATA,
    ),
    "a grant without its response type": (
        {"response_types": ["code"], "grant_types": ["authorization_code", "implicit"]},
        METADATA,
    ),
    "an unknown method": ({"token_endpoint_auth_method": "magic"}, METADATA),
    "a method that is off": ({"token_endpoint_auth_method": "client_secret_jwt"}, METADATA),
    "a method that is a list": ({"token_endpoint_auth_method": ["none"]}, METADATA),
    "private_key_jwt without keys": ({"token_endpoint_auth_method": "private_key_jwt"}, METADATA),
    "alg none for assertions": ({"token_endpoint_auth_signing_alg": "none"}, METADATA),
    "HS256 for assertions": (
        {
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [ES256]},
            "token_endpoint_auth_signing_alg": "HS256",
        },
        METADATA,
    ),
    "alg none for ID tokens": ({"id_token_signed_response_alg": "none"}, METADATA),
    "an unknown algorithm for UserInfo": ({"userinfo_signed_response_alg": "XS1"}, METADATA),
    "alg none for request objects": ({"request_object_signing_alg": "none"}, METADATA),
    "both jwks and jwks_uri": ({"jwks": {"keys": [ES256]}, "jwks_uri": "https://rp.example/jwks"}, METADATA),
    "jwks that is a string": ({"jwks": "{}"}, METADATA),
    "jwks without keys": ({"jwks": {}}, METADATA),
    "a private key": ({"jwks": {"keys": [json.loads(PRIVATE)]}}, METADATA),
    "a shared secret as key": ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, METADATA),
    "RSA of 1024 bits": ({"jwks": {"keys": [{**RS256, "n": jwts.b64(b"\xff" * 128)}]}}, METADATA),
    "the curve P-192": ({"jwks": {"keys": [{**ES256, "crv": "P-192"}]}}, METADATA),
    "two keys of one name": ({"jwks": {"keys": [ES256, ES256]}}, METADATA),
    "encryption without keys": ({"id_token_encrypted_response_alg": "RSA-OAEP-256"}, METADATA),
    "enc without alg": ({"id_token_encrypted_response_enc": "A256GCM", "jwks": {"keys": [RS256]}}, METADATA),
    "unknown encryption": ({"userinfo_encrypted_response_alg": "RSA1_5", "jwks": {"keys": [RS256]}}, METADATA),
    "jwks_uri by http": ({"jwks_uri": "http://rp.example/jwks"}, METADATA),
    "jwks_uri of this machine": ({"jwks_uri": "https://127.0.0.1/jwks"}, METADATA),
    "initiate_login_uri by http": ({"initiate_login_uri": "http://rp.example/login"}, METADATA),
    "logo by http": ({"logo_uri": "http://rp.example/logo.png"}, METADATA),
    "logo as data": ({"logo_uri": "data:image/png;base64,AAAA"}, METADATA),
    "logo by javascript": ({"logo_uri": "javascript:alert(1)"}, METADATA),
    "policy that is no URL": ({"policy_uri": "policy"}, METADATA),
    "terms that are a list": ({"tos_uri": ["https://rp.example/terms"]}, METADATA),
    "front-channel logout elsewhere": ({"frontchannel_logout_uri": "https://evil.example/front"}, METADATA),
    "back-channel logout by http": ({"backchannel_logout_uri": "http://rp.example/back"}, METADATA),
    "back-channel logout inside": ({"backchannel_logout_uri": "https://10.0.0.1/back"}, METADATA),
    "a request_uri by http": ({"request_uris": ["http://rp.example/r"]}, METADATA),
    "a request_uri inside": ({"request_uris": ["https://169.254.169.254/latest"]}, METADATA),
    "51 request URIs": ({"request_uris": [f"https://rp.example/{n}" for n in range(51)]}, METADATA),
    "post_logout_redirect_uri by http": ({"post_logout_redirect_uris": ["http://rp.example/"]}, METADATA),
    "an unknown subject type": ({"subject_type": "ephemeral"}, METADATA),
    "pairwise with two hosts": (
        {"subject_type": "pairwise", "redirect_uris": [CALLBACK, "https://other.example/cb"]},
        METADATA,
    ),
    "the sector of a host for an app on a device": (
        {
            "subject_type": "pairwise",
            "token_endpoint_auth_method": "none",
            "redirect_uris": [CALLBACK, "http://127.0.0.1/cb"],
        },
        METADATA,
    ),
    "the sector of a host for a scheme": (
        {
            "subject_type": "pairwise",
            "token_endpoint_auth_method": "none",
            "redirect_uris": ["org.example.app:/cb", CALLBACK],
        },
        METADATA,
    ),
    "the sector of a host for a device without address": (
        {"subject_type": "pairwise", "grant_types": ["authorization_code", DEVICE]},
        METADATA,
    ),
    "an unknown application type": ({"application_type": "desktop"}, METADATA),
    "max age as a string": ({"default_max_age": "600"}, METADATA),
    "max age negative": ({"default_max_age": -1}, METADATA),
    "max age huge": ({"default_max_age": 10**30}, METADATA),
    "require_auth_time as a string": ({"require_auth_time": "true"}, METADATA),
    "a name that is too long": ({"client_name": "x" * 300}, METADATA),
    "a name with NUL": ({"client_name": "a\x00b"}, METADATA),
    "a name with a lone surrogate": ({"client_name": "\ud800"}, METADATA),
    "a name that is turned around": ({"client_name": "\u202eknaB elpmaxE"}, METADATA),
    "a name in two lines": ({"client_name": "Example\nBank"}, METADATA),
    "a home page behind user information": ({"client_uri": "https://bank.example@evil.example/"}, METADATA),
    "a home page that looks like another": ({"client_uri": "https://b\u0430nk.example/"}, METADATA),
    "a key with NUL": ({"jwks": {"keys": [{**ES256, "note": "a\x00"}]}}, METADATA),
    "a kid with NUL": ({"jwks": {"keys": [{**ES256, "kid": "a\x00"}]}}, METADATA),
    "a key with a name with NUL": ({"jwks": {"keys": [{**ES256, "\x00": 1}]}}, METADATA),
    "a name that is an object": ({"client_name": {"a": 1}}, METADATA),
    "contacts as a string": ({"contacts": "ada@rp.example"}, METADATA),
    "a scope with a comma": ({"scope": "openid,email"}, METADATA),
    "a scope that is a list": ({"scope": ["openid"]}, METADATA),
    "software_id that is a number": ({"software_id": 5}, METADATA),
}


@pytest.mark.op("D10", "T2")
@pytest.mark.threat(65)
@pytest.mark.threat(96)
@pytest.mark.spec("RFC 7591", "3.2.2")
@pytest.mark.parametrize("name", BAD)
def test_bad_metadata_is_refused_with_its_code(opened: Any, name: str):
    if name.startswith("implicit by") or "response" in name:
        opened(**LEGACY)
    changes, code = BAD[name]
    answer = post({**GOOD, **changes})
    assert told(answer) == (400, code), answer.content
    description = answer.json()["error_description"]
    assert description
    assert all(0x20 <= ord(character) < 0x7F and character not in '"\\' for character in description)
    for text in ("evil.example", "alert", "169.254", "magic"):
        assert text not in description
    assert not Client.objects.exists()


@pytest.mark.threat(65, 69)
def test_a_number_that_no_database_keeps_is_refused(opened: Any):
    text = json.dumps({**GOOD, "jwks": {"keys": [{**ES256, "note": "HUGE"}]}}).replace('"HUGE"', "1e999")
    assert told(post(text)) == (400, METADATA)
    assert not Client.objects.exists()


BODIES = {
    "empty": b"",
    "no JSON": b"redirect_uris=x",
    "a list": b"[]",
    "a string": b'"x"',
    "null": b"null",
    "a name twice": b'{"redirect_uris": ["https://a.example/"], "redirect_uris": ["https://b.example/"]}',
    "nested": b'{"a":' * 10_000,
    "brackets": b"[" * 60_000,
    "NaN": b'{"default_max_age": NaN}',
    "not UTF-8": b'{"client_name": "\xff"}',
    "a huge integer": b'{"default_max_age": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.threat(65)
@pytest.mark.threat(69)
@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_object_is_refused(opened: Any, name: str):
    assert told(post(BODIES[name])) == (400, METADATA)


@pytest.mark.threat(66)
def test_a_body_of_another_type_or_size_is_refused(opened: Any):
    form = HTTP().post(PATH, "redirect_uris=x", content_type="application/x-www-form-urlencoded")
    assert told(form) == (415, "invalid_request")
    assert told(post(b'{"a": "' + b"x" * 70_000 + b'"}')) == (413, "invalid_request")
    assert told(post(GOOD, path=f"{PATH}?x=1")) == (400, "invalid_request")
    assert post(GOOD, **{"content-type": "application/json; charset=utf-8"}).status_code == 201


def test_json_is_read_strictly_here():
    with pytest.raises(strict_json.Refused):
        strict_json.parse('{"a": 1, "a": 2}')
