"""The pages of second factors: at sign-in, to confirm, and under Security in the account."""

import html
import json
import re
from typing import Any

from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts import mails
from tests.authenticator import KEY, Device, give, totp
from tests.browser.registry import Stage, page
from tests.flows import PASSWORD, Browser


def at_home(stage: Stage) -> Browser:
    """The person has just signed in, with what they have."""
    browser = stage.visitor
    answer = browser.sign_in(browser.open(reverse("account_login")), stage.person)
    if Authenticator.objects.filter(type="totp").exists():
        browser.submit(answer, {"code": totp(KEY)})
    return browser


def with_everything(stage: Stage) -> Browser:
    give(stage.person, "totp", "recovery_codes")
    browser = at_home(stage)
    answer = browser.open(reverse("mfa_add_webauthn"))
    found = re.search(r'data-options="([^"]+)"', answer.content.decode())
    assert found is not None
    made = Device("https://testserver", "testserver").make(json.loads(html.unescape(found[1])))
    browser.submit(answer, {"credential": made, "name": "Ada's phone"})
    return browser


def passkey(stage: Stage) -> list[int]:
    return [Authenticator.objects.get(type="webauthn").pk]


@page("security")
def security(stage: Stage) -> Any:
    return with_everything(stage).open(reverse("account_security"))


@page("security: nothing yet")
def security_empty(stage: Stage) -> Any:
    return at_home(stage).open(reverse("account_security"))


@page("passkey: add")
def passkey_add(stage: Stage) -> Any:
    return at_home(stage).open(reverse("mfa_add_webauthn"))


@page("passkey: offer")
def passkey_offer(stage: Stage) -> Any:
    asked = stage.app.authorize(stage.visitor)
    return stage.visitor.submit(asked, {"login": stage.person.email, "password": PASSWORD, "passkeys": "1"})


@page("passkey: rename")
def passkey_rename(stage: Stage) -> Any:
    return with_everything(stage).open(reverse("mfa_edit_webauthn", args=passkey(stage)))


@page("passkey: remove")
def passkey_remove(stage: Stage) -> Any:
    return with_everything(stage).open(reverse("mfa_remove_webauthn", args=passkey(stage)))


@page("authenticator app: add, wrong code")
def totp_add(stage: Stage) -> Any:
    browser = at_home(stage)
    return browser.submit(browser.open(reverse("mfa_activate_totp")), {"code": "000000"})


@page("authenticator app: remove")
def totp_remove(stage: Stage) -> Any:
    give(stage.person, "totp")
    return at_home(stage).open(reverse("mfa_deactivate_totp"))


@page("recovery codes")
def recovery_codes(stage: Stage) -> Any:
    give(stage.person, "totp", "recovery_codes")
    return at_home(stage).open(reverse("mfa_view_recovery_codes"))


@page("recovery codes: new")
def recovery_codes_new(stage: Stage) -> Any:
    give(stage.person, "totp", "recovery_codes")
    return at_home(stage).open(reverse("mfa_generate_recovery_codes"))


@page("second factor")
def second_factor(stage: Stage) -> Any:
    with_everything(stage)
    stage.visitor = Browser()
    return stage.visitor.sign_in(stage.app.authorize(stage.visitor), stage.person)


@page("second factor: lost")
def second_factor_lost(stage: Stage) -> Any:
    give(stage.person, "totp")
    stage.visitor.sign_in(stage.visitor.open(reverse("account_login")), stage.person)
    return stage.visitor.open(reverse("account_second_factor_lost"))


@page("second factor: needed")
def second_factor_needed(stage: Stage) -> Any:
    return stage.visitor.sign_in(stage.app.authorize(stage.visitor, acr_values="2"), stage.person)


@page("confirm it is you: by code")
def confirm_by_code(stage: Stage) -> Any:
    browser = at_home(stage)
    give(stage.person, "totp")
    return stage.app.authorize(browser, acr_values="2")


@page("confirm it is you: by passkey")
def confirm_by_passkey(stage: Stage) -> Any:
    return stage.app.authorize(with_everything(stage), prompt="login")


@page("this was not me")
def not_me(stage: Stage) -> Any:
    return stage.visitor.open(mails.not_me_path(stage.person, stage.person.email))
