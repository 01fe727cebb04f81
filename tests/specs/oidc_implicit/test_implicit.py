"""response_type=token, id_token, id_token token: off unless a setting and the client say so; in the fragment; never a refresh token."""

from typing import Any
from urllib.parse import urlencode

import pytest

from oauth_server.keys import rotation
from oauth_server.models import AccessToken, Authorization, RefreshToken
from tests import factories
from tests.flows import CALLBACK, FORM, App, Browser, error, fragment, leads_away, parameters
from tests.specs import front

EACH = pytest.mark.parametrize("kind", front.IMPLICIT)
WITH_ID_TOKEN = pytest.mark.parametrize("kind", ["id_token", "id_token token"])
ISSUER = "http://testserver"


@pytest.fixture
def legacy(db: None, settings: Any) -> App:
    front.allow(settings)
    return front.app()


def ask(app: App, browser: Browser, kind: str, **changes: Any) -> Any:
    return app.authorize(browser, **{"response_type": kind, "nonce": "n-0S6_WzA2Mj", "code_challenge": None, **changes})


@pytest.mark.seed("S-47", "S-68")
@pytest.mark.threat(63)
@pytest.mark.spec("RFC 9700", "2.1.2")
@EACH
def test_it_is_off(signed_in: Browser, kind: str):
    app = front.app()
    answer = ask(app, signed_in, kind)
    assert error(answer) == (303, "unsupported_response_type")
    assert fragment(answer)["state"] == "af0ifjsldkj"
    assert not Authorization.objects.exists()


@pytest.mark.seed("S-47", "S-68")
@EACH
@pytest.mark.parametrize(
    "fields",
    [
        {"response_types": ["code"]},
        {"grant_types": ["authorization_code", "refresh_token"]},
        {"grant_types": ["implicit"], "response_types": ["code id_token"]},
    ],
    ids=str,
)
def test_a_client_needs_the_response_type_and_the_grant_type(
    signed_in: Browser, settings: Any, kind: str, fields: dict[str, Any]
):
    front.allow(settings)
    assert error(ask(front.app(**fields), signed_in, kind)) == (303, "unauthorized_client")


@pytest.mark.seed("S-68")
@pytest.mark.spec("RFC 6749", "4.2.2")
def test_token_brings_an_access_token_and_nothing_else(legacy: App, signed_in: Browser):
    answer = ask(legacy, signed_in, "token", nonce=None, scope="openid profile offline_access")
    assert answer["Location"].startswith(CALLBACK + "#")
    found = fragment(answer)
    assert set(found) == {"access_token", "token_type", "expires_in", "scope", "state", "iss"}
    assert (found["token_type"], found["scope"], found["iss"]) == ("Bearer", "openid profile offline_access", ISSUER)
    assert 0 < int(found["expires_in"]) <= 3600
    assert legacy.userinfo(found["access_token"]).status_code == 200
    assert not RefreshToken.objects.exists()
    assert AccessToken.objects.count() == 1


@pytest.mark.op("I1", "A1", "A8")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.2.2.5")
def test_id_token_brings_an_id_token_and_no_access_token(legacy: App, signed_in: Browser):
    found = fragment(ask(legacy, signed_in, "id_token"))
    assert set(found) == {"id_token", "state", "iss"}
    claims = front.claims(found["id_token"])
    assert (claims["nonce"], claims["aud"]) == ("n-0S6_WzA2Mj", legacy.client_id)
    assert "at_hash" not in claims
    assert "c_hash" not in claims
    assert not AccessToken.objects.exists()


@pytest.mark.op("I2", "A8")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.2.2.9")
@pytest.mark.parametrize("algorithm", front.HASHES)
def test_id_token_token_binds_both_by_at_hash(settings: Any, signed_in: Browser, algorithm: str):
    front.allow(settings)
    app = front.app(algorithm=algorithm)
    rotation.provide(app.row.issuer)
    found = fragment(ask(app, signed_in, "id_token token"))
    assert set(found) == {"id_token", "access_token", "token_type", "expires_in", "scope", "state", "iss"}
    claims = front.claims(found["id_token"])
    assert front.header(found["id_token"])["alg"] == algorithm
    assert claims["at_hash"] == front.half(found["access_token"], algorithm)
    assert claims["s_hash"] == front.half(found["state"], algorithm)
    assert app.userinfo(found["access_token"]).json()["sub"] == claims["sub"]


