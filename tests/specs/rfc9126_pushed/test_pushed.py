"""Pushed authorization requests: checked when they are pushed, behind a handle of one client, used up by one authorization."""

import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as HTTP

from oauth_server.authorization import pushed
from oauth_server.keys import jose
from oauth_server.models import Authorization, PushedRequest
from oauth_server.tokens import expired
from tests import factories, jwts
from tests.conftest import Clock
from tests.flows import CALLBACK, FORM, App, Browser, error, leads_away, pairs, parameters, posted
from tests.specs import front

PATH = "/oauth2/par"
ISSUER = "http://testserver"
_, PUBLIC, _private = jose.generate("ES256")
KEY = jose.load(_private)


def push(app: App, **changes: Any) -> Any:
    """A good request, pushed with these changes; the client authenticates as it is registered."""
    return app.post(PATH, **{**app.request(), **changes})


def uri_of(app: App, **changes: Any) -> str:
    answer = push(app, **changes)
    assert answer.status_code == 201, answer.content
    uri: str = answer.json()["request_uri"]
    return uri


def visit(app: App, browser: Browser, uri: str, **outside: Any) -> Any:
    query = urlencode(pairs({"client_id": app.client_id, "request_uri": uri, **outside}))
    return browser.open(f"{app.path('/oauth2/auth')}?{query}")


# the push


@pytest.mark.op("X4", "A4")
@pytest.mark.spec("RFC 9126", "2.2")
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_a_push_is_answered_with_a_handle(signed_in: Browser, method: str):
    app = factories.app(token_endpoint_auth_method=method, grant_types=["authorization_code", "refresh_token"])
    answer = push(app)
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    assert set(answer.json()) == {"request_uri", "expires_in"}
    assert answer.json()["expires_in"] == 60
    uri = answer.json()["request_uri"]
    assert uri.startswith("urn:ietf:params:oauth:request_uri:")
    assert len(uri) - len(pushed.PREFIX) >= 43
    found = parameters(visit(app, signed_in, uri))
    assert set(found) == {"code", "state", "iss"}
    assert app.redeem(found["code"]).status_code == 200


@pytest.mark.threat(100)
def test_neither_handle_nor_secret_is_in_the_database(db: None):
    app = factories.app(token_endpoint_auth_method="client_secret_post")
    handle = uri_of(app, unknown="x").removeprefix(pushed.PREFIX)
    row = PushedRequest.objects.get()
    assert handle not in str(vars(row))
    assert app.secret not in str(vars(row))
    assert set(row.parameters) == {name for name, value in app.request().items() if value}


