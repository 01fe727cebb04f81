"""Who is asked for more than a password, when, and what apps are told of it: acr, amr, auth_time."""

from typing import Any

import jwt
import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import override_settings

from oauth_server.models import Session
from oauth_server.policy import people
from tests.authenticator import Device, give, totp
from tests.conftest import Clock
from tests.factories import UserFactory
from tests.flows import PASSWORD, App, Browser, parameters

from .conftest import SECURITY, SIGN_IN, add_passkey, codes_of, is_signed_in, key_of, link, options_of, text_of


def claims(app: App, answer: Any) -> dict[str, Any]:
    body = app.redeem(parameters(answer)["code"]).json()
    told: dict[str, Any] = jwt.decode(body["id_token"], options={"verify_signature": False})
    return told


def add_totp(browser: Browser) -> str:
    page = browser.open(f"{SECURITY}totp/")
    key = key_of(page)
    assert len(codes_of(browser.submit(page, {"code": totp(key)}))) == 10
    return key


def essential(value: str) -> str:
    return f'{{"id_token": {{"acr": {{"essential": true, "value": "{value}"}}}}}}'


@pytest.mark.bar("E5.3", "E3.2")
@pytest.mark.threat(82, 83)
@pytest.mark.seed("S-81")
def test_a_client_asks_for_more_and_gets_what_was_shown(
    at_home: Browser, app: App, person: Any, settings: Any, moving_clock: Clock
) -> None:
    assert app.http.get("/.well-known/openid-configuration").json()["acr_values_supported"] == ["1", "2"]
    key = add_totp(at_home)
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "REMEMBER_DEVICES_FOR": 86_400}
    browser = Browser()
    asked = browser.sign_in(browser.open(SIGN_IN), person)
    browser.submit(asked, {"code": totp(key, 1), "remember": "on"})
    browser.submit(browser.open("/account/sign-out/"), form=0)
    first = claims(app, browser.sign_in(app.authorize(browser), person))
    assert (first["acr"], first["amr"]) == ("1", ["pwd"])
    moving_clock.move(3600)
    page = app.authorize(browser, claims=essential("2"))
    assert page.address.startswith("/account/confirm/code/?next=")
    assert "asks you to confirm it is you" in text_of(page)
    assert "Use your password" not in text_of(page), "a password does not reach it"
    assert "asks you to confirm it is you" in text_of(browser.submit(page, {"code": "000000"}))
    before = browser.cookies["sessionid"]
    told = claims(app, browser.submit(page, {"code": totp(key, -1)}))
    assert (told["acr"], told["amr"], told["sid"]) == ("2", ["pwd", "otp", "mfa"], first["sid"])
    assert told["auth_time"] - first["auth_time"] >= 3600
    assert browser.cookies["sessionid"] != before
    # typed again the password vouches for itself alone; what was shown an hour ago is not shown now
    moving_clock.move(3600)
    page = app.authorize(browser, prompt="login")
    page = browser.open(page.address.replace("/confirm/code/", "/confirm/").replace("/confirm/passkey/", "/confirm/"))
    told = claims(app, browser.sign_in(page, person))
    assert (told["acr"], told["amr"]) == ("1", ["pwd"])


@pytest.mark.bar("E5.3")
def test_who_has_no_second_factor_adds_one_on_the_way_and_comes_back(
    visitor: Browser, app: App, person: Any, settings: Any, moving_clock: Clock
) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ACR_VALUES": ["1", "2", "phr"]}
    page = visitor.sign_in(app.authorize(visitor, claims=essential("2")), person)
    assert page.address.startswith("/account/sign-in/second-factor/needed/")
    assert "more than a password" in text_of(page)
    page = visitor.open(link(page, "/account/security/totp/"))
    assert visitor.open(link(page, "/account/choose/")).context["client"] == app.row
    codes = visitor.submit(page, {"code": totp(key_of(page))})
    told = claims(app, visitor.open(link(codes, "/oauth2/interaction/")))
    assert (told["acr"], told["amr"]) == ("2", ["pwd", "otp", "mfa"])
    # and for what an app on a phone cannot reach, a passkey
    page = app.authorize(visitor, claims=essential("phr"))
    assert page.address.startswith("/account/sign-in/second-factor/needed/")
    assert "Add an authenticator app" not in text_of(page)
    device = Device()
    assert add_passkey(visitor, device).address == SECURITY
    moving_clock.move(3600)
    assert claims(app, app.authorize(visitor, claims=essential("phr")))["acr"] == "phr"
    page = app.authorize(visitor, prompt="login", acr_values="phr")
    assert page.address.startswith("/account/confirm/passkey/")
    assert "Use your password" not in text_of(page)
    told = claims(app, visitor.submit(page, {"credential": device.sign(options_of(page))}))
    assert (told["acr"], told["amr"]) == ("phr", ["pwd", "pop", "user", "mfa"])


