"""response_type=code, row by row as the certification of an OpenID Provider looks at it; the rows of single features are with them."""

from typing import Any

import pytest

from tests import factories
from tests.conftest import Clock
from tests.flows import CALLBACK, App, Browser, error, leads_away, parameters
from tests.specs import front

EVERYTHING = "openid profile email address phone"


@pytest.mark.op("B1", "A1", "A2", "A5")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1")
def test_a_plain_login(app: App, person: Any):
    browser = Browser()
    found = parameters(browser.sign_in(app.authorize(browser, nonce="n-0S6_WzA2Mj"), person))
    assert found["state"] == "af0ifjsldkj"
    answer = app.redeem(found["code"])
    body = answer.json()
    assert (answer.status_code, body["token_type"], body["expires_in"]) == (200, "Bearer", 3600)
    assert answer["Cache-Control"] == "no-store"
    claims = front.claims(body["id_token"])
    assert (claims["aud"], claims["nonce"]) == (app.client_id, "n-0S6_WzA2Mj")
    assert claims["auth_time"] <= claims["iat"] < claims["exp"]
    assert app.userinfo(body["access_token"]).json()["sub"] == claims["sub"]


@pytest.mark.op("B2")
@pytest.mark.spec("OpenID Connect Core 1.0", "5.4")
def test_the_id_token_keeps_to_what_was_asked(app: App, signed_in: Browser):
    body = app.tokens(signed_in, scope=EVERYTHING)
    claims = front.claims(body["id_token"])
    assert set(claims) <= {"iss", "sub", "aud", "exp", "iat", "auth_time", "sid", "at_hash", "acr", "amr"}
    assert claims["at_hash"] == front.half(body["access_token"], "RS256")


@pytest.mark.op("B4", "B5")
def test_without_a_choice_the_id_token_is_rs256_with_a_kid(app: App, signed_in: Browser):
    header = front.header(app.tokens(signed_in)["id_token"])
    assert header["alg"] == "RS256"
    assert header["kid"]
    document = app.http.get("/.well-known/openid-configuration").json()
    assert "none" not in document["id_token_signing_alg_values_supported"]


@pytest.mark.op("B8")
def test_a_code_needs_no_nonce(app: App, signed_in: Browser):
    assert "nonce" not in front.claims(app.tokens(signed_in, nonce=None)["id_token"])


@pytest.mark.op("B10")
@pytest.mark.spec("RFC 6749", "3.3")
def test_scopes_and_parameters_may_stand_in_any_order(app: App, signed_in: Browser):
    backwards = dict(reversed(list(app.request(scope="email openid profile").items())))
    url = "/oauth2/auth?" + "&".join(app.authorize_url(**backwards).partition("?")[2].split("&")[::-1])
    tokens = app.redeem(parameters(signed_in.get(url))["code"]).json()
    assert set(tokens["scope"].split()) == {"openid", "email", "profile"}


@pytest.mark.op("B17")
@pytest.mark.spec("RFC 6749", "3.1")
def test_an_unknown_parameter_is_ignored(app: App, signed_in: Browser):
    assert "code" in parameters(app.authorize(signed_in, extra="foobar"))


@pytest.mark.op("B21", "B22")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.3.4")
@pytest.mark.parametrize("later", [0, 30])
def test_a_code_is_used_once_whenever_the_second_comes(app: App, signed_in: Browser, moving_clock: Clock, later: int):
    code = app.code(signed_in)
    token = app.redeem(code).json()["access_token"]
    moving_clock.move(later)
    assert error(app.redeem(code)) == (400, "invalid_grant")
    assert app.userinfo(token).status_code == 401


@pytest.mark.op("B25")
def test_the_secret_may_be_in_the_body(signed_in: Browser):
    app = factories.app(token_endpoint_auth_method="client_secret_post")
    assert app.redeem(app.code(signed_in)).status_code == 200


@pytest.mark.op("B28")
@pytest.mark.spec("OpenID Connect Core 1.0", "5.5")
def test_an_essential_claim_is_at_userinfo_only(app: App, signed_in: Browser):
    asked = '{"userinfo": {"email": {"essential": true}}}'
    body = app.tokens(signed_in, scope="openid email", claims=asked)
    assert app.userinfo(body["access_token"]).json()["email"] == "ada@example.org"
    assert "email" not in front.claims(body["id_token"])


@pytest.mark.op("B30")
@pytest.mark.spec("OpenID Connect Core 1.0", "12.2")
def test_a_refreshed_id_token_is_about_the_same_sign_in(app: App, signed_in: Browser, moving_clock: Clock):
    first = app.tokens(signed_in, scope="openid offline_access", prompt="consent")
    moving_clock.move(100)
    second = app.refresh(first["refresh_token"]).json()
    before, after = front.claims(first["id_token"]), front.claims(second["id_token"])
    assert [before[name] for name in ("iss", "sub", "aud", "auth_time")] == [
        after[name] for name in ("iss", "sub", "aud", "auth_time")
    ]
    assert after["iat"] == before["iat"] + 100


@pytest.mark.op("B31")
@pytest.mark.threat(33)
def test_a_refresh_token_is_of_its_client(app: App, signed_in: Browser):
    token = app.tokens(signed_in, scope="openid offline_access")["refresh_token"]
    assert error(factories.app().refresh(token)) == (400, "invalid_grant")
    assert app.refresh(token).status_code == 200


@pytest.mark.op("B32")
@pytest.mark.spec("RFC 7636", "4")
def test_pkce(app: App, signed_in: Browser):
    code = app.code(signed_in)
    assert error(app.redeem(code, code_verifier="x" * 43)) == (400, "invalid_grant")
    assert app.redeem(code).status_code == 200


@pytest.mark.op("B23", "B3")
@pytest.mark.threat(13)
def test_faults_go_where_they_may(app: App, signed_in: Browser):
    assert error(app.authorize(signed_in, redirect_uri=CALLBACK + "/more")) == (400, "page")
    assert parameters(app.authorize(signed_in, response_type=None))["error"] == "invalid_request"


@pytest.mark.op("B12", "B13", "B14", "B15", "B16", "B18")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.1")
def test_what_a_sign_in_may_be_asked(app: App, person: Any, moving_clock: Clock):
    browser = Browser()
    assert parameters(app.authorize(browser, prompt="none"))["error"] == "login_required"
    first = app.redeem(parameters(browser.sign_in(app.authorize(browser, max_age="15000"), person))["code"]).json()
    before = front.claims(first["id_token"])
    moving_clock.move(2)
    silent = {"prompt": "none", "id_token_hint": first["id_token"], "max_age": "10000"}
    same = front.claims(app.tokens(browser, **silent)["id_token"])
    assert (same["sub"], same["auth_time"]) == (before["sub"], before["auth_time"])
    for again in ({"prompt": "login"}, {"max_age": "1"}):
        page = app.authorize(browser, **again)
        assert not leads_away(page)
        moving_clock.move(2)
        later = front.claims(app.redeem(parameters(browser.sign_in(page, person))["code"]).json()["id_token"])
        assert later["auth_time"] > before["auth_time"]
        moving_clock.move(2)