@pytest.mark.op("X15", "X16", "X18", "X19", "X22")
@pytest.mark.threat(16, 23)
@pytest.mark.spec("RFC 9126", "2.3")
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/cb"}, "invalid_request"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
        ({"request_uri": "https://rp.example/r"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "x"}, "invalid_request"),
        ({"scope": "unknown"}, "invalid_scope"),
        ({"resource": "https://unknown.example"}, "invalid_target"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "x"}, "invalid_request"),
        ({"state": "s" * 3000}, "invalid_request"),
        ({"nonce": "n" * 3000}, "invalid_request"),
        ({"id_token_hint": "x"}, "invalid_request"),
        ({"state": ["a", "b"]}, "invalid_request"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_fault_is_told_to_the_client_that_pushes(app: App, change: dict[str, Any], expected: str):
    answer = push(app, **change)
    assert error(answer) == (400, expected)
    assert answer["Cache-Control"] == "no-store"
    assert not PushedRequest.objects.exists()


@pytest.mark.op("X28")
@pytest.mark.threat(39)
def test_who_pushes_must_be_the_client(app: App):
    other = factories.app()
    assert error(push(app, client_id=other.client_id)) == (400, "invalid_request")
    app.secret = "wrong"
    assert error(push(app)) == (401, "invalid_client")
    assert not PushedRequest.objects.exists()


def test_the_client_id_may_be_in_the_authentication_only(app: App, signed_in: Browser):
    assert "code" in parameters(visit(app, signed_in, uri_of(app, client_id=None)))


@pytest.mark.op("X21")
@pytest.mark.threat(71)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_only_post_pushes(db: None, method: str):
    answer = HTTP().generic(method, PATH)
    assert (answer.status_code, "POST" in answer["Allow"]) == (405, True)


@pytest.mark.threat(70)
def test_json_is_no_form(app: App):
    headers, _ = app.credentials()
    answer = app.http.post(PATH, {"client_id": app.client_id}, content_type="application/json", headers=headers)
    assert answer.status_code == 415


# the visit


@pytest.mark.op("X23", "X14")
@pytest.mark.spec("RFC 9126", "4")
def test_only_what_was_pushed_counts(app: App, signed_in: Browser):
    outside = {"scope": "openid email", "state": "outside", "nonce": "outside", "redirect_uri": "https://evil.example"}
    found = parameters(visit(app, signed_in, uri_of(app, state=None, nonce="pushed"), **outside))
    assert set(found) == {"code", "iss"}
    tokens = app.redeem(found["code"]).json()
    assert tokens["scope"] == "openid"
    assert front.claims(tokens["id_token"])["nonce"] == "pushed"


@pytest.mark.op("X24", "X25")
@pytest.mark.threat(22, 29)
@pytest.mark.spec("RFC 9126", "7.3")
def test_a_handle_may_be_opened_twice_and_is_used_once(app: App, person: Any):
    uri, browser = uri_of(app), Browser()
    first = visit(app, browser, uri)
    second = visit(app, browser, uri)
    assert not leads_away(first)
    assert "code" in parameters(browser.sign_in(second, person))
    # named outside, a proven redirect URI hears of it; without one there is a page
    assert error(visit(app, browser, uri)) == (400, "page")
    assert error(visit(app, browser, uri, redirect_uri=CALLBACK)) == (303, "invalid_request_uri")
    resume = first.address.partition("next=")[2].partition("&")[0].replace("%2F", "/")
    assert error(browser.open(resume)) == (303, "invalid_request_uri")
    assert Authorization.objects.count() == 1


@pytest.mark.op("X25")
def test_a_refusal_of_the_person_uses_the_handle_up(person: Any):
    app, browser = factories.app(skip_authorization=False), Browser()
    browser.force_sign_in(person)
    uri = uri_of(app)
    page = visit(app, browser, uri)
    assert error(browser.submit(page, {"decision": "cancel"})) == (303, "access_denied")
    assert error(visit(app, browser, uri)) == (400, "page")


@pytest.mark.op("X26")
@pytest.mark.threat(29)
@pytest.mark.spec("RFC 9126", "2.2")
def test_the_first_visit_must_come_in_time_and_the_sign_in_may_take_longer(app: App, moving_clock: Clock, person: Any):
    late, visited, browser = uri_of(app), uri_of(app), Browser()
    moving_clock.move(59)
    page = visit(app, browser, visited)
    moving_clock.move(2)
    assert error(visit(app, browser, late, redirect_uri=CALLBACK)) == (303, "invalid_request_uri")
    moving_clock.move(600)
    assert "code" in parameters(browser.sign_in(page, person))


@pytest.mark.op("X27")
@pytest.mark.threat(29)
def test_a_handle_is_of_the_client_that_pushed(app: App, signed_in: Browser):
    other, uri = factories.app(), uri_of(app)
    assert error(visit(other, signed_in, uri, redirect_uri=CALLBACK)) == (303, "invalid_request_uri")
    assert error(visit(other, signed_in, uri)) == (400, "page")
    assert "code" in parameters(visit(app, signed_in, uri))


@pytest.mark.threat(22)
@pytest.mark.parametrize("what", ["code", "access_token", "refresh_token", "garbage", "empty"])
def test_no_other_credential_is_a_handle(app: App, signed_in: Browser, what: str):
    code = app.code(signed_in, scope="openid offline_access")
    tokens = {"code": code, "garbage": "x" * 60, "empty": "", **app.redeem(code).json()}
    answer = visit(app, signed_in, pushed.PREFIX + str(tokens[what]), redirect_uri=CALLBACK)
    assert error(answer) == (303, "invalid_request_uri")


@pytest.mark.threat(22)
def test_a_handle_is_no_other_credential(app: App):
    handle = uri_of(app).removeprefix(pushed.PREFIX)
    assert error(app.redeem(handle)) == (400, "invalid_grant")
    assert error(app.refresh(handle)) == (400, "invalid_grant")
    assert not app.is_active(handle)


@pytest.mark.threat(28)
def test_what_changed_since_the_push_is_checked_again(app: App, signed_in: Browser):
    uri = uri_of(app)
    app.row.redirect_uris = "https://rp.example/other"
    app.row.save()
    assert error(visit(app, signed_in, uri)) == (400, "page")


@pytest.mark.op("P1")
def test_the_answer_goes_where_the_pushed_mode_says(app: App, signed_in: Browser):
    uri = uri_of(app, response_mode="form_post")
    assert "code" in posted(visit(app, signed_in, uri, response_mode="query"))[1]


# who must push


@pytest.mark.op("X17")
@pytest.mark.threat(29)
@pytest.mark.spec("RFC 9126", "6")
@pytest.mark.parametrize("by", ["client", "server"])
def test_who_must_push_cannot_ask_otherwise(app: App, signed_in: Browser, settings: Any, by: str):
    if by == "client":
        app.row.require_pushed_authorization_requests = True
        app.row.save()
    else:
        settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "REQUIRE_PUSHED_AUTHORIZATION_REQUESTS": True}
    for change in ({}, {"prompt": "none"}, {"response_mode": "query"}):
        assert error(app.authorize(signed_in, **change)) == (303, "invalid_request")
    assert "code" in parameters(visit(app, signed_in, uri_of(app)))