@pytest.mark.bar("E3.3")
def test_whoever_is_asked_for_a_second_factor_is_named_and_may_be_somebody_else(
    visitor: Browser, app: App, person: Any
) -> None:
    give(person, "totp")
    grace = UserFactory(email="grace@example.org")
    page = visitor.sign_in(app.authorize(visitor), person)
    lost = visitor.open(link(page, "/account/sign-in/second-factor/lost/"))
    for asked in (page, lost):
        assert f"{person.email}</bdi>" in text_of(asked)
        sign_in = visitor.open(link(asked, "/account/choose/"))
        assert (sign_in.address.startswith(SIGN_IN), sign_in.context["client"]) == (True, app.row)
    told = claims(app, visitor.sign_in(sign_in, grace))
    assert told["sub"] == str(grace.pk), "the request survives the way"


@pytest.mark.bar("E5.3")
def test_pages_that_change_a_sign_in_ask_who_is_there(
    at_home: Browser, person: Any, settings: Any, moving_clock: Clock
) -> None:
    assert at_home.open(f"{SECURITY}totp/").address == f"{SECURITY}totp/", "who has just signed in is not asked"
    moving_clock.move(601)
    for page in ("totp/", "passkeys/add/", "passkeys/1/", "recovery-codes/new/"):
        assert at_home.open(SECURITY + page).address.startswith("/account/confirm/?next="), page
    page = at_home.sign_in(at_home.open(f"{SECURITY}totp/"), person)
    assert page.address == f"{SECURITY}totp/"
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SECURITY_MAX_AGE": 0}
    assert at_home.open(f"{SECURITY}totp/").address.startswith("/account/confirm/")
    assert Browser().open(f"{SECURITY}totp/").address.startswith(SIGN_IN)


@pytest.mark.threat(88)
def test_a_second_factor_for_everybody_or_for_staff(
    visitor: Browser, app: App, person: Any, settings: Any, moving_clock: Clock
) -> None:
    staff = UserFactory(email="staff@example.org", is_staff=True)
    with pytest.raises(ValidationError):
        validate_password("kumquat-9", person)
    assert people.has_password_alone(person)
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SECOND_FACTOR": "staff"}
    assert (people.has_password_alone(person), people.has_password_alone(staff)) == (True, False)
    assert visitor.sign_in(app.authorize(visitor), person).status_code == 303
    page = (at_work := Browser()).sign_in(app.authorize(at_work), staff)
    assert page.address.startswith("/account/sign-in/second-factor/needed/")
    assert "Here you need a second factor" in text_of(page)
    validate_password("kumquat-9", staff)
    with pytest.raises(ValidationError):
        validate_password("kumquat-9", person)
    for common in ("password1", "Password" * 2, "1" * 20, "123456789012345", "qwertyuiopasdfgh", "dragondragondragon"):
        with pytest.raises(ValidationError, match="too common"):
            validate_password(common, staff)
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SECOND_FACTOR": "everybody"}
    # who signed in before the rule came
    page = app.authorize(visitor)
    assert page.address.startswith("/account/sign-in/second-factor/needed/")
    key = add_totp(visitor)
    assert app.authorize(visitor).status_code == 303
    page = (fresh := Browser()).sign_in(app.authorize(fresh), person)
    assert fresh.submit(page, {"code": totp(key, 1)}).status_code == 303


