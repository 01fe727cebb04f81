"""The pages of `accounts`: sign-in, registration, reset, and the person's own pages."""

from typing import Any

from django.urls import reverse

from tests.browser.registry import Stage, page
from tests.flows import Browser


@page("sign in")
def sign_in(stage: Stage) -> Any:
    return stage.app.authorize(stage.visitor)


@page("sign in: wrong password")
def sign_in_wrong(stage: Stage) -> Any:
    return stage.visitor.submit(sign_in(stage), {"login": stage.person.email, "password": "wrong"})


@page("register")
def register(stage: Stage) -> Any:
    return stage.app.authorize(stage.visitor, prompt="create")


@page("register: too short")
def register_too_short(stage: Stage) -> Any:
    return stage.visitor.submit(register(stage), {"email": "grace@example.org", "password1": "short"})


@page("confirm it is you")
def confirm(stage: Stage) -> Any:
    return stage.app.authorize(stage.signed_in, prompt="login")


@page("forgot password")
def forgot(stage: Stage) -> Any:
    return stage.visitor.open(reverse("account_reset_password"))


@page("forgot password: sent")
def forgot_sent(stage: Stage) -> Any:
    return stage.visitor.submit(forgot(stage), {"email": stage.person.email})


@page("account")
def account(stage: Stage) -> Any:
    return stage.signed_in.open(reverse("account_overview"))


@page("account: name")
def name(stage: Stage) -> Any:
    return stage.signed_in.open(reverse("account_name"))


@page("account: profile")
def profile(stage: Stage) -> Any:
    return stage.signed_in.open(reverse("account_profile"))


@page("account: email")
def email(stage: Stage) -> Any:
    return stage.signed_in.open(reverse("account_email"))


@page("account: password")
def password(stage: Stage) -> Any:
    return stage.signed_in.open(reverse("account_change_password"))


@page("account: delete")
def delete(stage: Stage) -> Any:
    browser = Browser()
    browser.sign_in(browser.open(reverse("account_login")), stage.person)
    return browser.open(reverse("account_delete"))


@page("account: delete, asked")
def delete_asked(stage: Stage) -> Any:
    browser = Browser()
    browser.sign_in(browser.open(reverse("account_login")), stage.person)
    return browser.submit(browser.open(reverse("account_delete")))


@page("account: sign out")
def sign_out(stage: Stage) -> Any:
    return stage.signed_in.open(reverse("account_logout"))


@page("inactive account")
def inactive(stage: Stage) -> Any:
    return stage.visitor.open(reverse("account_inactive"))
