"""What an app's page can see of a sign-in: `session_state`, the cookie behind it, and the page that compares them."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY

from tests import factories
from tests.flows import App, Browser, parameters
from tests.specs.oidc_logout.conftest import LOGOUT

COOKIE = "oauth_server_browser_state"
CHECK = "/oauth2/sessions/check"


@pytest.fixture
def on(switch: Callable[..., None]) -> None:
    switch(SESSION_MANAGEMENT=True)


def hash_of(client_id: str, origin: str, state: str, salt: str) -> str:
    """§3.2, as an app's page would compute it."""
    raw = hashlib.sha256(f"{client_id} {origin} {state} {salt}".encode()).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.op("S1")
@pytest.mark.spec("OpenID Connect Session Management 1.0", "3.3")
def test_it_is_announced_while_it_is_on(app: App, on: None):
    found = app.http.get("/.well-known/openid-configuration").json()
    assert found["check_session_iframe"] == f"http://testserver{CHECK}"
    assert found["end_session_endpoint"] == f"http://testserver{LOGOUT}"


@pytest.mark.seed("S-65")
@pytest.mark.spec("OpenID Connect Session Management 1.0", "3.3")
def test_off_there_is_nothing_of_it(app: App, signed_in: Browser):
    assert "check_session_iframe" not in app.http.get("/.well-known/openid-configuration").json()
    assert set(parameters(app.authorize(signed_in))) == {"code", "state", "iss"}
    assert app.http.get(CHECK).status_code == 404
    assert COOKIE not in signed_in.cookies


@pytest.mark.op("S2")
@pytest.mark.seed("S-65")
@pytest.mark.spec("OpenID Connect Session Management 1.0", "2")
def test_the_answer_has_a_salted_hash_over_app_origin_and_browser(app: App, signed_in: Browser, on: None):
    answer = parameters(app.authorize(signed_in))
    assert set(answer) == {"code", "state", "iss", "session_state"}
    hashed, _, salt = answer["session_state"].partition(".")
    state = signed_in.cookies[COOKIE]
    assert len(state) >= 22
    assert len(salt) >= 16
    assert hashed == hash_of(app.client_id, "https://rp.example", state, salt)
    assert parameters(app.authorize(signed_in))["session_state"] != answer["session_state"]


@pytest.mark.parametrize(
    ("redirect_uri", "origin"),
    [
        ("https://RP.example:443/callback", "https://rp.example"),
        ("https://rp.example:8443/callback", "https://rp.example:8443"),
        ("http://127.0.0.1:80/callback", "http://127.0.0.1"),
        ("http://[::1]:5173/callback", "http://[::1]:5173"),
    ],
)
@pytest.mark.spec("OpenID Connect Session Management 1.0", "2")
def test_the_origin_is_written_as_browsers_do(signed_in: Browser, on: None, redirect_uri: str, origin: str):
    app = factories.app(redirect_uris=redirect_uri)
    hashed, _, salt = parameters(app.authorize(signed_in))["session_state"].partition(".")
    assert hashed == hash_of(app.client_id, origin, signed_in.cookies[COOKIE], salt)


def test_an_app_without_a_page_and_a_request_without_openid_get_none(app: App, signed_in: Browser, on: None):
    native = factories.app(redirect_uris="com.example.app:/callback", token_endpoint_auth_method="none")
    native.row.grant_types = ["authorization_code"]
    native.row.save()
    assert "session_state" not in parameters(native.authorize(signed_in))
    assert "session_state" not in parameters(app.authorize(signed_in, scope="email"))


@pytest.mark.spec("OpenID Connect Session Management 1.0", "2")
def test_a_refusal_has_none(app: App, visitor: Browser, on: None):
    assert "session_state" not in parameters(app.authorize(visitor, prompt="none"))