@pytest.mark.threat(95)
def test_the_admin_has_no_log_in_form_of_its_own(
    visitor: Browser, person: Any, settings: Any, moving_clock: Clock
) -> None:
    staff = UserFactory(email="root@example.org", is_staff=True, is_superuser=True)
    for path in ("/admin/", "/admin/login/", "/admin/login/?next=/admin/oauth_server/"):
        page = visitor.open(path)
        assert page.address.startswith(f"{SIGN_IN}?next=%2Fadmin%2F"), path
        assert 'name="username"' not in text_of(page)
    assert visitor.http.post("/admin/login/", {"username": staff.email, "password": PASSWORD}).status_code in {302, 403}
    assert not is_signed_in(visitor)
    assert visitor.open("/admin/login/?next=https://evil.example/").address.endswith("?next=%2Fadmin%2F")
    assert visitor.sign_in(visitor.open("/admin/"), staff).address == "/admin/"
    assert visitor.open("/admin/login/").address == "/admin/"
    assert visitor.open("/admin/password_change/").address == "/account/password/"
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SECOND_FACTOR": "staff"}
    page = visitor.open("/admin/")
    assert page.address.startswith("/account/sign-in/second-factor/needed/?next=%2Fadmin%2F")
    key = add_totp(visitor)
    assert visitor.open("/admin/").address == "/admin/"
    asked = (other := Browser()).sign_in(other.open("/admin/"), staff)
    assert asked.address.startswith("/account/sign-in/second-factor/?next=%2Fadmin%2F")
    assert other.submit(asked, {"code": totp(key, 1)}).address == "/admin/"
    person_page = (nobody := Browser()).sign_in(nobody.open("/admin/"), person)
    assert person_page.status_code == 403


def test_a_password_that_is_stored_anew_ends_no_token(app: App, person: Any) -> None:
    hashers = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", "django.contrib.auth.hashers.MD5PasswordHasher"]
    browser = Browser()
    answer = browser.sign_in(app.authorize(browser, scope="openid offline_access"), person)
    tokens = app.redeem(parameters(answer)["code"]).json()
    kept = person.password
    with override_settings(PASSWORD_HASHERS=hashers):
        other = Browser()
        other.sign_in(other.open(SIGN_IN), person)
        person.refresh_from_db()
        assert person.password != kept
        assert app.refresh(tokens["refresh_token"]).status_code == 200
    assert Session.objects.filter(ended_at=None).exists()


@pytest.mark.threat(88)
def test_who_has_not_confirmed_their_address_keeps_nobody_out_and_who_has_may_change_it(
    at_home: Browser, app: App, person: Any, moving_clock: Clock
) -> None:
    address = EmailAddress.objects.create(user=person, email=person.email, verified=False, primary=True)
    page = at_home.open(f"{SECURITY}passkeys/add/")
    assert page.address == SECURITY
    assert "Confirm your email address first" in text_of(page)
    assert at_home.open(f"{SECURITY}totp/").address == SECURITY
    page = app.authorize(at_home, acr_values="2")
    assert "Confirm your email address" in text_of(page)
    assert at_home.open(link(page, "/oauth2/interaction/")).status_code == 303, "a wish is no condition"
    EmailAddress.objects.filter(pk=address.pk).update(verified=True)
    add_totp(at_home)
    at_home.submit(at_home.open("/account/email/"), {"email": "new@example.org", "action_add": ""})
    assert EmailAddress.objects.filter(email="new@example.org", verified=False).exists()


@pytest.mark.threat(82, 88)
def test_without_a_page_each_person_of_a_browser_answers_for_their_own_second_factor(
    visitor: Browser, app: App, person: Any, settings: Any, moving_clock: Clock
) -> None:
    staff = UserFactory(email="staff@example.org", is_staff=True)
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SECOND_FACTOR": "staff"}
    visitor.sign_in(visitor.open(SIGN_IN), staff)
    visitor.sign_in(visitor.open(f"{SIGN_IN}?other=1"), person)
    silently = {"prompt": "none", "login_hint": staff.email}
    assert parameters(app.authorize(visitor, **silently))["error"] == "interaction_required"
    at_work = Browser()
    at_work.sign_in(at_work.open(SIGN_IN), staff)
    add_totp(at_work)
    at_work.sign_in(at_work.open(f"{SIGN_IN}?other=1"), person)
    told = claims(app, app.authorize(at_work, **silently))
    assert (told["sub"], told["acr"]) == (str(staff.pk), "2")
    assert parameters(app.authorize(visitor, **silently))["error"] == "interaction_required"
