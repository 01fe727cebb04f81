"""RFC 7591, OpenID Connect Dynamic Client Registration 1.0: clients that register themselves."""

import json
from typing import Any

import pytest
from django.test import Client as HTTP

from oauth_server import clock, issuers, strict_json
from oauth_server.client_auth import secret
from oauth_server.keys import jose
from oauth_server.models import AuditEvent, Client, InitialAccessToken, TrustedIssuer
from oauth_server.registration import initial_access_token, register
from tests import factories, jwts
from tests.flows import CALLBACK, App, Browser, parameters
from tests.forged import FORGED, Parts

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 7591", "3")]

PATH = "/oauth2/register"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
GOOD: dict[str, Any] = {"redirect_uris": [CALLBACK], "client_name": "Ada's app"}
_, ES256, PRIVATE = jose.generate("ES256")
RS256 = jwts.a_key("RS256")[1]
VOUCHERS = [jwts.a_key(algorithm) for algorithm in ("ES256", "RS256", "PS256")]
LEGACY = {"IMPLICIT_GRANT": True, "HYBRID_FLOW": True}


@pytest.fixture
def opened(settings: Any) -> Any:
    """Registration is open; call it to change further settings."""

    def change(**values: Any) -> None:
        settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, **values}

    change(DYNAMIC_REGISTRATION="open", REGISTRATIONS=1_000)
    return change


def post(members: Any, *, token: str = "", path: str = PATH, **headers: str) -> Any:
    body = members if isinstance(members, (str, bytes)) else json.dumps(members)
    sent = {**({"authorization": f"Bearer {token}"} if token else {}), **headers}
    return HTTP().post(path, body, content_type="application/json", headers=sent)


def registered(**members: Any) -> dict[str, Any]:
    answer = post({**GOOD, **members})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "")


def the(answer: dict[str, Any]) -> Client:
    return Client.objects.get(client_id=answer["client_id"])


# who may


def test_closed_is_the_default_and_in_no_document():
    assert post(GOOD).status_code == 404
    assert "registration_endpoint" not in HTTP().get("/.well-known/openid-configuration").json()
    assert not Client.objects.exists()


@pytest.mark.op("D1")
def test_open_or_by_token_it_is_in_the_documents(opened: Any):
    for mode in ("open", "token"):
        opened(DYNAMIC_REGISTRATION=mode)
        document = HTTP().get("/.well-known/openid-configuration").json()
        assert document["registration_endpoint"] == "http://testserver/oauth2/register"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_post_registers(opened: Any, method: str):
    answer = HTTP().generic(method, PATH)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_with_mode_token_nobody_registers_without_one(opened: Any):
    opened(DYNAMIC_REGISTRATION="token")
    answer = post(GOOD)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="http://testserver"'
    _, value = initial_access_token.make(issuers.first())
    assert post(GOOD, token=value).status_code == 201


TOKENS = {
    "unknown": lambda value: "oas_iat_" + value.removeprefix("oas_iat_")[::-1],
    "cut": lambda value: value[:-1],
    "another kind": lambda value: factories.AccessTokenFactory().clear,
    "a registration access token": lambda value: registered()["registration_access_token"],
    "no token at all": lambda value: "x",
    "with NUL": lambda value: f"{value}%00",
}


@pytest.mark.threat(96)
@pytest.mark.parametrize("name", TOKENS)
def test_a_wrong_initial_access_token_is_refused_also_where_none_is_needed(opened: Any, name: str):
    _, value = initial_access_token.make(issuers.first())
    wrong = TOKENS[name](value)
    before = Client.objects.count()
    for mode in ("open", "token"):
        opened(DYNAMIC_REGISTRATION=mode)
        assert told(post(GOOD, token=wrong)) == (401, "invalid_token")
    assert told(HTTP().post(PATH, "{}", content_type="application/json", headers={"authorization": "Basic eDp5"})) == (
        401,
        "invalid_token",
    )
    assert Client.objects.count() == before


@pytest.mark.threat(96)
def test_an_initial_access_token_is_good_for_so_many_clients_and_so_long(opened: Any, moving_clock: Any):
    from datetime import timedelta

    opened(DYNAMIC_REGISTRATION="token")
    row, value = initial_access_token.make(issuers.first(), most=2, expires=clock.now() + timedelta(seconds=60))
    # a refusal uses nothing up
    assert told(post({}, token=value)) == (400, "invalid_redirect_uri")
    assert [post(GOOD, token=value).status_code for _ in range(3)] == [201, 201, 401]
    row.refresh_from_db()
    assert row.used == 2
    InitialAccessToken.objects.update(most=0)
    assert post(GOOD, token=value).status_code == 201
    moving_clock.move(61)
    assert post(GOOD, token=value).status_code == 401