@pytest.mark.op("I3")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.2.2.1")
@WITH_ID_TOKEN
def test_an_id_token_from_the_front_needs_a_nonce(legacy: App, signed_in: Browser, kind: str):
    found = fragment(ask(legacy, signed_in, kind, nonce=None))
    assert (found["error"], found["state"]) == ("invalid_request", "af0ifjsldkj")


@WITH_ID_TOKEN
def test_an_id_token_needs_the_scope_openid(legacy: App, signed_in: Browser, kind: str):
    assert fragment(ask(legacy, signed_in, kind, scope="profile"))["error"] == "invalid_request"


@pytest.mark.op("I4")
@pytest.mark.spec("OpenID Connect Core 1.0", "5.4")
def test_scope_claims_are_in_the_id_token_only_where_there_is_no_userinfo(legacy: App, signed_in: Browser):
    alone = front.claims(fragment(ask(legacy, signed_in, "id_token", scope="openid email"))["id_token"])
    beside = fragment(ask(legacy, signed_in, "id_token token", scope="openid email"))
    assert alone["email"] == "ada@example.org"
    assert "email" not in front.claims(beside["id_token"])
    assert legacy.userinfo(beside["access_token"]).json()["email"] == "ada@example.org"


@pytest.mark.op("I5")
@pytest.mark.spec("OpenID Connect Core 1.0", "5.5")
def test_a_claim_asked_for_in_the_id_token_is_there(legacy: App, signed_in: Browser):
    asked = '{"id_token": {"email": {"essential": true}}}'
    found = fragment(ask(legacy, signed_in, "id_token", scope="openid email", claims=asked))
    assert front.claims(found["id_token"])["email"] == "ada@example.org"


@pytest.mark.op("I6", "B6", "B7", "A10")
@pytest.mark.spec("OpenID Connect Core 1.0", "5.3.1")
def test_userinfo_takes_the_token_in_three_ways(legacy: App, signed_in: Browser):
    found = fragment(ask(legacy, signed_in, "id_token token"))
    token, http = found["access_token"], legacy.http
    bearer = {"authorization": f"Bearer {token}"}
    answers = (
        http.get("/userinfo", headers=bearer),
        http.post("/userinfo", "", content_type=FORM, headers=bearer),
        http.post("/userinfo", urlencode({"access_token": token}), content_type=FORM),
    )
    sub = front.claims(found["id_token"])["sub"]
    assert [(answer.status_code, answer.json()["sub"]) for answer in answers] == [(200, sub)] * 3


@pytest.mark.op("I7", "B10")
@pytest.mark.spec("OAuth 2.0 Multiple Response Type Encoding Practices", "5")
@pytest.mark.parametrize("kind", ["token id_token", "id_token  token", " id_token token"])
def test_the_order_of_words_is_free(legacy: App, signed_in: Browser, kind: str):
    assert {"id_token", "access_token"} <= set(fragment(ask(legacy, signed_in, kind)))


@pytest.mark.parametrize("registered", ["token id_token", "id_token token"])
def test_the_order_in_the_registration_is_free_too(settings: Any, signed_in: Browser, registered: str):
    front.allow(settings)
    app = front.app(response_types=[registered])
    assert "id_token" in fragment(ask(app, signed_in, "id_token token"))


@pytest.mark.parametrize("kind", ["token token", "token none", "id_token idtoken", "none"])
def test_unknown_words_are_refused(legacy: App, signed_in: Browser, kind: str):
    assert error(ask(legacy, signed_in, kind)) == (303, "unsupported_response_type")


@pytest.mark.op("I7", "B13", "A7")
@EACH
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"prompt": "none"}, "login_required"),
        ({"scope": "openid unknown"}, "invalid_scope"),
        ({"max_age": "x"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://rp.example/r"}, "request_uri_not_supported"),
    ],
    ids=str,
)
def test_refusals_are_in_the_fragment(legacy: App, visitor: Browser, kind: str, change: dict[str, Any], expected: str):
    found = fragment(ask(legacy, visitor, kind, **change))
    assert set(found) == {"error", "error_description", "state", "iss"}
    assert (found["error"], found["state"], found["iss"]) == (expected, "af0ifjsldkj", ISSUER)


