"""Registration, with and without confirmation of the address, alone and in the middle of a flow."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMultiAlternatives
from django.test import Client as Browser

from accounts.models import User

from .conftest import EMAIL, PASSWORD, answered, follow, link_in, plain, submit

NEW = "grace@example.org"


def register(visitor: Browser, email: str = NEW, password: str = PASSWORD) -> Any:
    return visitor.post("/account/register/", {"email": email, "password1": password})


def test_whoever_registers_is_signed_in(visitor: Browser, db: None) -> None:
    assert register(visitor, "Grace@Example.org")["Location"] == "/account/"
    user = User.objects.get()
    assert user.email == NEW
    assert visitor.session["_auth_user_id"] == str(user.pk)


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [
        ("short", False),
        ("123456789123456789", False),
        ("x" * 14, False),
        ("ein ganz langer Satz mit Umlauten äöü", True),
        ("パスワードは長いほうが良いと言われています", True),
        ("a " * 100, True),
    ],
)
@pytest.mark.bar("E2.2")
def test_long_passwords_of_any_script_are_taken_and_weak_ones_refused(
    visitor: Browser, db: None, password: str, is_taken: bool
) -> None:
    response = register(visitor, password=password)
    assert (response.status_code == 302) == is_taken
    assert User.objects.exists() == is_taken
    if is_taken:
        assert User.objects.get().check_password(password)


@pytest.mark.seed("S-16")
def test_a_person_who_registers_in_the_middle_of_a_flow_goes_on_to_the_app(
    visitor: Browser, ask: Callable[..., str]
) -> None:
    sign_in = follow(visitor, ask())
    link = sign_in.context["onward"]
    page = visitor.get(f"/account/register/{link}")
    assert b"to continue to <bdi>Photo Market</bdi>" in page.content
    assert set(answered(submit(visitor, page, email=NEW, password1=PASSWORD))) == {"code", "state", "iss"}


@pytest.mark.spec("Initiating User Registration via OpenID Connect 1.0", "4.1")
def test_prompt_create_starts_with_registration(visitor: Browser, ask: Callable[..., str]) -> None:
    page = follow(visitor, ask(prompt="create", login_hint=NEW))
    assert page.request["PATH_INFO"] == "/account/register/"
    assert f'value="{NEW}"' in page.content.decode()
    assert "code" in answered(submit(visitor, page, email=NEW, password1=PASSWORD))


def test_prompt_create_makes_another_account_for_whoever_is_signed_in(
    visitor: Browser, person: User, ask: Callable[..., str]
) -> None:
    visitor.force_login(person)
    page = follow(visitor, ask(prompt="create"))
    assert page.request["PATH_INFO"] == "/account/register/"
    assert "code" in answered(submit(visitor, page, email=NEW, password1=PASSWORD))
    assert visitor.session["_auth_user_id"] == str(User.objects.get(email=NEW).pk)


@pytest.fixture
def _confirmed_first(settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


@pytest.mark.usefixtures("_confirmed_first")
def test_nobody_is_signed_in_before_the_address_is_confirmed(
    visitor: Browser, db: None, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    assert register(visitor)["Location"] == "/account/email/confirm/"
    assert "_auth_user_id" not in visitor.session
    page = follow(visitor, link_in(mailoutbox[0]))
    assert b"Yes, confirm" in page.content
    assert not EmailAddress.objects.filter(verified=True).exists(), "a link scanner opened it, not the person"
    submit(visitor, page)
    assert EmailAddress.objects.get().verified
    assert User.objects.get().email_verified
    assert visitor.session["_auth_user_id"] == str(User.objects.get().pk)


@pytest.mark.seed("S-16")
@pytest.mark.usefixtures("_confirmed_first")
def test_the_link_in_the_mail_leads_back_into_the_flow(
    visitor: Browser, ask: Callable[..., str], mailoutbox: list[EmailMultiAlternatives]
) -> None:
    page = visitor.get(f"/account/register/{follow(visitor, ask()).context['onward']}")
    waiting = submit(visitor, page, email=NEW, password1=PASSWORD)
    assert b"We have sent you a mail" in waiting.content
    assert b"Photo Market" in waiting.content
    confirm = follow(visitor, link_in(mailoutbox[0]))
    assert b"to continue to <bdi>Photo Market</bdi>" in confirm.content
    assert "code" in answered(submit(visitor, confirm))


@pytest.mark.usefixtures("_confirmed_first")
def test_the_link_opened_in_another_browser_confirms_and_signs_nobody_in(
    visitor: Browser, ask: Callable[..., str], mailoutbox: list[EmailMultiAlternatives]
) -> None:
    page = visitor.get(f"/account/register/{follow(visitor, ask()).context['onward']}")
    submit(visitor, page, email=NEW, password1=PASSWORD)
    phone = Browser()
    ended = submit(phone, follow(phone, link_in(mailoutbox[0])))
    assert ended.request["PATH_INFO"] == "/account/sign-in/"
    assert "_auth_user_id" not in phone.session
    back = follow(visitor, f"/account/sign-in/{page.context['onward']}")
    assert "code" in answered(submit(visitor, back, login=NEW, password=PASSWORD))


@pytest.mark.usefixtures("_confirmed_first")
def test_a_sign_in_before_confirmation_sends_to_the_mail_and_not_further(
    visitor: Browser, ask: Callable[..., str], mailoutbox: list[EmailMultiAlternatives]
) -> None:
    User.objects.create_user(NEW, PASSWORD)
    page = submit(visitor, follow(visitor, ask()), login=NEW, password=PASSWORD)
    assert page.request["PATH_INFO"] == "/account/email/confirm/"
    assert "_auth_user_id" not in visitor.session
    assert "code" in answered(submit(visitor, follow(visitor, link_in(mailoutbox[0]))))


@pytest.mark.threat(85)
@pytest.mark.usefixtures("_confirmed_first")
def test_a_taken_address_gets_the_same_answer_and_a_mail_that_says_so(
    visitor: Browser, person: User, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    free, taken = register(Browser()), register(visitor, EMAIL)
    assert (free.status_code, free["Location"]) == (taken.status_code, taken["Location"])
    assert plain(visitor.get(taken["Location"])) == plain(Browser().get(free["Location"]))
    assert User.objects.filter(email=EMAIL).count() == 1
    assert person.check_password(PASSWORD)
    subjects = {mail.to[0]: mail.subject for mail in mailoutbox}
    assert subjects == {
        EMAIL: "You have an account at Example ID already",
        NEW: "Confirm your email address for Example ID",
    }


def test_a_used_or_broken_confirmation_link_says_what_to_do(visitor: Browser, db: None) -> None:
    for page in (visitor.get("/account/email/confirm/MQ:b:c/"), visitor.post("/account/email/confirm/MQ:b:c/")):
        assert page.status_code == 200
        assert b"it is too old" in page.content


def test_registration_can_be_closed(visitor: Browser, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.adapter.Adapter.is_open_for_signup", lambda self, request: False)
    page = visitor.get("/account/register/")
    assert b"Registration is closed" in page.content
    assert register(visitor).status_code == 200
    assert not User.objects.exists()


@pytest.mark.bar("E3.3")
def test_with_codes_the_code_of_the_mail_confirms_in_the_same_tab(
    visitor: Browser, ask: Callable[..., str], settings: Any, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    page = visitor.get(f"/account/register/{follow(visitor, ask()).context['onward']}")
    page = submit(visitor, page, email=NEW, password1=PASSWORD)
    assert b"Type the code from your mail" in page.content
    assert b"Photo Market" in page.content
    another = follow(visitor, page.context["switch_url"])
    assert f'href="{page.context["switch_url"]}"'.replace("&", "&amp;") in page.content.decode()
    assert (another.request["PATH_INFO"], another.context["client"].name) == ("/account/sign-in/", "Photo Market")
    wrong = submit(visitor, page, code="wrong")
    assert wrong.status_code == 200
    code = mailoutbox[0].body.split("\n\n")[1]
    assert "code" in answered(submit(visitor, page, code=code))
