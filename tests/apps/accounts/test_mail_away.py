"""The mail server is away: whoever waits for a mail is told so, whether they have an account or not, and goes on later."""

import logging
import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts import invitations, mails
from accounts.models import Invitation, User
from tests import factories
from tests.flows import PASSWORD, Browser

from .conftest import EMAIL

NEW = "grace@example.org"
pytestmark = [pytest.mark.bar("E4.3"), pytest.mark.bar("E5.1")]


@pytest.fixture(autouse=True)
def away(settings: Any, db: None) -> Any:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_LOGIN_BY_CODE_ENABLED = True
    settings.ROOT_URLCONF = "tests.apps.accounts.code_urls"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    here = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    return lambda: setattr(settings, "EMAIL_BACKEND", here)


def plain(page: Any) -> str:
    """Without what is random, and without the address that was typed."""
    text = re.sub(r'nonce="[^"]*"|[0-9a-f]{32}|<time.*?</time>|value="[A-Za-z0-9]{64}"', "", page.content.decode())
    return re.sub(r"[0-9]{4}-[0-9-]+T[0-9:.+Z]+", "", text)


@pytest.mark.parametrize("by_code", [False, True], ids=["link", "code"])
@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/account/register/", {"password1": PASSWORD}),
        ("/account/password/reset/", {}),
        ("/account/sign-in/code/", {}),
    ],
    ids=["register", "reset", "code"],
)
def test_who_waits_for_a_mail_is_told_and_loses_nothing(
    person: User,
    away: Any,
    path: str,
    values: dict[str, str],
    by_code: bool,
    settings: Any,
    mailoutbox: list[Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = by_code
    pages = {}
    for email in (EMAIL, NEW):
        visitor = Browser()
        with caplog.at_level(logging.ERROR):
            page = visitor.submit(visitor.open(f"{path}?next=/account/name/"), {"email": email, **values})
        assert (page.status_code, page["Retry-After"]) == (503, "60")
        assert "could not send the mail" in page.content.decode()
        assert page["X-Trace-Id"] in page.content.decode()
        record = [record for record in caplog.records if record.name == "oauth_server"][-1]
        assert record.trace_id == page["X-Trace-Id"]  # type: ignore[attr-defined]
        assert email not in caplog.text
        again = visitor.open(f"{path}?next=%2Faccount%2Fname%2F")
        assert f'href="{again.address}"' in page.content.decode(), "back to the same form, and on from there"
        assert f'value="{email}"' in again.content.decode(), "nothing is typed twice"
        assert PASSWORD not in again.content.decode()
        pages[email] = (visitor, page, again)
    assert plain(pages[EMAIL][1]) == plain(pages[NEW][1]), "known or not"
    assert not User.objects.filter(email=NEW).exists()

    away()
    for email, (visitor, _, again) in pages.items():
        assert visitor.submit(again, {"email": email, **values}).status_code == 200
        assert [mail.to for mail in mailoutbox] == [[email]], "at once, and not only after the pause between two mails"
        mailoutbox.clear()


def test_a_notice_that_cannot_be_sent_costs_nothing_else(person: User) -> None:
    visitor = Browser()
    visitor.force_sign_in(person)
    new = "another one that is long enough"
    done = visitor.submit(visitor.open("/account/password/"), {"oldpassword": PASSWORD, "password1": new})
    assert done.address == "/account/"
    person.refresh_from_db()
    assert person.check_password(new)
    # the link of an earlier notice still works, and leads on to the page of every reset
    link = mails.not_me_path(person, EMAIL)
    page = visitor.submit(visitor.open(link), form=0)
    assert page.status_code == 503
    assert f'href="{reverse("account_reset_password")}"' in page.content.decode()


def test_staff_are_told_that_a_mail_did_not_go_out(person: User) -> None:
    with pytest.raises(ValidationError, match="could not be sent"):
        invitations.invite(NEW, by=person)
    assert not Invitation.objects.exists()
    visitor, admin = Browser(), factories.UserFactory(is_staff=True, is_superuser=True)
    visitor.force_sign_in(admin)
    page = visitor.submit(visitor.open(reverse("admin:oauth_accounts_user_invite")), {"email": NEW})
    assert (page.status_code, "could not be sent" in page.content.decode()) == (200, True)
    page = visitor.open(reverse("admin:oauth_accounts_user_changelist"))
    sent = {"action": "send_confirmation", "_selected_action": str(person.pk), "confirmed": "1"}
    page = visitor.submit(page, sent)
    assert "could not be sent" in page.content.decode()