@pytest.mark.threat(96)
def test_an_initial_access_token_limits_the_scope_and_belongs_to_its_issuer(opened: Any):
    opened(DYNAMIC_REGISTRATION="token")
    factories.ScopeFactory(name="things:read")
    _, value = initial_access_token.make(issuers.first(), scope="openid things:read", most=0)
    assert post(GOOD, token=value).json()["scope"] == "openid things:read"
    assert post({**GOOD, "scope": "things:read email"}, token=value).json()["scope"] == "things:read"
    other = factories.IssuerFactory()
    assert told(post(GOOD, token=value, path=f"/{other.slug}{PATH}")) == (401, "invalid_token")


@pytest.mark.threat(100)
def test_neither_token_can_be_read_from_the_database(opened: Any):
    row, value = initial_access_token.make(issuers.first())
    assert value not in str(InitialAccessToken.objects.values())
    assert row.hint == value[-4:]
    rat = registered()["registration_access_token"]
    assert rat.startswith("oas_rat_")
    assert rat not in str(Client.objects.values())
    assert not AuditEvent.objects.filter(changes__icontains="oas_").exists()


@pytest.mark.threat(96)
def test_open_registration_is_limited_by_address(opened: Any):
    opened(REGISTRATIONS=2)
    answers = [post(GOOD) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 429, 429]
    assert int(answers[2]["Retry-After"]) > 0
    _, value = initial_access_token.make(issuers.first())
    assert post(GOOD, token=value).status_code == 201
    elsewhere = HTTP().post(PATH, json.dumps(GOOD), content_type="application/json", REMOTE_ADDR="192.0.2.9")
    assert elsewhere.status_code == 201


# the answer


@pytest.mark.op("D2")
@pytest.mark.spec("RFC 7591", "3.2.1")
def test_the_answer_says_everything_that_is_stored(opened: Any):
    answer = post(GOOD)
    assert answer.status_code == 201
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    client = the(body)
    assert body["client_id_issued_at"] == int(client.created.timestamp())
    assert body["client_secret_expires_at"] == 0
    assert secret.verify(client, body["client_secret"], "")
    assert body["registration_client_uri"] == f"http://testserver/oauth2/register/{client.client_id}"
    assert len(body["registration_access_token"]) > 40
    assert {name: body[name] for name in GOOD} == GOOD
    assert body["grant_types"] == ["authorization_code"]
    assert body["response_types"] == ["code"]
    assert body["token_endpoint_auth_method"] == "client_secret_basic"
    assert body["id_token_signed_response_alg"] == "RS256"
    assert body["application_type"] == "web"
    assert set(body["scope"].split()) == {"openid", "profile", "email", "address", "phone", "offline_access"}
    assert [name for name, value in body.items() if value in ("", None, [])] == []


EVERYTHING: dict[str, Any] = {
    "redirect_uris": ["https://rp.example/callback", "https://rp.example/callback?bar=foo"],
    "client_name": "Everything",
    "grant_types": ["authorization_code", "implicit", "refresh_token"],
    "response_types": ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"],
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_signing_alg": "RS256",
    "application_type": "web",
    "contacts": ["ada@rp.example"],
    "client_uri": "https://rp.example",
    "logo_uri": "https://rp.example/logo.png",
    "policy_uri": "https://rp.example/policy",
    "tos_uri": "https://rp.example/terms",
    "jwks": {"keys": [ES256, RS256]},
    "subject_type": "pairwise",
    "id_token_signed_response_alg": "ES256",
    "userinfo_signed_response_alg": "RS256",
    "request_object_signing_alg": "RS256",
    "id_token_encrypted_response_alg": "RSA-OAEP-256",
    "id_token_encrypted_response_enc": "A256GCM",
    "default_max_age": 600,
    "require_auth_time": True,
    "initiate_login_uri": "https://rp.example/login",
    "request_uris": ["https://rp.example/request.jwt#hash"],
    "post_logout_redirect_uris": ["https://rp.example/bye"],
    "frontchannel_logout_uri": "https://rp.example/front",
    "frontchannel_logout_session_required": True,
    "backchannel_logout_uri": "https://rp.example/back",
    "backchannel_logout_session_required": True,
    "require_pushed_authorization_requests": True,
    "software_id": "4NRB1-0XZABZI9E6-5SM3R",
    "software_version": "2.1",
    "scope": "openid email",
}


