"""acr_values, essential acr, amr: what is asked is shown on a page, told truthfully, and never claimed without having been shown."""

import json
from typing import Any

import jwt
import pytest
from django.test import override_settings

from oauth_server.claims import acr
from oauth_server.models import Authorization, Session
from tests import factories
from tests.conftest import Clock
from tests.flows import App, Browser, error, leads_away, parameters

pytestmark = [pytest.mark.django_db, pytest.mark.spec("OpenID Connect Core 1.0", "5.5.1.1")]


@pytest.fixture(autouse=True)
def _second_factor(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.specs.oidc_acr.more"
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ACR_VALUES": ["1", "2", "3"], "STEP_UP_URL": "second_factor"}


def essential(*values: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, **({"values": values} if values else {})}}})


def id_claims(app: App, answer: Any) -> dict[str, Any]:
    body = app.redeem(parameters(answer)["code"]).json()
    found: dict[str, Any] = jwt.decode(body["id_token"], options={"verify_signature": False})
    return found


def is_more(page: Any) -> bool:
    return page.status_code == 200 and page.content.startswith(b"more ")


def show(browser: Browser, page: Any, code: str = "123456", acr: str = "2") -> Any:
    """What the page of the second factor is answered with; where that leads."""
    answer = browser.http.post(page.address, {"code": code, "acr": acr}, headers={"origin": "http://testserver"})
    answer.address = page.address
    return browser.follow(answer)


@pytest.fixture
def signed_in(signed_in: Browser) -> Browser:
    signed_in.http.handler.enforce_csrf_checks = False
    return signed_in


# without more than a password


@pytest.mark.op("B20", "A1")
@pytest.mark.seed("S-81")
@pytest.mark.parametrize("asked", [None, "1", "1 2", "2 1", "urn:x 1"])
def test_a_password_is_the_first_of_them(app: App, signed_in: Browser, asked: str | None):
    answer = app.authorize(signed_in, acr_values=asked, prompt="none")
    assert id_claims(app, answer)["acr"] == "1"