def test_who_must_push_gets_through_the_pages(app: App, person: Any):
    app.row.require_pushed_authorization_requests = True
    app.row.save()
    browser = Browser()
    assert "code" in parameters(browser.sign_in(visit(app, browser, uri_of(app)), person))


@pytest.mark.op("X1")
@pytest.mark.spec("RFC 9126", "5")
@pytest.mark.parametrize("required", [False, True])
def test_the_metadata_say_so(settings: Any, db: None, required: bool):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "REQUIRE_PUSHED_AUTHORIZATION_REQUESTS": required}
    document = HTTP().get("/.well-known/openid-configuration").json()
    assert document["pushed_authorization_request_endpoint"] == ISSUER + PATH
    assert document["require_pushed_authorization_requests"] is required


# with a request object


def signed(app: App, **changes: Any) -> str:
    now = int(time.time())
    members = {name: value for name, value in app.request().items() if value is not None}
    claims = {**members, "iss": app.client_id, "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 300, **changes}
    return jwts.compact({"alg": "ES256", "kid": KEY.kid, "typ": "oauth-authz-req+jwt"}, claims, KEY)


@pytest.fixture
def signing(db: None) -> App:
    return factories.app(client_jwks={"keys": [PUBLIC]})


@pytest.mark.op("M1", "M7")
@pytest.mark.spec("RFC 9126", "3")
def test_an_object_may_be_pushed(signing: App, signed_in: Browser):
    signing.row.require_signed_request_object = True
    signing.row.save()
    answer = signing.post(PATH, request=signed(signing, state="signed"), state="outside")
    assert answer.status_code == 201
    assert parameters(visit(signing, signed_in, answer.json()["request_uri"]))["state"] == "signed"
    assert error(push(signing)) == (400, "invalid_request")


@pytest.mark.op("M4", "M5", "M6", "M8")
@pytest.mark.parametrize(
    "change",
    [{"aud": "https://other.example"}, {"exp": 1}, {"client_id": "x"}, {"iss": "x"}, {"request_uri": "x"}],
    ids=str,
)
def test_a_bad_object_is_refused_at_the_push(signing: App, change: dict[str, Any]):
    assert error(signing.post(PATH, request=signed(signing, **change))) == (400, "invalid_request_object")


@pytest.mark.threat(30)
def test_a_jti_is_used_up_by_the_push(signing: App):
    value = signed(signing, jti="one")
    assert signing.post(PATH, request=value).status_code == 201
    assert error(signing.post(PATH, request=value)) == (400, "invalid_request_object")
    assert PushedRequest.objects.count() == 1


def test_what_nobody_came_for_is_cleared(app: App, moving_clock: Clock):
    uri_of(app)
    moving_clock.move(61)
    assert sum(removed for model, removed in expired.clear() if model is PushedRequest) == 1
    assert not PushedRequest.objects.exists()


@pytest.mark.threat(15)
def test_a_form_of_the_app_may_bring_a_handle(app: App, signed_in: Browser):
    body = urlencode({"client_id": app.client_id, "request_uri": uri_of(app)})
    kept = signed_in.http.post("/oauth2/auth", body, content_type=FORM)
    assert "code" in parameters(signed_in.get(kept["Location"]))