@pytest.mark.op("D2", "D5", "D6", "D8", "D13", "T1")
@pytest.mark.spec("OpenID Connect Dynamic Client Registration 1.0", "2")
def test_every_member_comes_back_as_it_was_sent(opened: Any):
    opened(**LEGACY)
    body = registered(**EVERYTHING)
    body["scope"] = " ".join(sorted(body["scope"].split(), reverse=True))
    assert {name: body[name] for name in EVERYTHING} == EVERYTHING
    # no shared secret for who has a key
    assert not body.keys() & {"client_secret", "client_secret_expires_at"}
    assert not the(body).secrets.exists()


@pytest.mark.op("T1")
@pytest.mark.spec("RFC 7592", "2.1")
def test_what_was_registered_is_read_again(opened: Any):
    body = registered(initiate_login_uri="https://rp.example/login")
    read = configure("GET", body)
    assert read.status_code == 200
    kept = {name: value for name, value in body.items() if not name.startswith("client_secret")}
    assert read.json() == kept
    assert read["Cache-Control"] == "no-store"


@pytest.mark.threat(96)
def test_what_belongs_to_the_operator_cannot_be_registered(opened: Any):
    """Every column of the table, by its own name and by the one on the wire, and then some."""
    theirs = {
        **{field.name: True for field in Client._meta.get_fields()},
        "client_id": "chosen",
        "client_secret": "chosen-by-me-0123456789",
        "skip_consent": True,
        "verified": True,
        "trusted": True,
        "audience": ["https://api.example"],
        "default_scopes": "openid",
        "require_pkce": False,
        "allowed_cors_origins": ["https://evil.example"],
        "refresh_token_rule": "always",
        "is_staff": True,
        "registration_access_token": "oas_rat_x",
    }
    theirs = {name: value for name, value in theirs.items() if name not in register.MEMBERS}
    body = registered(**theirs, token_endpoint_auth_method="none")
    client = the(body)
    assert body["client_id"] != "chosen"
    assert (client.skip_authorization, client.verified, client.require_pkce) == (False, False, True)
    assert (client.registration_source, client.user, client.default_scopes) == ("dcr", None, "")
    assert (client.allowed_origins, client.refresh_token_rule, client.metadata) == ("", "offline_access", {})
    assert list(client.audiences.all()) == []
    assert "client_secret" not in body


@pytest.mark.threat(93, 96)
@pytest.mark.parametrize(
    ("members", "shown"),
    [
        ({}, "rp.example"),
        ({"redirect_uris": [CALLBACK, f"{CALLBACK}/2"]}, "rp.example"),
        ({"redirect_uris": ["https://bank.example/cb", CALLBACK]}, ""),
        ({"redirect_uris": ["https://bank.example/cb", "http://127.0.0.1/cb"]}, ""),
        ({"redirect_uris": ["https://bank.example/cb", "org.example.app:/cb"]}, ""),
        ({"grant_types": ["authorization_code", DEVICE]}, ""),
    ],
)
def test_the_address_on_the_pages_is_one_where_its_answers_have_to_go(opened: Any, members: dict[str, Any], shown: str):
    client = the(registered(token_endpoint_auth_method="none", **members))
    assert client.domain == shown
    client.verified = True
    assert client.domain, "the operator has looked"


def test_the_scope_is_what_everybody_may_have(opened: Any):
    factories.ScopeFactory(name="admin:everything")
    assert registered(scope="openid admin:everything")["scope"] == "openid"
    assert told(post({**GOOD, "scope": "admin:everything"})) == (400, "invalid_client_metadata")


@pytest.mark.parametrize("method", ["none", "client_secret_basic", "client_secret_post"])
def test_a_public_client_needs_pkce_and_a_confidential_one_does_not(opened: Any, method: str):
    assert the(registered(token_endpoint_auth_method=method)).require_pkce == (method == "none")


@pytest.mark.spec("RFC 7591", "2.1")
def test_what_is_left_out_follows_from_what_is_there(opened: Any):
    opened(**LEGACY)
    assert registered(response_types=["id_token"])["grant_types"] == ["implicit"]
    assert registered(response_types=["code id_token"])["grant_types"] == ["authorization_code", "implicit"]
    device = "urn:ietf:params:oauth:grant-type:device_code"
    body = registered(grant_types=[device], redirect_uris=[])
    assert (body["grant_types"], "response_types" in body) == ([device], False)


