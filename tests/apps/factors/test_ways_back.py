"""Who lost every factor gets in again, and nobody else does: by an operator, or by mail after a waiting time."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command

from accounts import factors
from accounts.models import FactorReset
from oauth_server import clock
from oauth_server.models import AuditEvent, Session
from tests.authenticator import totp
from tests.conftest import Clock
from tests.flows import PASSWORD, App, Browser

from .conftest import SECURITY, SIGN_IN, is_signed_in, key_of, text_of

WAIT = 3 * 86_400


@pytest.fixture
def key(at_home: Browser, moving_clock: Clock, mailoutbox: list[Any]) -> str:
    page = at_home.open(f"{SECURITY}totp/")
    at_home.submit(page, {"code": totp(key_of(page))})
    mailoutbox.clear()
    return key_of(page)


def lost(person: Any) -> tuple[Browser, Any]:
    browser = Browser()
    browser.sign_in(browser.open(SIGN_IN), person)
    page = browser.open("/account/sign-in/second-factor/lost/")
    return browser, page if "You have asked" in text_of(page) else browser.submit(page, form=0)


def link_in(mail: Any) -> str:
    found = re.search(r"http://testserver(/account/not-me/\S+)", mail.body)
    assert found is not None, mail.body
    return found[1]


@pytest.mark.threat(88)
def test_by_mail_after_a_waiting_time_with_notices(
    person: Any, key: str, moving_clock: Clock, mailoutbox: list[Any]
) -> None:
    browser, page = lost(person)
    assert "You have asked for it" in text_of(page)
    lost(person)
    assert [mail.subject for mail in mailoutbox] == ["Your second factors at Example ID are about to be removed"]
    assert mailoutbox[0].to == [person.email]
    call_command("finish_factor_resets", verbosity=0)
    assert len(mailoutbox) == 1
    moving_clock.move(WAIT / 2)
    call_command("finish_factor_resets", verbosity=0)
    call_command("finish_factor_resets", verbosity=0)
    assert [mail.subject for mail in mailoutbox[1:]] == ["Your second factors at Example ID will be removed soon"]
    browser = Browser()
    assert browser.sign_in(browser.open(SIGN_IN), person).address == "/account/sign-in/second-factor/"
    moving_clock.move(WAIT / 2)
    browser = Browser()
    assert browser.sign_in(browser.open(SIGN_IN), person).address == "/account/"
    assert is_signed_in(browser)
    assert not Authenticator.objects.exists()
    assert mailoutbox[2].subject == "Your second factors at Example ID were removed"
    assert AuditEvent.objects.filter(event="factor:reset", user_id=str(person.pk)).count() == 1


@pytest.mark.threat(88)
@pytest.mark.parametrize("how", ["a sign-in", "a new password", "the link", "the operator", "off"])
def test_what_stops_it(
    person: Any, key: str, moving_clock: Clock, mailoutbox: list[Any], settings: Any, how: str
) -> None:
    Authenticator.objects.update(created_at=clock.now() - timedelta(days=1))
    lost(person)
    match how:
        case "a sign-in":
            browser = Browser()
            browser.submit(browser.sign_in(browser.open(SIGN_IN), person), {"code": totp(key, 1)})
            assert is_signed_in(browser)
        case "a new password":
            owner = Browser()
            owner.submit(owner.open("/account/password/reset/"), {"email": person.email})
            link = re.search(r"http://testserver(/account/password/reset/\S+)", mailoutbox[-1].body)
            assert link is not None
            owner.submit(owner.open(link[1]), {"password1": "another one that is long enough"})
        case "the link":
            stranger = Browser()
            stranger.submit(stranger.open(link_in(mailoutbox[0])), form=0)
        case "the operator":
            assert factors.reset_factors(person, by="operator@example.org") == 2
            event = AuditEvent.objects.get(event="factor:reset")
            assert (event.actor, event.reason) == ("operator@example.org", "recovery_codes, totp")
        case "off":
            settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "FACTOR_RESET_WAIT": 0}
    moving_clock.move(WAIT + 1)
    call_command("finish_factor_resets", verbosity=0)
    assert not FactorReset.objects.exclude(done_at=None).exists() or how == "the operator"
    assert Authenticator.objects.exists() == (how not in {"the operator"})
    browser = Browser()
    page = browser.open("/account/sign-in/second-factor/lost/")
    assert page.address.startswith(SIGN_IN), "not without the password"


@pytest.mark.bar("E13.5")
@pytest.mark.threat(88)
def test_this_was_not_me_ends_every_sign_in_and_what_was_added_since(
    at_home: Browser, app: App, person: Any, moving_clock: Clock, mailoutbox: list[Any]
) -> None:
    tokens = app.tokens(at_home, scope="openid offline_access")
    page = at_home.open(f"{SECURITY}totp/")
    at_home.submit(page, {"code": totp(key_of(page))})
    link = link_in(mailoutbox[-1])
    owner = Browser()
    page = owner.open(link)
    assert "If it was not you, press the button" in text_of(page)
    assert Authenticator.objects.exists(), "opening it does nothing"
    assert owner.submit(page, form=0).address == "/account/password/reset/sent/"
    assert not Authenticator.objects.exists()
    assert app.refresh(tokens["refresh_token"]).status_code == 400
    assert not Session.objects.filter(ended_at=None).exists()
    assert at_home.open(SECURITY).address.startswith(SIGN_IN)
    person.refresh_from_db()
    assert not person.check_password(PASSWORD)
    assert mailoutbox[-1].subject == "Choose a new password for Example ID"
    person.set_password(PASSWORD)
    person.save()
    assert "This link is too old" in text_of(owner.submit(page, form=0)), "once"
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    for broken in (link[:-3] + "/", "/account/not-me/x/", "/account/not-me/%00/"):
        page = owner.open(broken)
        assert (page.status_code, "This link is too old" in text_of(page)) == (200, True)


@pytest.mark.bar("E13.5")
def test_a_new_password_is_told_with_the_same_link(at_home: Browser, person: Any, mailoutbox: list[Any]) -> None:
    page = at_home.open("/account/password/")
    at_home.submit(page, {"oldpassword": PASSWORD, "password1": "another one that is long enough"})
    (mail,) = mailoutbox
    assert mail.subject == "Your password at Example ID has been changed"
    assert link_in(mail) in mail.alternatives[0][0].replace("&amp;", "&")
