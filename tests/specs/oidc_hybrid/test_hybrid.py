"""response_type=code id_token, code token, code id_token token: what comes from the front, and what the code brings besides."""

from typing import Any

import pytest

from oauth_server.keys import rotation
from oauth_server.models import Authorization, RefreshToken
from tests.flows import CALLBACK, App, Browser, error, fragment, leads_away, parameters
from tests.specs import front

EACH = pytest.mark.parametrize("kind", front.HYBRID)
WITH_ID_TOKEN = pytest.mark.parametrize("kind", ["code id_token", "code id_token token"])
WITH_TOKEN = pytest.mark.parametrize("kind", ["code token", "code id_token token"])
EXPECTED = {
    "code id_token": {"code", "id_token"},
    "code token": {"code", "access_token", "token_type", "expires_in", "scope"},
    "code id_token token": {"code", "id_token", "access_token", "token_type", "expires_in", "scope"},
}


@pytest.fixture
def legacy(db: None, settings: Any) -> App:
    front.allow(settings)
    return front.app()


def ask(app: App, browser: Browser, kind: str, **changes: Any) -> Any:
    return app.authorize(browser, **{"response_type": kind, "nonce": "n-0S6_WzA2Mj", **changes})


@EACH
@pytest.mark.threat(63)
def test_it_is_off(signed_in: Browser, kind: str):
    assert error(ask(front.app(), signed_in, kind)) == (303, "unsupported_response_type")


@EACH
@pytest.mark.parametrize("grants", [["authorization_code"], ["implicit"]], ids=str)
def test_a_client_needs_both_grant_types(settings: Any, signed_in: Browser, kind: str, grants: list[str]):
    front.allow(settings)
    assert error(ask(front.app(grant_types=grants), signed_in, kind)) == (303, "unauthorized_client")


@pytest.mark.op("H2", "A8")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.3.2.5")
@EACH
def test_the_answer_has_what_the_words_say(legacy: App, signed_in: Browser, kind: str):
    answer = ask(legacy, signed_in, kind)
    assert answer["Location"].startswith(CALLBACK + "#")
    assert set(fragment(answer)) == EXPECTED[kind] | {"state", "iss"}


@pytest.mark.op("H1")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.3.2.11")
@WITH_ID_TOKEN
@pytest.mark.parametrize("algorithm", front.HASHES)
def test_the_id_token_from_the_front_binds_what_comes_with_it(
    settings: Any, signed_in: Browser, kind: str, algorithm: str
):
    front.allow(settings)
    app = front.app(algorithm=algorithm)
    rotation.provide(app.row.issuer)
    found = fragment(ask(app, signed_in, kind))
    claims = front.claims(found["id_token"])
    assert claims["c_hash"] == front.half(found["code"], algorithm)
    assert claims["s_hash"] == front.half(found["state"], algorithm)
    assert ("at_hash" in claims) == ("access_token" in found)
    if "access_token" in found:
        assert claims["at_hash"] == front.half(found["access_token"], algorithm)


@pytest.mark.op("H2", "B8")
def test_code_token_needs_no_nonce(legacy: App, signed_in: Browser):
    found = fragment(ask(legacy, signed_in, "code token", nonce=None))
    assert legacy.redeem(found["code"]).status_code == 200


@pytest.mark.op("H3")
@WITH_ID_TOKEN
def test_an_id_token_from_the_front_needs_a_nonce(legacy: App, signed_in: Browser, kind: str):
    found = fragment(ask(legacy, signed_in, kind, nonce=None))
    assert (found["error"], found["state"]) == ("invalid_request", "af0ifjsldkj")


@pytest.mark.op("H4", "H6", "B1")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.3.3.6")
@WITH_ID_TOKEN
def test_both_id_tokens_name_the_same_person(legacy: App, signed_in: Browser, kind: str):
    found = fragment(ask(legacy, signed_in, kind))
    body = legacy.redeem(found["code"]).json()
    first, second = front.claims(found["id_token"]), front.claims(body["id_token"])
    same = ("iss", "sub", "aud", "nonce", "auth_time", "sid")
    assert [first[name] for name in same] == [second[name] for name in same]
    assert second["at_hash"] == front.half(body["access_token"], "RS256")
    assert legacy.userinfo(body["access_token"]).json()["sub"] == first["sub"]


