"""The pages of several people on one browser, of sign-ins that are ended, and of what people agree to when they join."""

import re
from typing import Any

from django.conf import settings
from django.core import mail
from django.test import override_settings
from django.urls import reverse

from tests import factories
from tests.browser.registry import Stage, page
from tests.flows import PASSWORD, Browser


def with_settings(**values: Any) -> Any:
    return override_settings(OAUTH_SERVER={**settings.OAUTH_SERVER, **values})


def both(stage: Stage) -> Browser:
    """Ada, and Grace beside her, who came later."""
    browser = Browser()
    browser.sign_in(browser.open(reverse("account_login")), stage.person)
    grace = factories.UserFactory(email="grace@example.org", first_name="Grace", last_name="Hopper")
    browser.sign_in(browser.open(f"{reverse('account_login')}?other=1"), grace)
    return browser


@page("choose an account")
def choose(stage: Stage) -> Any:
    return stage.app.authorize(both(stage), prompt="select_account")


@page("account: sessions")
def sessions(stage: Stage) -> Any:
    for agent in ("Firefox/145.0 (X11; Linux)", "Safari (iPhone)"):
        one = Browser(**{"user-agent": agent})
        one.sign_in(one.open(reverse("account_login")), stage.person)
    return one.open(reverse("account_sessions"))


@page("account: sign out of several")
def sign_out_of_several(stage: Stage) -> Any:
    return both(stage).open(reverse("account_logout"))


@page("register: closed")
def closed(stage: Stage) -> Any:
    with with_settings(SIGN_UP="closed"):
        return stage.app.authorize(stage.visitor, prompt="create")


@page("register: by invitation")
def by_invitation(stage: Stage) -> Any:
    with with_settings(SIGN_UP="invitation"):
        return stage.visitor.open(reverse("account_signup"))


@page("invitation: used")
def invitation_used(stage: Stage) -> Any:
    return stage.visitor.open(reverse("account_invitation", args=["gone"]))


def _terms() -> None:
    from accounts.models import Terms

    Terms.objects.create(version="2026-11", text="Be kind to one another.\n\nPay your bills.")


@page("terms: new version")
def terms(stage: Stage) -> Any:
    _terms()
    with with_settings(ACCEPT_TERMS=True):
        return stage.app.authorize(stage.signed_in)


@page("terms: text")
def terms_text(stage: Stage) -> Any:
    _terms()
    return stage.visitor.open(reverse("account_terms_text", args=["2026-11"]))


@page("register: with terms")
def register_with_terms(stage: Stage) -> Any:
    _terms()
    with with_settings(ACCEPT_TERMS=True):
        return stage.app.authorize(stage.visitor, prompt="create")


@page("email: take a change back")
def email_undo(stage: Stage) -> Any:
    from accounts import email_undo

    return stage.visitor.open(email_undo.path(stage.person, "ada.lovelace@example.org"))


@page("email: a change cannot be taken back")
def email_undo_gone(stage: Stage) -> Any:
    return stage.visitor.open(reverse("account_email_undo", args=["x:y:z"]))


def _link_of_the_mail() -> str:
    found = re.search(r"http://testserver(/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def _mailed(stage: Stage, email: str, **values: Any) -> Any:
    """Where whoever registers waits for a mail. An address of its own for each page: mails to one are limited."""
    with override_settings(ACCOUNT_EMAIL_VERIFICATION="mandatory", **values):
        asked = stage.app.authorize(stage.visitor, prompt="create")
        return stage.visitor.submit(asked, {"email": email, "password1": PASSWORD})


@page("register: mail on its way")
def mail_on_its_way(stage: Stage) -> Any:
    return _mailed(stage, "grace@example.org")


@page("register: mail could not be sent")
def mail_not_sent(stage: Stage) -> Any:
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_PORT=1):
        return _mailed(stage, "joan@example.org")


@page("register: code of the mail")
def code_of_the_mail(stage: Stage) -> Any:
    return _mailed(stage, "hedy@example.org", ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED=True)


@page("register: link of the mail")
def link_of_the_mail(stage: Stage) -> Any:
    _mailed(stage, "mary@example.org")
    return Browser().open(_link_of_the_mail())


@page("sign in by code")
def sign_in_by_code(stage: Stage) -> Any:
    with override_settings(ACCOUNT_LOGIN_BY_CODE_ENABLED=True, ROOT_URLCONF="tests.apps.accounts.code_urls"):
        return stage.visitor.open("/account/sign-in/code/")


def _new_password(stage: Stage) -> Any:
    asked = stage.visitor.open(reverse("account_reset_password"))
    stage.visitor.submit(asked, {"email": stage.person.email})
    return stage.visitor.open(_link_of_the_mail())


@page("new password")
def new_password(stage: Stage) -> Any:
    return _new_password(stage)


@page("new password: set")
def new_password_set(stage: Stage) -> Any:
    return Browser().open(reverse("account_reset_password_from_key_done"))


def _by_passkey() -> Any:
    return override_settings(
        ACCOUNT_EMAIL_VERIFICATION="mandatory",
        ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED=True,
        MFA_PASSKEY_SIGNUP_ENABLED=True,
        ROOT_URLCONF="tests.apps.accounts.code_urls",
    )


@page("register: with a passkey")
def register_with_a_passkey(stage: Stage) -> Any:
    with _by_passkey():
        asked = stage.app.authorize(stage.visitor, prompt="create")
        return stage.visitor.open(asked.address.replace("/register/", "/register/passkey/"))


@page("register: make the passkey")
def register_make_the_passkey(stage: Stage) -> Any:
    with _by_passkey():
        asked = register_with_a_passkey(stage)
        typed = stage.visitor.submit(asked, {"email": "emmy@example.org"})
        return stage.visitor.submit(typed, {"code": str(mail.outbox[-1].body).split("\n\n")[1]})