def test_unknown_members_are_ignored(opened: Any):
    body = registered(**{"x": 1, "client_name#fr": "Appli", "__proto__": {}, "": 0})
    assert not body.keys() & {"x", "client_name#fr", "__proto__", ""}


def test_null_is_the_same_as_nothing(opened: Any):
    assert "logo_uri" not in registered(logo_uri=None, jwks=None, grant_types=None)


# what is refused

METADATA, URI = "invalid_client_metadata", "invalid_redirect_uri"
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


# management


def configure(method: str, body: dict[str, Any], members: Any = None, *, token: str | None = None) -> Any:
    value = body["registration_access_token"] if token is None else token
    path = body["registration_client_uri"].removeprefix("http://testserver")
    data = json.dumps(members) if members is not None else ""
    headers = {"authorization": f"Bearer {value}"} if value else {}
    return HTTP().generic(method, path, data, content_type="application/json", headers=headers)


@pytest.mark.spec("RFC 7592", "2.1")
@pytest.mark.threat(96)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_wrong_registration_access_token_is_401(opened: Any, method: str):
    mine, other = registered(), registered()
    _, initial = initial_access_token.make(issuers.first())
    wrong = ["", "x", other["registration_access_token"], initial, mine["client_secret"], "oas_rat_" + "A" * 54]
    for value in wrong:
        answer = configure(method, mine, {**GOOD, "client_id": mine["client_id"]}, token=value)
        assert answer.status_code == 401, value
        assert answer["WWW-Authenticate"].startswith("Bearer ")
    unknown = {**mine, "registration_client_uri": "http://testserver/oauth2/register/nobody"}
    assert configure(method, unknown, GOOD).status_code == 401
    odd = {**mine, "registration_client_uri": "http://testserver/oauth2/register/%00"}
    assert configure(method, odd, GOOD).status_code == 401
    assert the(mine).name == "Ada's app"


@pytest.mark.spec("RFC 7592", "2.2")
@pytest.mark.threat(96)
def test_a_replacement_replaces_everything_and_the_token(opened: Any):
    first = registered(logo_uri="https://rp.example/logo.png", contacts=["ada@rp.example"], default_max_age=5)
    wanted = {"client_id": first["client_id"], "redirect_uris": ["https://rp.example/new"], "scope": "openid"}
    answer = configure("PUT", first, wanted)
    assert answer.status_code == 200, answer.content
    second = answer.json()
    assert second["redirect_uris"] == ["https://rp.example/new"]
    assert second["scope"] == "openid"
    assert not second.keys() & {"logo_uri", "contacts", "default_max_age", "client_name", "client_secret"}
    assert second["registration_access_token"] != first["registration_access_token"]
    # the first token is dead, the secret is not
    assert configure("GET", first).status_code == 401
    assert configure("GET", second).json()["redirect_uris"] == ["https://rp.example/new"]
    assert secret.verify(the(first), first["client_secret"], "")


REPLACEMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "no client_id": ({"client_id": None}, METADATA),
    "another client_id": ({"client_id": "other"}, METADATA),
    "the token sent back": ({"registration_access_token": "x"}, "invalid_request"),
    "the address sent back": ({"registration_client_uri": "https://x.example"}, "invalid_request"),
    "the end of the secret sent back": ({"client_secret_expires_at": 0}, "invalid_request"),
    "the time sent back": ({"client_id_issued_at": 0}, "invalid_request"),
    "another secret": ({"client_secret": "x" * 40}, METADATA),
    "a secret that is a list": ({"client_secret": []}, METADATA),
    "a bad redirect URI": ({"redirect_uris": ["http://rp.example/"]}, URI),
    "no redirect URI": ({"redirect_uris": None}, URI),
    "the password grant": ({"grant_types": ["password"]}, METADATA),
}


@pytest.mark.spec("RFC 7592", "2.2")
@pytest.mark.parametrize("name", REPLACEMENTS)
def test_a_bad_replacement_changes_nothing(opened: Any, name: str):
    body = registered()
    changes, code = REPLACEMENTS[name]
    answer = configure("PUT", body, {**GOOD, "client_id": body["client_id"], **changes})
    assert told(answer) == (400, code), answer.content
    assert configure("GET", body).json()["redirect_uris"] == [CALLBACK]


