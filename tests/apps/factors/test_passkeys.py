"""Passkeys over HTTP, with a device of our own: first factor, second factor, and what is refused. The browser's part: tests/browser."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from oauth_server.models import Session
from tests.authenticator import FLAGS, Device
from tests.conftest import Clock
from tests.factories import UserFactory
from tests.flows import App, Browser, parameters

from .conftest import (
    SECURITY,
    SIGN_IN,
    add_passkey,
    codes_of,
    is_signed_in,
    link,
    options_of,
    sign_in_by_passkey,
    text_of,
)


def shown() -> list[tuple[str, list[str]]]:
    return list(Session.objects.values_list("acr", "amr"))


@pytest.mark.bar("E1.1", "E1.2", "E13.3", "E13.5")
@pytest.mark.threat(88)
def test_a_passkey_is_both_factors_alone_and_the_second_after_a_password(
    at_home: Browser, app: App, person: Any, mailoutbox: list[Any], moving_clock: Clock
) -> None:
    device, key = Device(), Device()
    page = at_home.open(f"{SECURITY}passkeys/add/")
    asked = options_of(page)["publicKey"]
    assert asked["rp"] == {"id": "localhost", "name": "Example ID"}
    assert asked["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert len(codes_of(add_passkey(at_home, device, "Phone"))) == 10
    assert add_passkey(at_home, key, "Key <1>").address == SECURITY
    assert [mail.subject for mail in mailoutbox] == ["A passkey was added at Example ID"] * 2
    listed = text_of(at_home.open(SECURITY))
    assert "Phone" in listed
    assert "Not used yet" in listed
    # the browser is told of those that are there already
    again = options_of(at_home.open(f"{SECURITY}passkeys/add/"))["publicKey"]["excludeCredentials"]
    assert len(again) == 2

    page = app.authorize(visitor := Browser())
    arrived = sign_in_by_passkey(visitor, device, page)
    assert arrived.status_code == 303, "back at the app, with nothing typed"
    assert ("2", ["pop", "user", "mfa"]) in shown()
    asked_page = (other := Browser()).sign_in(other.open(SIGN_IN), person)
    assert asked_page.address == "/account/sign-in/second-factor/"
    assert not is_signed_in(other)
    other.submit(asked_page, {"credential": key.sign(options_of(asked_page))})
    assert is_signed_in(other)
    moving_clock.move(1)
    assert app.authorize(other).status_code == 303
    assert ("2", ["pwd", "pop", "user", "mfa"]) in shown()
    # renamed, removed
    row = Authenticator.objects.get(data__name="Phone")
    at_home.submit(at_home.open(f"{SECURITY}passkeys/{row.pk}/"), {"name": "Old phone"})
    assert "Old phone" in text_of(at_home.open(SECURITY))
    assert "Last used on" in text_of(at_home.open(SECURITY))
    at_home.submit(at_home.open(f"{SECURITY}passkeys/{row.pk}/remove/"), form=0)
    assert mailoutbox[-1].subject == "A passkey was removed at Example ID"
    refused = sign_in_by_passkey(gone := Browser(), device, gone.open(SIGN_IN))
    assert refused.address == SIGN_IN
    assert "That did not work" in text_of(refused)
    assert not is_signed_in(gone)


@pytest.mark.threat(88)
@pytest.mark.bar("E1.4")
def test_what_no_device_of_the_person_signed_here_is_refused(at_home: Browser, person: Any) -> None:
    device, thief = Device(), Device()
    add_passkey(at_home, device)
    other = UserFactory(email="eve@example.org")
    thief.id, thief.user_handle = device.id, device.user_handle

    def tried(by: Device, **changes: Any) -> bool:
        browser = Browser()
        page = sign_in_by_passkey(browser, by, browser.open(f"{SIGN_IN}?next=/account/name/"), **changes)
        assert page.status_code == 200
        assert "next=%2Faccount%2Fname%2F" in page.address or is_signed_in(browser), "what waits is kept"
        return is_signed_in(browser)

    assert tried(device)
    assert not tried(thief), "another key"
    assert not tried(device, flags=FLAGS.UP), "nobody unlocked the device"
    assert not tried(device, userHandle="AAAA")
    device.user_handle, mine = other.pk.hex.encode(), device.user_handle
    assert not tried(device), "somebody else's account"
    device.user_handle, device.origin = mine, "https://localhost.evil.example"
    assert not tried(device), "signed on another site"
    device.origin, device.rp_id = "http://localhost", "evil.example"
    assert not tried(device), "for another site"
    device.rp_id = "localhost"
    # a challenge is good for the browser that asked for it, once
    browser = Browser()
    page = browser.open(SIGN_IN)
    stale = browser.get(f"{SIGN_IN}passkey/").json()["request_options"]
    browser.get(f"{SIGN_IN}passkey/")
    browser.submit(page, {"credential": device.sign(stale)})
    assert not is_signed_in(browser)
    asked = browser.get(f"{SIGN_IN}passkey/").json()["request_options"]
    kept = browser.cookies["oauth_accounts_passkey"]
    signed = device.sign(asked)
    browser.submit(page, {"credential": signed})
    assert is_signed_in(browser)
    again = Browser()
    page = again.open(SIGN_IN)
    again.http.cookies["oauth_accounts_passkey"] = kept
    assert "That did not work" in text_of(again.submit(page, {"credential": signed}))
    assert not is_signed_in(again)
    for junk in (
        "",
        "null",
        "[]",
        "1",
        '"x"',
        "{}",
        '{"id": 1}',
        '{"response": []}',
        "{",
        "[" * 3_000,
        "\x00",
        json.dumps({"id": "é", "rawId": "é"}),
    ):
        assert again.submit(page, {"credential": junk}).status_code == 200
        assert at_home.submit(at_home.open(f"{SECURITY}passkeys/add/"), {"credential": junk}).status_code == 200
    assert Authenticator.objects.filter(type="webauthn").count() == 1


@pytest.mark.bar("E1.1")
def test_what_the_autofill_asks_for_never_touches_the_session(
    visitor: Browser, person: Any, settings: Any, moving_clock: Clock
) -> None:
    """Its answer may come after that of a sign-in, whose cookie it would replace."""
    page = visitor.open(SIGN_IN)
    device, question = Device(), f"{SIGN_IN}passkey/"
    answer = visitor.http.get(question)
    assert set(answer.cookies) == {"oauth_accounts_passkey"}
    kept = answer.cookies["oauth_accounts_passkey"]
    assert (kept["httponly"], kept["samesite"]) == (True, "Lax")
    assert answer.json()["request_options"]["publicKey"]["challenge"] not in kept.value, "sealed"
    visitor.sign_in(page, person)
    assert set(visitor.http.get(f"{question}?other=1").cookies) == {"oauth_accounts_passkey"}
    assert is_signed_in(visitor)
    add_passkey(visitor, device)
    other = Browser()
    page, asked = other.open(SIGN_IN), other.get(question).json()["request_options"]
    moving_clock.move(3601)
    assert "That did not work" in text_of(other.submit(page, {"credential": device.sign(asked)})), "too late"
    other.submit(page, {"credential": device.sign(other.get(question).json()["request_options"])})
    assert is_signed_in(other)


@pytest.mark.bar("E1.3")
def test_a_passkey_is_offered_once_where_the_browser_can_keep_it(visitor: Browser, app: App, person: Any) -> None:
    page = app.authorize(visitor)
    offered = visitor.submit(page, {"login": person.email, "password": "correct horse battery staple", "passkeys": "1"})
    assert offered.address.startswith("/account/sign-in/passkey/offer/?next=")
    assert "to continue to" in text_of(offered)
    assert visitor.submit(offered, {"not_now": "1"}).status_code == 303, "the request goes on"
    again = Browser()
    page = app.authorize(again)
    answer = again.submit(page, {"login": person.email, "password": "correct horse battery staple", "passkeys": "1"})
    assert answer.status_code == 303, "and is not offered again"
    # made right away
    other = UserFactory(email="grace@example.org")
    page = app.authorize(fresh := Browser())
    offered = fresh.submit(page, {"login": other.email, "password": "correct horse battery staple", "passkeys": "1"})
    codes = fresh.submit(offered, {"credential": Device().make(options_of(offered))})
    assert len(codes_of(codes)) == 10
    onward = codes.address.partition("next=")[2]
    assert onward, "and the request still waits"


@pytest.mark.bar("E13.3")
@pytest.mark.threat(88)
def test_the_only_way_in_stays_and_another_one_asks_who_is_there(
    at_home: Browser, person: Any, moving_clock: Clock
) -> None:
    device = Device()
    add_passkey(at_home, device)
    person.set_unusable_password()
    person.save()
    browser = Browser()
    sign_in_by_passkey(browser, device, browser.open(SIGN_IN))
    row = Authenticator.objects.get(type="webauthn")
    assert "Choose a password first" in text_of(browser.open(f"{SECURITY}passkeys/{row.pk}/remove/"))
    browser.http.handler.enforce_csrf_checks = False
    browser.http.post(f"{SECURITY}passkeys/{row.pk}/remove/")
    assert Authenticator.objects.filter(pk=row.pk).exists()
    moving_clock.move(601)
    page = browser.open("/account/password/set/")
    assert page.address.startswith("/account/confirm/passkey/")
    assert "Use your password" not in text_of(page)
    page = browser.submit(page, {"credential": device.sign(options_of(page))})
    assert page.address == "/account/password/set/"
    browser.submit(page, {"password1": "a long one that nobody guesses"})
    person.refresh_from_db()
    assert person.check_password("a long one that nobody guesses")


def test_a_device_is_remembered_with_a_passkey_as_well(at_home: Browser, person: Any, settings: Any) -> None:
    device, laptop = Device(), Browser()
    add_passkey(at_home, device)
    assert "Do not ask again" not in text_of(laptop.sign_in(laptop.open(SIGN_IN), person)), "as delivered it is off"
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "REMEMBER_DEVICES_FOR": 86_400}
    page = laptop.open("/account/sign-in/second-factor/")
    assert text_of(page).count("Do not ask again on this device") == 2
    laptop.submit(page, {"credential": device.sign(options_of(page)), "remember": "on"}, form=0)
    laptop.submit(laptop.open("/account/sign-out/"), form=0)
    laptop.sign_in(laptop.open(SIGN_IN), person)
    assert is_signed_in(laptop), "by the password alone"


@pytest.mark.bar("E1.3", "E5.1")
def test_an_account_with_a_passkey_and_no_password(
    visitor: Browser, app: App, person: Any, mailoutbox: list[Any], settings: Any
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = settings.MFA_PASSKEY_SIGNUP_ENABLED = True
    settings.ROOT_URLCONF = "tests.apps.accounts.code_urls"
    page = visitor.open(link(app.authorize(visitor, prompt="create"), "/account/register/passkey/"))
    assert "to continue to" in text_of(page)
    assert "password1" not in text_of(page)
    assert "there is no password" in text_of(page)
    known = Browser()
    there = known.submit(known.open("/account/register/passkey/"), {"email": person.email})
    page = visitor.submit(page, {"email": "grace@example.org"})
    assert there.address == page.address.partition("?")[0] == "/account/email/confirm/", "known or not, the same page"
    code = next(mail for mail in mailoutbox if mail.to == ["grace@example.org"]).body.split("\n\n")[1]
    assert not is_signed_in(visitor)
    page = visitor.submit(page, {"code": code})
    assert page.address.startswith("/account/register/passkey/make/")
    assert "to continue to" in text_of(page)
    asked, device = options_of(page), Device()
    assert asked["publicKey"]["authenticatorSelection"]["userVerification"] == "required"
    refused = visitor.submit(page, {"credential": "{}", "name": "Phone"})
    assert not is_signed_in(visitor)
    page = visitor.submit(refused, {"credential": device.make(options_of(refused)), "name": "Phone"})
    assert page.address.startswith(f"{SECURITY}recovery-codes/new/")
    onward = link(page, "/oauth2/interaction/")
    page = visitor.submit(page)
    assert len(codes_of(page)) == 10
    assert "code" in parameters(visitor.open(onward))
    assert shown()[0] == ("2", ["pop", "user", "mfa"])
    stranger = Browser()
    page = sign_in_by_passkey(stranger, device, stranger.open(SIGN_IN))
    assert is_signed_in(stranger), "by the passkey alone"
    assert stranger.open("/account/register/passkey/make/").address == "/account/"
