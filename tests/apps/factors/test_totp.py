"""Authenticator apps and recovery codes: from the picture that is scanned to the last code."""

import json
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from oauth_server import seal
from oauth_server.models import AuditEvent, Session
from oauth_server.tokens import storage_keys
from tests.authenticator import KEY, give, totp
from tests.conftest import Clock
from tests.flows import PASSWORD, Browser

from .conftest import SECURITY, SIGN_IN, codes_of, is_signed_in, key_of, text_of


@pytest.fixture
def key(at_home: Browser, moving_clock: Clock, mailoutbox: list[Any]) -> str:
    page = at_home.open(f"{SECURITY}totp/")
    return key_of(page)


def in_the_tables() -> str:
    return json.dumps([row.data for row in Authenticator.objects.all()])


@pytest.mark.bar("E13.4", "E13.5", "E2.2")
@pytest.mark.threat(88, 100)
def test_an_app_is_added_and_asked_for_and_its_recovery_codes_are_shown_once(
    at_home: Browser, person: Any, moving_clock: Clock, mailoutbox: list[Any]
) -> None:
    page = at_home.open(f"{SECURITY}totp/")
    assert "<svg" in text_of(page)
    assert "data:image" not in text_of(page)
    assert 'autocomplete="one-time-code"' in text_of(page)
    key = key_of(page)
    refused = at_home.submit(page, {"code": "000000"})
    assert "That did not work" in text_of(refused)
    assert key_of(refused) == key
    codes = at_home.submit(refused, {"code": f" {totp(key)[:3]} {totp(key)[3:]} "})
    kept = codes_of(codes)
    assert len(set(kept)) == 10, (codes.address, text_of(codes))
    assert "data:text/plain" in text_of(codes)
    assert codes_of(at_home.open(f"{SECURITY}recovery-codes/")) == []
    assert [mail.subject for mail in mailoutbox] == ["An authenticator app was added at Example ID"]
    assert "/account/not-me/" in mailoutbox[0].body
    # a copy of the database shows neither
    stored = in_the_tables()
    assert not [secret for secret in (key.replace(" ", ""), *kept) if secret.replace(" ", "") in stored]

    phone = Browser()
    asked = phone.sign_in(phone.open(f"{SIGN_IN}?next=/account/name/"), person)
    assert asked.address == "/account/sign-in/second-factor/?next=%2Faccount%2Fname%2F"
    assert not is_signed_in(phone)
    assert "That did not work" in text_of(phone.submit(asked, {"code": totp(key)})), "this code was used"
    assert "That did not work" in text_of(phone.submit(asked, {"code": "\u0660" * 6}))
    assert phone.submit(asked, {"code": totp(key, 1)}).address == "/account/name/"
    assert AuditEvent.objects.filter(event="person:refused", reason="a wrong code of the second factor").count() == 2
    # a recovery code takes its place once, and a new set voids the others
    tablet = Browser()
    asked = tablet.sign_in(tablet.open(SIGN_IN), person)
    assert tablet.submit(asked, {"code": kept[0]}).address == "/account/"
    assert "You have 9 codes left" in text_of(tablet.open(SECURITY))
    fresh = codes_of(tablet.submit(tablet.open(f"{SECURITY}recovery-codes/new/"), form=0))
    assert len(fresh) == 10
    laptop = Browser()
    asked = laptop.sign_in(laptop.open(SIGN_IN), person)
    for old in kept[:2]:
        assert not is_signed_in(laptop)
        laptop.submit(asked, {"code": old})
    assert not is_signed_in(laptop)
    laptop.submit(asked, {"code": fresh[9]})
    assert is_signed_in(laptop)


@pytest.mark.threat(86, 88)
@pytest.mark.bar("E5.2")
def test_wrong_codes_are_counted_and_the_right_one_is_heard_later(
    at_home: Browser, person: Any, key: str, moving_clock: Clock
) -> None:
    at_home.submit(at_home.open(f"{SECURITY}totp/"), {"code": "1"})
    page = at_home.open(f"{SECURITY}totp/")
    key = key_of(page)
    at_home.submit(page, {"code": totp(key)})
    other = Browser()
    asked = other.sign_in(other.open(SIGN_IN), person)
    for _ in range(5):
        assert other.submit(asked, {"code": "000000"}).status_code == 200
    refused = other.submit(asked, {"code": totp(key, 1)})
    assert (refused.status_code, is_signed_in(other)) == (429, False)
    assert int(refused["Retry-After"]) > 0
    moving_clock.move(901)
    again = Browser()
    again.submit(again.sign_in(again.open(SIGN_IN), person), {"code": codes_of_new(at_home)})
    assert is_signed_in(again)


def codes_of_new(browser: Browser) -> str:
    """A recovery code: the clock of the engine's own codes stands elsewhere by now."""
    row = Authenticator.objects.get(type="recovery_codes")
    code: str = row.wrap().get_unused_codes()[0]
    return code


