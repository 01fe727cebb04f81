"""The address of an account: changed only by whoever can prove that they are there, and only to one that is theirs."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMultiAlternatives
from django.test import Client as Browser

from accounts import email_undo, mails
from accounts.models import User

from .conftest import EMAIL, PASSWORD, follow, link_in, submit

NEW = "ada.lovelace@example.org"


@pytest.fixture
def signed_in(visitor: Browser, person: User) -> Browser:
    EmailAddress.objects.create(user=person, email=EMAIL, primary=True, verified=True)
    visitor.force_login(person)
    return visitor


def test_a_new_address_counts_from_its_confirmation(
    signed_in: Browser, person: User, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    assert EMAIL in signed_in.get("/account/email/").content.decode()
    asked = signed_in.post("/account/email/", {"email": NEW, "action_add": ""})
    confirm = follow(signed_in, asked["Location"])
    assert confirm.request["PATH_INFO"] == "/account/confirm/", "the password is asked for first"
    submit(signed_in, confirm, password=PASSWORD)
    person.refresh_from_db()
    assert person.email == EMAIL
    submit(signed_in, follow(signed_in, link_in(mailoutbox[0])))
    person.refresh_from_db()
    assert (person.email, person.email_verified) == (NEW, True)
    assert not EmailAddress.objects.filter(email=EMAIL).exists()
    assert {mail.subject for mail in mailoutbox[1:]} >= {"Your email address at Example ID has been changed"}
    assert EMAIL in [mail.to[0] for mail in mailoutbox[1:]], "the old address is told"


def test_the_address_of_somebody_else_is_not_told_to_be_taken(
    signed_in: Browser, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    User.objects.create_user("grace@example.org", PASSWORD)
    signed_in.post("/account/confirm/", {"password": PASSWORD})
    taken = signed_in.post("/account/email/", {"email": "grace@example.org", "action_add": ""})
    free = signed_in.post("/account/email/", {"email": NEW, "action_add": ""})
    assert (taken.status_code, taken["Location"]) == (free.status_code, free["Location"])


def test_an_address_of_somebody_else_is_not_taken_over(signed_in: Browser, person: User) -> None:
    other = User.objects.create_user("grace@example.org", PASSWORD)
    EmailAddress.objects.create(user=other, email=other.email, primary=True, verified=True)
    signed_in.post("/account/confirm/", {"password": PASSWORD})
    for action in ("action_primary", "action_remove", "action_send"):
        signed_in.post("/account/email/", {"email": other.email, action: ""})
    other.refresh_from_db()
    person.refresh_from_db()
    assert (person.email, other.email, other.email_verified) == (EMAIL, "grace@example.org", True)


def test_an_address_that_waits_can_be_given_up(signed_in: Browser, person: User) -> None:
    EmailAddress.objects.create(user=person, email=NEW)
    page = signed_in.get("/account/email/").content.decode()
    assert "Not confirmed yet." in page
    signed_in.post("/account/confirm/", {"password": PASSWORD})
    signed_in.post("/account/email/", {"email": NEW, "action_remove": ""})
    assert not EmailAddress.objects.filter(email=NEW).exists()


def test_the_address_that_a_person_signs_in_with_is_not_offered_for_removal(visitor: Browser, person: User) -> None:
    visitor.force_login(person)
    page = visitor.get("/account/email/").content.decode()
    assert "You sign in with this address." in page
    assert "action_remove" not in page


@pytest.mark.parametrize("typed", ["", "no-address", "a@b", EMAIL])
def test_an_address_that_cannot_be_one_is_refused_on_the_page(signed_in: Browser, typed: str) -> None:
    signed_in.post("/account/confirm/", {"password": PASSWORD})
    response: Any = signed_in.post("/account/email/", {"email": typed, "action_add": ""})
    assert response.status_code == 200
    assert b"There is a problem" in response.content


@pytest.mark.threat(82)
def test_the_former_address_takes_a_change_back_once_and_whoever_made_it_is_out(
    signed_in: Browser, person: User, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    asked = signed_in.post("/account/email/", {"email": NEW, "action_add": ""})
    submit(signed_in, follow(signed_in, asked["Location"]), password=PASSWORD)
    submit(signed_in, follow(signed_in, link_in(mailoutbox[0])))
    person.refresh_from_db()
    assert person.email == NEW
    (told,) = [mail for mail in mailoutbox if mail.to == [EMAIL]]
    assert NEW in told.body
    found = re.search(r"http://testserver(/account/email/undo/\S+)", str(told.body))
    assert found is not None, told.body
    link, owner = found[1], Browser()
    assert b"Take it back" in owner.get(link).content
    assert User.objects.get().email == NEW, "opening the link does nothing"
    assert b"used, or it is too old" in owner.post(f"{link[:-3]}xx/").content
    assert owner.post(link)["Location"] == "/account/password/reset/sent/"
    person.refresh_from_db()
    assert (person.email, person.email_verified, person.check_password(PASSWORD)) == (EMAIL, True, False)
    assert list(EmailAddress.objects.values_list("email", flat=True)) == [EMAIL]
    assert signed_in.get("/account/name/").status_code == 302, "whoever changed it is signed out"
    assert mailoutbox[-1].to == [EMAIL]
    assert "Choose a new password" in mailoutbox[-1].subject

    User.objects.update(email=NEW)
    assert b"used, or it is too old" in owner.post(link).content, "once"
    assert User.objects.get().email == NEW


def test_an_address_that_somebody_else_has_now_is_not_taken_back(person: User) -> None:
    link = email_undo.path(person, "grace@example.org")
    User.objects.create_user("grace@example.org", PASSWORD)
    visitor = Browser()
    assert b"used, or it is too old" in visitor.get(link).content
    assert b"used, or it is too old" in visitor.post(link).content
    person.refresh_from_db()
    assert person.email == EMAIL


def changed_by_a_stranger(browser: Browser, person: User, to: str, mailoutbox: list[Any]) -> str:
    """Somebody who is signed in as the person puts another address in place; the link that takes it back."""
    before = User.objects.get(pk=person.pk).email
    asked = browser.post("/account/email/", {"email": to, "action_add": ""})
    if "/confirm/" in asked["Location"]:
        submit(browser, follow(browser, asked["Location"]), password=PASSWORD)
    submit(browser, follow(browser, link_in(next(mail for mail in mailoutbox if mail.to == [to]))))
    told = next(mail for mail in mailoutbox if mail.to == [before] and "/email/undo/" in mail.body)
    found = re.search(r"http://testserver(/account/email/undo/\S+)", str(told.body))
    assert found is not None
    return found[1]


@pytest.mark.threat(82)
def test_the_link_of_a_later_change_takes_nothing_back_that_an_earlier_one_restored(
    signed_in: Browser, person: User, mailoutbox: list[Any], moving_clock: Any
) -> None:
    owners = changed_by_a_stranger(signed_in, person, "first@evil.example", mailoutbox)
    moving_clock.move(60)
    strangers = changed_by_a_stranger(signed_in, person, "second@evil.example", mailoutbox)
    moving_clock.move(60)
    assert Browser().post(owners)["Location"] == "/account/password/reset/sent/"
    mailoutbox.clear()
    assert b"used, or it is too old" in Browser().post(strangers).content
    assert User.objects.get().email == EMAIL
    assert mailoutbox == []


@pytest.mark.threat(82)
def test_the_owners_link_works_also_after_a_later_one(
    signed_in: Browser, person: User, mailoutbox: list[Any], moving_clock: Any
) -> None:
    owners = changed_by_a_stranger(signed_in, person, "first@evil.example", mailoutbox)
    moving_clock.move(60)
    strangers = changed_by_a_stranger(signed_in, person, "second@evil.example", mailoutbox)
    assert Browser().post(strangers).status_code == 302
    assert Browser().post(owners).status_code == 302
    assert User.objects.get().email == EMAIL


@pytest.mark.threat(82, 88)
def test_this_was_not_me_of_before_a_change_of_address_gives_the_former_one_back(
    signed_in: Browser, person: User, mailoutbox: list[Any], moving_clock: Any, settings: Any
) -> None:
    told, strange = mails.not_me_path(person, EMAIL), "first@evil.example"
    moving_clock.move(600)
    changed_by_a_stranger(signed_in, person, strange, mailoutbox)
    moving_clock.move(600)
    strangers = mails.not_me_path(person, strange)
    moving_clock.move(600)
    mailoutbox.clear()
    for stale in (mails.not_me_path(person, "ada.work@example.org"), told):
        settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "EMAIL_UNDO_LIFETIME": 600}
        assert b"This link is too old" in Browser().post(stale).content, "a change that counts by now"
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "EMAIL_UNDO_LIFETIME": 86_400}
    assert f'you sign in with <bdi dir="ltr">{EMAIL}</bdi> again'.encode() in Browser().get(told).content
    assert Browser().post(told)["Location"] == "/account/password/reset/sent/"
    assert [mail.to for mail in mailoutbox] == [[EMAIL]]
    assert list(EmailAddress.objects.values_list("email", "verified")) == [(EMAIL, True)]
    for late in (told, strangers):
        assert b"This link is too old" in Browser().post(late).content
    assert User.objects.get().email == EMAIL


@pytest.mark.threat(82, 88)
@pytest.mark.parametrize("how", ["a new password", "this was not me"])
def test_a_change_of_address_that_a_stranger_began_is_void(
    signed_in: Browser, person: User, mailoutbox: list[Any], how: str
) -> None:
    asked = signed_in.post("/account/email/", {"email": NEW, "action_add": ""})
    submit(signed_in, follow(signed_in, asked["Location"]), password=PASSWORD)
    waiting = link_in(mailoutbox[0])
    if how == "a new password":
        owner = Browser()
        owner.force_login(person)
        owner.post("/account/password/", {"oldpassword": PASSWORD, "password1": "another one that is long enough"})
    else:
        assert Browser().post(mails.not_me_path(person, EMAIL)).status_code == 302
    stranger = Browser()
    submit(stranger, follow(stranger, waiting))
    mailoutbox.clear()
    stranger.post("/account/password/reset/", {"email": NEW})
    person.refresh_from_db()
    assert (person.email, person.check_password(PASSWORD)) == (EMAIL, False)
    assert not any(re.search(r"/password/reset/\w+-", mail.body) for mail in mailoutbox)


@pytest.mark.threat(82)
def test_who_comes_by_a_code_to_an_address_that_nobody_confirmed_keeps_no_strangers_password(
    visitor: Browser, person: User, mailoutbox: list[Any], settings: Any
) -> None:
    settings.ACCOUNT_LOGIN_BY_CODE_ENABLED = True
    settings.ROOT_URLCONF = "tests.apps.accounts.code_urls"
    EmailAddress.objects.create(user=person, email=EMAIL, primary=True, verified=False)
    stranger = Browser()
    stranger.force_login(person)
    for is_first in (True, False):
        visitor = Browser()
        visitor.post("/account/sign-in/code/", {"email": EMAIL})
        code = next(
            line for line in mailoutbox[-1].body.splitlines() if re.fullmatch(r"[A-Z0-9]{3,5}-?[A-Z0-9]{3,5}", line)
        )
        visitor.post("/account/sign-in/code/confirm/", {"code": code})
        assert visitor.session["_auth_user_id"] == str(person.pk)
        person.refresh_from_db()
        assert (person.email_verified, person.has_usable_password()) == (True, not is_first)
        assert stranger.get("/account/name/").status_code == 302
        person.set_password(PASSWORD)
        person.save()