@pytest.mark.threat(96)
def test_what_the_operator_verified_is_verified_no_more_once_it_is_replaced(opened: Any):
    body = registered()
    Client.objects.update(verified=True)
    changed = {**GOOD, "client_id": body["client_id"], "client_name": "Example Bank"}
    assert configure("PUT", {**body}, {**changed, "redirect_uris": ["http://bank.example/"]}).status_code == 400
    assert the(body).verified, "a refusal changes nothing"
    assert configure("PUT", body, changed).status_code == 200
    assert not the(body).verified
    assert AuditEvent.objects.latest("pk").changes == {"verified": [True, False]}


def test_a_replacement_may_carry_the_present_secret_and_change_the_method(opened: Any):
    body = registered()
    wanted = {**GOOD, "client_id": body["client_id"], "client_secret": body["client_secret"]}
    kept = configure("PUT", body, wanted).json()
    assert "client_secret" not in kept
    public = configure("PUT", kept, {**wanted, "token_endpoint_auth_method": "none"}).json()
    assert not the(body).secrets.exists()
    assert the(body).require_pkce
    again = configure("PUT", public, {**GOOD, "client_id": body["client_id"]}).json()
    assert again["client_secret"] != body["client_secret"]
    assert secret.verify(the(body), again["client_secret"], "")


@pytest.mark.op("D3")
@pytest.mark.spec("RFC 7592", "2.3")
def test_a_deleted_client_is_dead_with_all_that_it_holds(opened: Any, signed_in: Browser):
    body = registered(grant_types=["authorization_code", "refresh_token"])
    # not by itself any more, so that no page asks
    Client.objects.update(skip_authorization=True, registration_source="manual")
    app = App(the(body), body["client_secret"])
    tokens = app.tokens(signed_in, scope="openid offline_access")
    code = app.code(signed_in)
    assert app.userinfo(tokens["access_token"]).status_code == 200
    answer = configure("DELETE", body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert configure("GET", body).status_code == configure("DELETE", body).status_code == 401
    for refused in (app.refresh(tokens["refresh_token"]), app.redeem(code), app.introspect(tokens["access_token"])):
        assert told(refused) == (401, "invalid_client")
    assert app.userinfo(tokens["access_token"]).status_code == 401
    page = app.authorize(signed_in)
    assert page.status_code == 400


def test_a_client_that_the_operator_made_has_no_configuration(opened: Any, app: App):
    body = {"registration_client_uri": f"http://testserver{PATH}/{app.client_id}"}
    for value in ("", "oas_rat_" + "0" * 54):
        assert configure("GET", body, token=value).status_code == 401


def test_a_disabled_client_cannot_be_configured(opened: Any):
    body = registered()
    Client.objects.update(enabled=False)
    assert configure("GET", body).status_code == configure("DELETE", body).status_code == 401
    assert Client.objects.exists()


def test_closing_registration_leaves_those_who_are_there(opened: Any):
    body = registered()
    opened(DYNAMIC_REGISTRATION="closed")
    assert post(GOOD).status_code == 404
    assert configure("GET", body).status_code == 200
    assert configure("DELETE", body).status_code == 204


@pytest.mark.spec("RFC 7592", "2.1")
def test_another_issuer_does_not_know_the_registration(opened: Any):
    body = registered()
    other = factories.IssuerFactory()
    there = {**body, "registration_client_uri": f"http://testserver/{other.slug}{PATH}/{body['client_id']}"}
    assert configure("GET", there).status_code == 401
    own = post(GOOD, path=f"/{other.slug}{PATH}").json()
    assert own["registration_client_uri"] == f"{other.identifier}{PATH}/{own['client_id']}"
    assert configure("GET", own).status_code == 200


# a registered client at work


@pytest.mark.op("D4", "D18")
def test_a_self_registered_client_signs_in_somebody_after_consent(opened: Any, signed_in: Browser):
    body = registered(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [ES256]})
    app = App(the(body), key=jose.load(PRIVATE))
    page = app.authorize(signed_in)
    assert page.status_code == 200, "a stranger's client always asks"
    arrived = parameters(signed_in.submit(page, {"decision": "allow"}))
    answer = app.redeem(arrived["code"])
    assert answer.status_code == 200
    assert app.userinfo(answer.json()["access_token"]).status_code == 200
    assert told(app.redeem(arrived["code"])) == (400, "invalid_grant")


