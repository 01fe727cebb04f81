"""RFC 7591, OpenID Connect Dynamic Client Registration 1.0: clients that register themselves, and what they are told."""

import json
from typing import Any

import pytest
from django.test import Client as HTTP

from oauth_server import clock, issuers
from oauth_server.client_auth import secret
from oauth_server.keys import jose
from oauth_server.models import AuditEvent, Client, InitialAccessToken
from oauth_server.registration import initial_access_token, register
from tests import factories
from tests.flows import CALLBACK, App, Browser, parameters
from tests.specs.rfc7591_registration.registering import (
    DEVICE,
    ES256,
    GOOD,
    LEGACY,
    PATH,
    PRIVATE,
    RS256,
    configure,
    post,
    registered,
    the,
    told,
)

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 7591", "3")]


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