@pytest.mark.threat(100)
def test_the_secrets_move_to_a_new_key(at_home: Browser, key: str, settings: Any, moving_clock: Clock) -> None:
    page = at_home.open(f"{SECURITY}totp/")
    at_home.submit(page, {"code": totp(key_of(page))})
    before = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    former = settings.SECRET_KEY
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ENCRYPTION_KEYS": ["a new one", former]}
    assert storage_keys.rotate()["authenticators"] == 2
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ENCRYPTION_KEYS": ["a new one"]}
    rows = {row.type: row for row in Authenticator.objects.all()}
    assert rows["recovery_codes"].wrap().get_unused_codes() == before
    assert seal.key_of("second_factor", rows["totp"].data["secret"]) == 0


@pytest.mark.bar("E13.3")
def test_the_last_factor_goes_with_a_word_or_not_at_all(
    at_home: Browser, key: str, settings: Any, moving_clock: Clock, mailoutbox: list[Any]
) -> None:
    page = at_home.open(f"{SECURITY}totp/")
    at_home.submit(page, {"code": totp(key_of(page))})
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SECOND_FACTOR": "everybody"}
    page = at_home.open(f"{SECURITY}totp/remove/")
    assert "You must have a second factor here" in text_of(page)
    assert "<form method=" not in text_of(page).split("<footer")[0]
    at_home.http.handler.enforce_csrf_checks = False
    at_home.http.post(f"{SECURITY}totp/remove/")
    assert Authenticator.objects.count() == 2
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SECOND_FACTOR": "nobody"}
    page = at_home.open(f"{SECURITY}totp/remove/")
    assert "your last second factor" in text_of(page)
    at_home.submit(page, form=0)
    assert not Authenticator.objects.exists(), "the recovery codes went too"
    assert mailoutbox[-1].subject == "The authenticator app was removed at Example ID"


@pytest.mark.bar("E2.2")
def test_a_device_is_remembered_for_the_second_factor_and_for_nothing_else(
    at_home: Browser, app: Any, person: Any, key: str, settings: Any, moving_clock: Clock
) -> None:
    page = at_home.open(f"{SECURITY}totp/")
    key = key_of(page)
    at_home.submit(page, {"code": totp(key)})
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "REMEMBER_DEVICES_FOR": 86_400}
    laptop = Browser()
    asked = laptop.sign_in(laptop.open(SIGN_IN), person)
    laptop.submit(asked, {"code": totp(key, 1), "remember": "on"})
    device = laptop.http.cookies["oauth_accounts_device"]
    assert (device["httponly"], device["samesite"]) == (True, "Lax")
    laptop.submit(laptop.open("/account/sign-out/"), form=0)
    Session.objects.all().delete()
    back = laptop.sign_in(app.authorize(laptop), person)
    assert back.status_code == 303, "no second factor"
    assert (Session.objects.get().acr, Session.objects.get().amr) == ("1", ["pwd"])
    # whoever changes something shows it all the same
    assert laptop.open(f"{SECURITY}recovery-codes/new/").address.startswith("/account/confirm/code/")
    assert laptop.open("/account/data").address.startswith("/account/confirm/code/"), "so does who takes all data away"
    # not for somebody else with the cookie, and not after a new password
    moving_clock.move(86_401)
    laptop.submit(laptop.open("/account/sign-out/"), form=0)
    asked = laptop.sign_in(laptop.open(SIGN_IN), person)
    assert asked.address.startswith("/account/sign-in/second-factor/")


@pytest.mark.bar("E2.3", "E2.2")
def test_passwords_may_be_long_and_the_form_to_change_them_is_well_known(at_home: Browser, person: Any) -> None:
    assert at_home.open("/.well-known/change-password").address == "/account/password/"
    new = "шифр " * 60
    page = at_home.open("/account/password/")
    assert re.findall(r'autocomplete="([a-z-]+-password)"', text_of(page)) == ["current-password", "new-password"]
    assert "maxlength" not in text_of(page)
    at_home.submit(page, {"oldpassword": PASSWORD, "password1": new})
    person.refresh_from_db()
    assert person.check_password(new)
    assert is_signed_in(at_home)


@pytest.mark.threat(88)
def test_a_password_that_is_reset_by_mail_does_not_replace_the_second_factor(
    person: Any, visitor: Browser, mailoutbox: list[Any]
) -> None:
    give(person, "totp")
    visitor.submit(visitor.open("/account/password/reset/"), {"email": person.email})
    found = re.search(r"http://testserver(/account/password/reset/\S+)", mailoutbox[-1].body)
    assert found is not None
    page = visitor.submit(visitor.open(found[1]), {"password1": "another one that is long enough"})
    assert page.address.startswith("/account/sign-in/second-factor/")
    assert not is_signed_in(visitor)
    visitor.submit(page, {"code": totp(KEY)})
    assert is_signed_in(visitor)