@pytest.mark.op("B20")
def test_without_a_page_that_asks_for_more(
    app: App, signed_in: Browser, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(acr, "STEP_UP_PAGES", [])
    del settings.OAUTH_SERVER["STEP_UP_URL"], settings.OAUTH_SERVER["ACR_VALUES"]
    with override_settings(OAUTH_SERVER={**settings.OAUTH_SERVER}):
        listed = app.http.get("/.well-known/openid-configuration").json()["acr_values_supported"]
        assert listed == ["1"]
        for asked in (" ".join(listed), "1 2", "2", "unheard-of"):
            answer = app.authorize(signed_in, acr_values=asked)
            assert id_claims(app, answer)["acr"] == "1"
        answer = app.authorize(signed_in, claims=essential("2"))
        assert error(answer) == (303, "unmet_authentication_requirements")


@pytest.mark.op("B20")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.1")
def test_an_unknown_value_is_no_error_and_is_not_told(app: App, signed_in: Browser):
    assert id_claims(app, app.authorize(signed_in, acr_values="urn:unheard:of 9"))["acr"] == "1"


@pytest.mark.seed("S-81")
def test_amr_is_what_was_shown(app: App, visitor: Browser, person: Any):
    visitor.http.handler.enforce_csrf_checks = False
    answer = visitor.sign_in(app.authorize(visitor), person)
    assert id_claims(app, answer)["amr"] == ["pwd"]
    answer = show(visitor, app.authorize(visitor, acr_values="2"))
    assert id_claims(app, answer)["amr"] == ["pwd", "otp", "mfa"]
    # known otherwise, as by a remembered session: nothing is made up
    known = Browser()
    known.force_sign_in(person)
    assert "amr" not in id_claims(app, app.authorize(known))


# step-up


@pytest.mark.op("B20")
@pytest.mark.threat(82)
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.1")
@pytest.mark.parametrize("how", ["acr_values", "default", "essential"])
def test_more_is_asked_on_the_page_that_can(app: App, signed_in: Browser, moving_clock: Clock, how: str):
    changes: dict[str, str] = {}
    if how == "default":
        app.row.default_acr_values = ["2"]
        app.row.save()
    else:
        changes = {"acr_values": "2"} if how == "acr_values" else {"claims": essential("2")}
    first = id_claims(app, app.authorize(signed_in, acr_values="1"))
    moving_clock.move(60)
    page = app.authorize(signed_in, **changes)
    assert is_more(page)
    assert page.content == b"more 2"
    before = signed_in.cookies["sessionid"]
    claims = id_claims(app, show(signed_in, page))
    assert (claims["acr"], claims["sub"], claims["sid"]) == ("2", first["sub"], first["sid"])
    assert claims["auth_time"] - first["auth_time"] >= 60
    assert signed_in.cookies["sessionid"] != before
    # it stays shown
    assert id_claims(app, app.authorize(signed_in, prompt="none", **changes))["acr"] == "2"


@pytest.mark.op("B20")
def test_the_acr_that_is_told_is_one_of_those_asked(app: App, signed_in: Browser):
    show(signed_in, app.authorize(signed_in, acr_values="2"))
    for asked, told in ((None, "2"), ("1", "1"), ("2 1", "2"), ("1 2", "1"), ("9 2", "2"), ("9", "2")):
        assert id_claims(app, app.authorize(signed_in, acr_values=asked, prompt="none"))["acr"] == told


def test_the_tokens_for_apis_say_it_too(app: App, signed_in: Browser):
    app.row.audiences.add(factories.AudienceFactory(identifier="https://api.example", token_format="jwt"))
    show(signed_in, app.authorize(signed_in, acr_values="2"))
    token = app.tokens(signed_in, acr_values="2", audience="https://api.example")["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["acr"], claims["amr"]) == ("2", ["pwd", "otp", "mfa"])
    told = app.introspect(token).json()
    assert (told["acr"], told["amr"]) == ("2", ["pwd", "otp", "mfa"])


def test_what_is_only_wished_for_is_asked_once(app: App, signed_in: Browser):
    page = app.authorize(signed_in, acr_values="2")
    answer = show(signed_in, page, code="wrong")
    assert leads_away(answer)
    assert id_claims(app, answer)["acr"] == "1"


def test_without_a_page_what_is_wished_for_is_left_out(app: App, signed_in: Browser):
    assert id_claims(app, app.authorize(signed_in, acr_values="2", prompt="none"))["acr"] == "1"


@pytest.mark.threat(83)
def test_what_is_essential_is_asked_until_it_is_shown(app: App, signed_in: Browser):
    page = app.authorize(signed_in, claims=essential("2", "3"))
    assert page.content == b"more 2 3"
    again = show(signed_in, page, code="wrong")
    assert not leads_away(again)
    assert b"Shall we go on?" in again.content
    # neither a weaker one, nor one that nobody asked for
    assert not leads_away(show(signed_in, page, acr="1"))
    assert not leads_away(show(signed_in, page, acr="gold"))
    assert not Authorization.objects.exists()
    assert id_claims(app, show(signed_in, page, acr="3"))["acr"] == "2"


@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.6")
def test_without_a_page_what_is_essential_needs_a_sign_in(app: App, signed_in: Browser, visitor: Browser):
    assert error(app.authorize(signed_in, claims=essential("2"), prompt="none")) == (303, "login_required")
    assert error(app.authorize(Browser(), claims=essential("1"), prompt="none")) == (303, "login_required")
    assert id_claims(app, app.authorize(signed_in, claims=essential("1"), prompt="none"))["acr"] == "1"
    assert id_claims(app, app.authorize(signed_in, claims=essential(), prompt="none"))["acr"] == "1"


@pytest.mark.spec("OpenID Connect Core Error Code unmet_authentication_requirements 1.0", "2")
@pytest.mark.parametrize("prompt", [None, "none"])
def test_what_nobody_can_show_here_is_told_at_once(app: App, signed_in: Browser, prompt: str | None):
    answer = app.authorize(signed_in, claims=essential("urn:unheard:of"), prompt=prompt)
    assert error(answer) == (303, "unmet_authentication_requirements")


@pytest.mark.threat(83)
def test_a_new_sign_in_begins_with_the_first_again(app: App, signed_in: Browser, person: Any):
    show(signed_in, app.authorize(signed_in, acr_values="2"))
    assert Session.objects.get().acr == "2"
    page = app.authorize(signed_in, prompt="login", acr_values="2")
    page = signed_in.sign_in(page, person)
    assert is_more(page)
    assert id_claims(app, show(signed_in, page))["acr"] == "2"


def test_a_stranger_signs_in_first_and_then_shows_more(app: App, visitor: Browser, person: Any):
    visitor.http.handler.enforce_csrf_checks = False
    page = visitor.sign_in(app.authorize(visitor, claims=essential("2")), person)
    assert is_more(page)
    assert id_claims(app, show(visitor, page))["acr"] == "2"


def test_what_can_be_asked_for_is_listed(app: App):
    body = app.http.get("/.well-known/openid-configuration").json()
    assert body["acr_values_supported"] == ["1", "2", "3"]


def test_where_no_acr_is_named_none_is_told(app: App, signed_in: Browser, settings: Any):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ACR_VALUES": [], "STEP_UP_URL": ""}
    body = app.http.get("/.well-known/openid-configuration").json()
    assert "acr_values_supported" not in body
    assert "acr" not in body["claims_supported"]
    assert "acr" not in id_claims(app, app.authorize(signed_in, acr_values="1"))


@pytest.mark.parametrize("bad", ["x" * 2_001, "1 " * 1_500])
def test_too_many_are_refused(app: App, signed_in: Browser, bad: str):
    assert error(app.authorize(signed_in, acr_values=bad)) == (303, "invalid_request")


@pytest.mark.op("B20")
@pytest.mark.spec("RFC 8628", "3.3")
def test_what_a_device_asks_for_by_default_is_shown_before_it_is_connected(db: None, signed_in: Browser):
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    device = factories.app(grant_types=[grant], response_types=[], redirect_uris="", default_acr_values=["2"])
    begun = device.post("/oauth2/device/auth", scope="openid").json()
    page = signed_in.submit(signed_in.open("/device"), {"user_code": begun["user_code"]})
    assert is_more(page), "the second factor comes before the comparison"
    page = show(signed_in, page)
    signed_in.submit(page, {"decision": "match"})
    told = device.token(grant_type=grant, device_code=begun["device_code"]).json()
    claims = jwt.decode(told["id_token"], options={"verify_signature": False})
    assert claims["acr"] == "2"
