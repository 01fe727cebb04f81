"""A person deletes their account: nothing works at once, a sign-in keeps it, and afterwards nothing is left of it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import call_command

from consent.models import Consent, Receipt
from oauth_server import clock
from oauth_server.conf import settings as own
from oauth_server.models import AuditEvent, Client
from tests import factories
from tests.flows import Browser, error

pytestmark = [pytest.mark.django_db, pytest.mark.bar("E14")]
User = get_user_model()


def events(person: Any) -> list[str]:
    found = AuditEvent.objects.filter(user_id=str(person.pk), event__startswith="person:del").order_by("pk")
    return list(found.values_list("event", flat=True))


@pytest.fixture
def person(db: None) -> Any:
    return factories.UserFactory(email="ada@example.org")


def signed_in(person: Any) -> Browser:
    browser = Browser()
    browser.sign_in(browser.open("/account/sign-in/"), person)
    return browser


def ask(person: Any) -> tuple[Browser, Any]:
    browser = signed_in(person)
    return browser, browser.submit(browser.open("/account/delete/"))


def test_a_sign_in_before_the_day_keeps_it(person: Any, django_capture_on_commit_callbacks: Any) -> None:
    app = factories.app()
    elsewhere = signed_in(person)
    tokens = app.tokens(elsewhere, scope="openid offline_access")
    with django_capture_on_commit_callbacks(execute=True):
        browser, asked = ask(person)
    assert "Your account will be deleted" in asked.content.decode()
    person.refresh_from_db()
    assert person.delete_at - clock.now() > timedelta(seconds=own.DELETION_DELAY - 60)
    # nothing works any more, here and elsewhere
    for one in (browser, elsewhere):
        assert one.get("/account/").status_code == 302
    for name in ("access_token", "refresh_token"):
        assert not app.is_active(tokens[name])
    assert "will be deleted" in mail.outbox[-1].subject
    again = Browser()
    arrived = again.sign_in(again.open("/account/sign-in/"), person)
    person.refresh_from_db()
    assert person.delete_at is None
    assert "Your account stays" in arrived.content.decode()
    assert again.get("/account/").status_code == 200
    assert [one.subject for one in mail.outbox if "stays" in one.subject] == ["Your account at Example ID stays"]
    assert events(person) == ["person:deletion_requested", "person:deletion_ended"]
    with time_machine.travel(clock.now() + timedelta(days=100)):
        call_command("clear_expired", verbosity=0)
    assert User.objects.filter(pk=person.pk).exists()


def test_after_the_day_nothing_is_left_but_what_the_log_keeps(person: Any) -> None:
    own_app = factories.app(user=person, registration_source="dcr").row
    operators = factories.app(user=person).row
    now = clock.now()
    Consent.objects.create(user=person, client=operators, audience="", scope="openid", created=now, updated=now)
    Receipt.objects.create(user=person, client_id=operators.client_id, at=now, texts="", document={})
    ask(person)
    almost = timedelta(seconds=own.DELETION_DELAY)
    with time_machine.travel(now + almost - timedelta(minutes=1)):
        call_command("clear_expired", verbosity=0)
        assert User.objects.filter(pk=person.pk).exists()
    with time_machine.travel(now + almost + timedelta(minutes=1)):
        call_command("clear_expired", verbosity=0)
    assert not User.objects.filter(pk=person.pk).exists()
    assert not Consent.objects.exists()
    assert not Receipt.objects.exists()
    assert not Client.objects.filter(pk=own_app.pk).exists()
    operators.refresh_from_db()
    assert operators.user is None
    assert events(person) == ["person:deletion_requested", "person:deleted"]
    assert "ada@example.org" not in str(list(AuditEvent.objects.values()))


def test_it_takes_a_fresh_sign_in_a_form_of_this_server_and_no_duty_on_it(person: Any) -> None:
    browser = signed_in(person)
    page = browser.open("/account/delete/")
    assert error(browser.submit(page, {"csrfmiddlewaretoken": None}))[0] == 403
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        assert b"Confirm that it is you" in browser.open("/account/delete/").content
    staff = factories.UserFactory(is_staff=True)
    refused = signed_in(staff).open("/account/delete/")
    assert b"You work on this server" in refused.content
    assert not User.objects.exclude(delete_at=None).exists()