@pytest.mark.op("I7", "B3")
def test_without_response_type_the_refusal_is_in_the_query(legacy: App, signed_in: Browser):
    assert parameters(ask(legacy, signed_in, "token", response_type=None))["error"] == "invalid_request"


@pytest.mark.op("I7", "B23")
@pytest.mark.threat(13)
@EACH
def test_an_unregistered_redirect_uri_gets_a_page(legacy: App, signed_in: Browser, kind: str):
    assert error(ask(legacy, signed_in, kind, redirect_uri=CALLBACK + "/more")) == (400, "page")


@pytest.mark.op("I7", "B12", "B14", "B16", "B17", "B18", "B19", "B20")
@WITH_ID_TOKEN
def test_what_a_sign_in_may_be_asked_works_from_the_front(legacy: App, person: Any, kind: str):
    browser = Browser()
    first = fragment(browser.sign_in(ask(legacy, browser, kind, max_age="15000"), person))
    claims = front.claims(first["id_token"])
    again = {
        "prompt": "none",
        "max_age": "10000",
        "id_token_hint": first["id_token"],
        "login_hint": person.email,
        "ui_locales": "xx",
        "claims_locales": "xx",
        "acr_values": "1 2",
        "unknown": "x",
    }
    second = front.claims(fragment(ask(legacy, browser, kind, **again))["id_token"])
    assert (second["sub"], second["auth_time"]) == (claims["sub"], claims["auth_time"])
    assert not leads_away(ask(legacy, browser, kind, prompt="login"))


@pytest.mark.threat(16)
@pytest.mark.asvs("10.4.12")
@pytest.mark.op("A8")
@pytest.mark.spec("OAuth 2.0 Multiple Response Type Encoding Practices", "5")
@pytest.mark.parametrize("kind", [*front.IMPLICIT, *front.HYBRID])
def test_a_token_never_travels_in_the_query(legacy: App, signed_in: Browser, kind: str):
    found = fragment(ask(legacy, signed_in, kind, response_mode="query"))
    assert found["error"] == "invalid_request"
    assert not Authorization.objects.exists()


def test_the_access_token_follows_the_policy_of_the_token_endpoint(legacy: App, signed_in: Browser):
    api = factories.AudienceFactory(identifier="https://api.example", token_format="jwt", access_token_lifetime=60)
    legacy.row.audiences.add(api)
    found = fragment(ask(legacy, signed_in, "token", scope="openid", resource="https://api.example"))
    assert 0 < int(found["expires_in"]) <= 60
    assert front.header(found["access_token"])["typ"] == "at+jwt"
    assert not AccessToken.objects.exists()


def test_what_one_token_cannot_be_for_is_refused_before_anybody_is_asked(legacy: App, visitor: Browser):
    legacy.row.audiences.add(
        factories.AudienceFactory(identifier="https://a.example", token_format="jwt"),
        factories.AudienceFactory(identifier="https://b.example"),
    )
    both = ["https://a.example", "https://b.example"]
    assert fragment(ask(legacy, visitor, "token", resource=both))["error"] == "invalid_target"


@pytest.mark.threat(37)
def test_a_revoked_family_takes_the_token_with_it(legacy: App, signed_in: Browser):
    token = fragment(ask(legacy, signed_in, "token"))["access_token"]
    assert legacy.is_active(token)
    assert legacy.revoke(token).status_code == 200
    assert legacy.userinfo(token).status_code == 401


def test_two_clicks_bring_one_answer(legacy: App, person: Any):
    browser = Browser()
    page = ask(legacy, browser, "token")
    resume = page.address.partition("next=")[2].partition("&")[0].replace("%2F", "/")
    browser.force_sign_in(person)
    assert "access_token" in fragment(browser.get(resume))
    assert error(browser.get(resume)) == (400, "page")
    assert AccessToken.objects.count() == 1


def test_the_family_ends_with_its_tokens(legacy: App, signed_in: Browser):
    ask(legacy, signed_in, "id_token token")
    family = Authorization.objects.get()
    assert (family.expires_at - family.created).total_seconds() == 3600