@pytest.mark.spec("OpenID Connect Session Management 1.0", "3.2")
def test_the_cookie_changes_with_each_sign_in_and_goes_with_the_sign_out(
    app: App, visitor: Browser, person: Any, on: None
):
    assert COOKIE not in visitor.cookies
    visitor.sign_in(app.authorize(visitor), person)
    first = visitor.cookies[COOKIE]
    visitor.open("/account/")
    assert visitor.cookies[COOKIE] == first
    visitor.sign_in(app.authorize(visitor, prompt="login"), person)
    second = visitor.cookies[COOKIE]
    assert second != first
    visitor.submit(visitor.open(LOGOUT), {"decision": "sign_out"})
    assert COOKIE not in visitor.cookies
    visitor.sign_in(app.authorize(visitor), person)
    assert visitor.cookies[COOKIE] not in {first, second}
    visitor.submit(visitor.open("/account/sign-out/"))
    assert COOKIE not in visitor.cookies


@pytest.mark.spec("OpenID Connect Session Management 1.0", "3.2")
def test_the_cookie_tells_nothing_of_the_session_and_scripts_can_read_it(
    app: App, signed_in: Browser, on: None, settings: Any
):
    app.authorize(signed_in)
    morsel = signed_in.http.cookies[COOKIE]
    assert morsel.value not in {signed_in.http.session.session_key, signed_in.http.session[SESSION_KEY]}
    assert (morsel["httponly"], morsel["samesite"], morsel["path"], morsel["domain"]) == ("", "Lax", "/", "")
    settings.SESSION_COOKIE_SECURE = True
    answer = app.http.get(f"http://testserver{CHECK}")
    assert f'data-cookie="__Host-{COOKIE}"' in answer.content.decode()
    person = factories.UserFactory()
    browser = Browser()
    browser.http.defaults["wsgi.url_scheme"] = "https"
    browser.force_sign_in(person)
    browser.http.get(app.authorize_url(), secure=True)
    secure = browser.http.cookies[f"__Host-{COOKIE}"]
    assert (secure["secure"], secure["samesite"], secure["httponly"]) == (True, "None", "")


def test_a_frame_without_the_cookie_of_the_session_takes_nothing_away(app: App, signed_in: Browser, on: None):
    """Browsers do not send a Lax cookie into another site's frame; the sign-in is not over because of it."""
    app.authorize(signed_in)
    frame = Browser()
    frame.http.cookies[COOKIE] = signed_in.cookies[COOKIE]
    assert parameters(app.authorize(frame, prompt="none"))["error"] == "login_required"
    assert frame.cookies[COOKIE] == signed_in.cookies[COOKIE]


def test_a_session_that_is_gone_takes_the_cookie_with_it(app: App, signed_in: Browser, on: None):
    app.authorize(signed_in)
    signed_in.http.session.flush()
    app.authorize(signed_in, prompt="none")
    assert COOKIE not in signed_in.cookies


@pytest.mark.threat(79)
@pytest.mark.spec("OpenID Connect Session Management 1.0", "3.2")
def test_any_site_may_frame_the_page_that_compares(app: App, on: None):
    answer = app.http.get(CHECK)
    assert answer.status_code == 200
    assert answer["Content-Security-Policy"] == "default-src 'none'; base-uri 'none'; script-src 'self'"
    assert "X-Frame-Options" not in answer
    assert "Cross-Origin-Opener-Policy" not in answer or answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cache-Control"].startswith("public")
    assert not answer.cookies
    assert b"<script>" not in answer.content
    assert app.http.post(CHECK).status_code == 405


def test_the_pages_of_people_stay_out_of_frames(app: App, visitor: Browser, on: None):
    assert visitor.open("/account/sign-in/")["X-Frame-Options"] == "DENY"


def test_machines_get_no_cookie(app: App, signed_in: Browser, on: None):
    signed_in.http.cookies.pop(COOKIE, None)
    answer = signed_in.get("/.well-known/openid-configuration")
    assert not answer.cookies
