"""Password reset by mail, password change, and the mails that tell of it."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMultiAlternatives
from django.test import Client as Browser

from accounts.models import User

from .conftest import EMAIL, PASSWORD, answered, follow, link_in, submit

NEW_PASSWORD = "a quite different and longer one"


def ask_for_reset(visitor: Browser, email: str = EMAIL, **headers: str) -> Any:
    return visitor.post("/account/password/reset/", {"email": email}, headers=headers)


def test_the_link_in_the_mail_sets_a_new_password_and_signs_in(
    visitor: Browser, person: User, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    sent = ask_for_reset(visitor)
    assert sent["Location"] == "/account/password/reset/sent/"
    assert b"We have sent a mail" in visitor.get(sent["Location"]).content
    page = follow(visitor, link_in(mailoutbox[0]))
    assert "set-password" in page.request["PATH_INFO"], "the key has left the address"
    done = submit(visitor, page, password1=NEW_PASSWORD)
    assert done.request["PATH_INFO"] == "/account/"
    person.refresh_from_db()
    assert person.check_password(NEW_PASSWORD)


@pytest.mark.parametrize("times", [2])
def test_the_link_works_once(
    visitor: Browser, person: User, mailoutbox: list[EmailMultiAlternatives], times: int
) -> None:
    ask_for_reset(visitor)
    link = link_in(mailoutbox[0])
    submit(visitor, follow(visitor, link), password1=NEW_PASSWORD)
    again = follow(Browser(), link)
    assert b"This link has been used, or it is too old" in again.content


@pytest.mark.threat(85)
@pytest.mark.bar("E5.1")
def test_an_unknown_address_gets_the_same_answer_and_another_mail(
    visitor: Browser, person: User, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    known, unknown = ask_for_reset(visitor), ask_for_reset(visitor, "nobody@example.org")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [mail.subject for mail in mailoutbox] == [
        "Choose a new password for Example ID",
        "No account at Example ID with this address",
    ]


@pytest.mark.threat(89)
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost"},
        {"Host": "localhost:81"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"X-Original-Host": "evil.example"},
        {"X-Forwarded-Server": "evil.example"},
        {"X-Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Referer": "https://evil.example/"},
        {"X-Rewrite-URL": "https://evil.example/"},
    ],
)
@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
def test_no_header_changes_where_the_links_of_a_mail_lead(
    visitor: Browser, person: User, mailoutbox: list[EmailMultiAlternatives], headers: dict[str, str], email: str
) -> None:
    ask_for_reset(visitor, email, **headers)
    mail = mailoutbox[0]
    whole = mail.body + str(mail.alternatives[0][0])
    assert "http://testserver/account/" in whole
    assert "evil.example" not in whole
    assert "localhost" not in whole


def test_a_reset_in_the_middle_of_a_flow_leads_back_into_it(
    visitor: Browser, person: User, ask: Callable[..., str], mailoutbox: list[EmailMultiAlternatives]
) -> None:
    onward = follow(visitor, ask()).context["onward"]
    page = visitor.get(f"/account/password/reset/{onward}")
    assert b"to continue to <bdi>Photo Market</bdi>" in page.content
    sent = submit(visitor, page, email=EMAIL)
    assert sent.request["PATH_INFO"] == "/account/password/reset/sent/"
    assert b"Photo Market" in sent.content
    new = follow(visitor, link_in(mailoutbox[0]))
    assert b"Photo Market" in new.content
    assert "code" in answered(submit(visitor, new, password1=NEW_PASSWORD))


def test_a_wrong_link_says_what_to_do(visitor: Browser, person: User) -> None:
    page = visitor.get("/account/password/reset/abc-def/")
    assert b"Ask for a new link" in page.content


def test_a_changed_password_keeps_this_browser_and_ends_the_others(
    visitor: Browser, person: User, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    EmailAddress.objects.create(user=person, email=EMAIL, primary=True, verified=True)
    other = Browser()
    visitor.force_login(person)
    other.force_login(person)
    values = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD}
    assert visitor.post("/account/password/", values)["Location"] == "/account/"
    assert visitor.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert mailoutbox[0].subject == "Your password at Example ID has been changed"
    assert "127.0.0.1" in mailoutbox[0].body


@pytest.mark.parametrize(
    "values",
    [
        {"oldpassword": "wrong", "password1": NEW_PASSWORD},
        {"oldpassword": PASSWORD, "password1": "short"},
        {"oldpassword": PASSWORD, "password1": ""},
        {"oldpassword": "", "password1": NEW_PASSWORD},
    ],
)
def test_a_password_is_not_changed_without_the_old_one_and_a_good_new_one(
    visitor: Browser, person: User, values: dict[str, str]
) -> None:
    visitor.force_login(person)
    assert visitor.post("/account/password/", values).status_code == 200
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_an_account_without_a_password_can_choose_one(visitor: Browser, person: User) -> None:
    person.set_unusable_password()
    person.save()
    visitor.force_login(person)
    page = follow(visitor, "/account/password/")
    assert page.request["PATH_INFO"] == "/account/password/set/"
    submit(visitor, page, password1=NEW_PASSWORD)
    person.refresh_from_db()
    assert person.check_password(NEW_PASSWORD)


@pytest.mark.bar("E2.3")
def test_password_managers_find_the_form(visitor: Browser, person: User) -> None:
    visitor.force_login(person)
    page = follow(visitor, "/.well-known/change-password")
    assert page.request["PATH_INFO"] == "/account/password/"
    text = page.content.decode()
    assert f'autocomplete="username" value="{EMAIL}"' in text
    assert 'autocomplete="new-password"' in text


def test_every_mail_is_text_and_html_of_the_same_words(
    visitor: Browser, person: User, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    ask_for_reset(visitor)
    (mail,) = mailoutbox
    html = str(mail.alternatives[0][0])
    assert mail.alternatives[0][1] == "text/html"
    assert all(line in html for line in mail.body.splitlines() if line and "http" not in line)
    assert "Example ID" in mail.body


def test_a_mail_quotes_nothing_that_a_browser_calls_itself(
    visitor: Browser, person: User, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    EmailAddress.objects.create(user=person, email=EMAIL, primary=True, verified=True)
    visitor.force_login(person)
    agent = "<script>alert(1)</script>"
    values = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD}
    visitor.post("/account/password/", values, headers={"User-Agent": agent})
    html = str(mailoutbox[0].alternatives[0][0])
    assert "alert(1)" not in mailoutbox[0].body + html
    assert all("Unknown browser" in text for text in (mailoutbox[0].body, html))