@pytest.mark.op("H5", "B6")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.3.3.8")
@WITH_TOKEN
def test_both_access_tokens_work(legacy: App, signed_in: Browser, kind: str):
    found = fragment(ask(legacy, signed_in, kind))
    body = legacy.redeem(found["code"]).json()
    assert found["access_token"] != body["access_token"]
    for token in (found["access_token"], body["access_token"]):
        assert legacy.userinfo(token).status_code == 200


@WITH_ID_TOKEN
def test_scope_claims_are_at_userinfo(legacy: App, signed_in: Browser, kind: str):
    found = fragment(ask(legacy, signed_in, kind, scope="openid email"))
    assert "email" not in front.claims(found["id_token"])
    token = legacy.redeem(found["code"]).json()["access_token"]
    assert legacy.userinfo(token).json()["email"] == "ada@example.org"


@pytest.mark.op("H6", "B30")
@EACH
def test_the_code_brings_the_refresh_token_and_the_front_never(legacy: App, signed_in: Browser, kind: str):
    found = fragment(ask(legacy, signed_in, kind, scope="openid offline_access"))
    assert "refresh_token" not in found
    assert not RefreshToken.objects.exists()
    body = legacy.redeem(found["code"]).json()
    assert legacy.refresh(body["refresh_token"]).status_code == 200


@pytest.mark.op("H6", "B21")
@pytest.mark.threat(18)
@WITH_TOKEN
def test_a_code_used_twice_takes_the_token_from_the_front_too(legacy: App, signed_in: Browser, kind: str):
    found = fragment(ask(legacy, signed_in, kind))
    assert legacy.redeem(found["code"]).status_code == 200
    assert error(legacy.redeem(found["code"])) == (400, "invalid_grant")
    assert legacy.userinfo(found["access_token"]).status_code == 401


@pytest.mark.op("H6", "B10")
@pytest.mark.parametrize("kind", ["id_token code", "token code id_token", "id_token code token"])
def test_the_order_of_words_is_free(legacy: App, signed_in: Browser, kind: str):
    assert {"code", "id_token"} <= set(fragment(ask(legacy, signed_in, kind)))


@pytest.mark.op("H6", "B32")
@pytest.mark.threat(23)
@EACH
def test_the_code_is_bound_by_pkce(legacy: App, signed_in: Browser, kind: str):
    assert fragment(ask(legacy, signed_in, kind, code_challenge=None))["error"] == "invalid_request"
    found = fragment(ask(legacy, signed_in, kind))
    assert error(legacy.redeem(found["code"], code_verifier=None)) == (400, "invalid_grant")


@pytest.mark.op("H6", "B12", "B13", "B14", "B15", "B16", "B17", "B18", "B19", "B20")
@EACH
def test_what_a_sign_in_may_be_asked(legacy: App, person: Any, kind: str):
    browser = Browser()
    assert fragment(ask(legacy, browser, kind, prompt="none"))["error"] == "login_required"
    first = fragment(browser.sign_in(ask(legacy, browser, kind, max_age="15000"), person))
    tokens = legacy.redeem(first["code"]).json()
    again = {
        "prompt": "none",
        "max_age": "10000",
        "id_token_hint": tokens["id_token"],
        "login_hint": person.email,
        "ui_locales": "xx",
        "claims_locales": "xx",
        "acr_values": "1 2",
        "display": "popup",
        "unknown": "x",
    }
    second = legacy.redeem(fragment(ask(legacy, browser, kind, **again))["code"]).json()
    before, after = front.claims(tokens["id_token"]), front.claims(second["id_token"])
    assert (before["sub"], before["auth_time"]) == (after["sub"], after["auth_time"])
    assert not leads_away(ask(legacy, browser, kind, prompt="login"))


@pytest.mark.op("H6", "B3")
def test_without_response_type_the_refusal_is_in_the_query(legacy: App, signed_in: Browser):
    assert parameters(ask(legacy, signed_in, "code", response_type=None))["error"] == "invalid_request"


@pytest.mark.op("H6", "B23", "B29")
@EACH
def test_an_unregistered_redirect_uri_gets_a_page(legacy: App, signed_in: Browser, kind: str):
    assert error(ask(legacy, signed_in, kind, redirect_uri=CALLBACK + "/more")) == (400, "page")
    assert not Authorization.objects.exists()


@pytest.mark.op("H6", "B26", "B27")
@EACH
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://rp.example/r"}, "request_uri_not_supported"),
    ],
    ids=str,
)
def test_unsigned_objects_are_refused_by_name(
    legacy: App, signed_in: Browser, kind: str, change: dict[str, str], expected: str
):
    assert fragment(ask(legacy, signed_in, kind, **change))["error"] == expected