# software statements


@pytest.fixture
def vouching(opened: Any) -> TrustedIssuer:
    return TrustedIssuer.objects.create(
        issuer=issuers.first(),
        identifier="https://federation.example",
        jwks={"keys": [ES256]},
        signs_software_statements=True,
    )


def statement(**claims: Any) -> str:
    good = {"iss": "https://federation.example", "software_id": "photos", "client_name": "Vouched for", **claims}
    key = jose.load(PRIVATE)
    kept = {name: value for name, value in good.items() if value is not None}
    return jwts.compact({"alg": "ES256", "kid": key.kid}, kept, key)


@pytest.mark.spec("RFC 7591", "2.3")
@pytest.mark.threat(97)
def test_a_software_statement_counts_more_than_what_stands_beside_it(vouching: TrustedIssuer):
    value = statement(redirect_uris=[CALLBACK], scope="openid")
    body = post({"client_name": "Another", "software_statement": value, "scope": "openid email"}).json()
    assert (body["client_name"], body["software_id"], body["scope"]) == ("Vouched for", "photos", "openid")
    assert body["software_statement"] == value
    assert configure("GET", body).json()["software_statement"] == value


STATEMENTS: dict[str, tuple[Any, str]] = {
    "no JWT": ("x", "invalid_software_statement"),
    "a number": (5, "invalid_software_statement"),
    "signed by somebody else": (
        lambda: statement().rpartition(".")[0] + "." + jwts.b64(bytes(64)),
        "invalid_software_statement",
    ),
    "alg none": (
        lambda: f"{jwts.part({'alg': 'none'})}.{jwts.part({'iss': 'https://federation.example'})}.",
        "invalid_software_statement",
    ),
    "an issuer that nobody trusts": (lambda: statement(iss="https://evil.example"), "unapproved_software_statement"),
    "no issuer": (lambda: statement(iss=None), "unapproved_software_statement"),
    "an issuer that is a list": (lambda: statement(iss=["x"]), "unapproved_software_statement"),
    "expired": (lambda: statement(exp=1), "invalid_software_statement"),
    "from the future": (lambda: statement(iat=4_000_000_000), "invalid_software_statement"),
    "for another server": (lambda: statement(aud="https://other.example"), "invalid_software_statement"),
    "about nothing": (lambda: statement(software_id=None), "invalid_software_statement"),
    "an assertion about a person": (lambda: statement(sub="ada"), "invalid_software_statement"),
    "bad metadata": (lambda: statement(redirect_uris=["http://rp.example"]), "invalid_redirect_uri"),
}


@pytest.mark.spec("RFC 7591", "3.2.2")
@pytest.mark.threat(97)
@pytest.mark.parametrize("name", STATEMENTS)
def test_a_bad_software_statement_is_refused(vouching: TrustedIssuer, name: str):
    value, code = STATEMENTS[name]
    assert told(post({**GOOD, "software_statement": value() if callable(value) else value})) == (400, code)
    assert not Client.objects.exists()


@pytest.mark.threat(43)
@pytest.mark.threat(64)
@pytest.mark.parametrize("name", [name for name in FORGED if name not in {"typ missing", "typ JWT", "kid missing"}])
def test_a_forged_software_statement_is_refused(vouching: TrustedIssuer, name: str):
    TrustedIssuer.objects.update(jwks={"keys": [public for _, public, _ in VOUCHERS]})
    es, rs, ps = (jose.load(private) for _, _, private in VOUCHERS)
    claims = {"iss": "https://federation.example", "software_id": "photos"}
    value = FORGED[name](Parts(es, rs, ps, "JWT", claims))
    status, code = told(post({**GOOD, "software_statement": value}))
    assert status == 400
    assert code in {"invalid_software_statement", "unapproved_software_statement", METADATA}
    assert not Client.objects.exists()


@pytest.mark.threat(97)
@pytest.mark.parametrize(
    "change", [{"enabled": False}, {"signs_software_statements": False}, {"expires": "2020-01-01T00:00Z"}]
)
def test_who_is_not_trusted_any_more_vouches_for_nothing(vouching: TrustedIssuer, change: dict[str, Any]):
    TrustedIssuer.objects.update(**change)
    assert told(post({**GOOD, "software_statement": statement()})) == (400, "unapproved_software_statement")


def test_json_is_read_strictly_here():
    with pytest.raises(strict_json.Refused):
        strict_json.parse('{"a": 1, "a": 2}')
