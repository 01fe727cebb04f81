"""What stays of an answer: the receipt, the mail, and what the operator can require anew."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail

from consent.models import Receipt
from oauth_server import clock, conf
from oauth_server.deeds import fresh_consent
from oauth_server.models import AuditEvent
from tests.apps.consent.conftest import ALLOW, API, CANCEL, change, is_question, offered, scope
from tests.flows import App, Browser, parameters


@pytest.fixture
def mails(django_capture_on_commit_callbacks: Any) -> Any:
    """Runs what waits for the commit, and gives the mails that came of it."""

    def during(act: Any) -> list[Any]:
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return list(mail.outbox)

    return during


@pytest.mark.bar("E13.5")
def test_an_answer_leaves_a_receipt_and_a_mail_about_a_new_app(
    choosy: App, visitor: Browser, person: Any, mails: Any
) -> None:
    page = choosy.authorize(visitor, scope="openid email orders.read")
    (told,) = mails(lambda: visitor.submit(page, {**ALLOW, "scope": ["openid", "orders.read"]}))
    receipt = Receipt.objects.get()
    assert receipt.client_id == choosy.client_id
    assert (receipt.user_id, len(receipt.texts)) == (person.pk, 64)
    document = receipt.document
    assert (document["app"]["name"], document["app"]["domain"], document["declined"]) == (
        "Shelf",
        "rp.example",
        ["email"],
    )
    read = {(group["api"], point["name"]): point["title"] for group in document["allowed"] for point in group["points"]}
    assert read == {("", "openid"): "Know that it is you", (API, "orders.read"): "Read your orders"}
    # nobody has looked at the app: its name is in no mail of ours
    assert told.to == ["ada@example.org"]
    assert "Shelf" not in told.subject + told.body
    for said in ("an app of rp.example", "Read your orders", "If this was not you", "http://testserver/apps"):
        assert said in told.body
    # what is new to an app that was there is no new app
    again = choosy.authorize(visitor, scope="openid orders.write")
    assert mails(lambda: visitor.submit(again, {**ALLOW, "scope": ["orders.write"]})) == []
    assert Receipt.objects.count() == 2
    # other words, another version of the texts
    assert Receipt.objects.values("texts").distinct().count() == 2
    # it stays when the app is removed, and the app is new again when it comes back
    visitor.submit(visitor.open(f"/apps/{choosy.row.pk}/remove"))
    shown = visitor.open("/apps/receipts").content.decode()
    assert str(receipt.pk) in shown
    assert "Read your orders" in shown
    change(choosy.row, verified=True, publisher="Shelf Ltd")
    page = choosy.authorize(visitor)
    assert "Published by" in page.content.decode()
    (told,) = mails(lambda: visitor.submit(page, ALLOW))
    assert told.subject == "Shelf can use your account at Example ID"


@pytest.mark.parametrize(("setting", "counts"), [("never", (0, 0)), ("always", (1, 1))])
def test_the_setting_says_when_there_is_a_mail(
    app: App, visitor: Browser, mails: Any, settings: Any, setting: str, counts: tuple[int, int]
) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "CONSENT_MAILS": setting}
    found = []
    for asked in ("openid", "openid email"):
        page = app.authorize(visitor, scope=asked)
        found.append(len(mails(lambda page=page: visitor.submit(page, ALLOW))))
    assert tuple(found) == counts


def test_the_setting_is_one_of_three(settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "CONSENT_MAILS": "sometimes", "MY_APPLICATIONS": "yes"}
    assert conf.problems() == [
        "CONSENT_MAILS must be one of never, new, always",
        "MY_APPLICATIONS must be one of closed, approval, open",
    ]


def test_a_denial_leaves_neither(app: App, visitor: Browser, mails: Any) -> None:
    page = app.authorize(visitor)
    assert mails(lambda: visitor.submit(page, CANCEL)) == []
    assert not Receipt.objects.exists()


@pytest.mark.bar("E9.4")
def test_an_operator_requires_fresh_consent_of_a_client_or_of_a_scope(choosy: App, visitor: Browser) -> None:
    everything = ["openid", "email", "orders.read"]
    page = choosy.authorize(visitor, scope="openid email orders.read")
    tokens = choosy.redeem(parameters(visitor.submit(page, {**ALLOW, "scope": everything}))["code"]).json()
    at = clock.now()
    with time_machine.travel(at + timedelta(seconds=1)):
        fresh_consent.of_scope(scope("orders.read"))
    with time_machine.travel(at + timedelta(seconds=2)):
        assert parameters(choosy.authorize(visitor, scope="openid orders.read", prompt="none"))["error"] == (
            "consent_required"
        )
        assert "code" in parameters(choosy.authorize(visitor, scope="openid email"))
        page = choosy.authorize(visitor, scope="openid email orders.read")
        assert offered(page) == {"orders.read": False}
        assert [point.name for point in page.context["allowed"]] == ["openid", "email"]
        # what it holds goes on until the person says no
        assert choosy.is_active(tokens["access_token"])
        visitor.submit(page, {**ALLOW, "scope": None})
        assert not choosy.is_active(tokens["access_token"])
    with time_machine.travel(at + timedelta(seconds=3)):
        fresh_consent.of_client(choosy.row)
    with time_machine.travel(at + timedelta(seconds=4)):
        page = choosy.authorize(visitor, scope="openid")
        assert offered(page) == {"openid": True}
        visitor.submit(page, ALLOW)
        # what this answer did not speak of is old still
        assert offered(choosy.authorize(visitor, scope="openid email")) == {"email": False}
        assert not is_question(choosy.authorize(visitor, scope="openid"))
    recorded = AuditEvent.objects.filter(reason=fresh_consent.REASON).order_by("pk").values_list("event", "object")
    assert list(recorded) == [("scope:changed", "orders.read"), ("client:changed", choosy.client_id)]


@pytest.mark.bar("E8.2")
def test_all_switches_are_off_at_first_and_one_link_turns_them_on(choosy: App, visitor: Browser) -> None:
    page = choosy.authorize(visitor, scope="openid email orders.read")
    assert "checked" not in page.content.decode()
    assert page.context["all_url"] == "?all"
    everything = visitor.open(f"{page.address}?all")
    assert everything.content.decode().count(" checked>") == 2
    assert not everything.context["all_url"]
    assert choosy.redeem(parameters(visitor.submit(everything, ALLOW))["code"]).json()["scope"] == (
        "openid email orders.read"
    )
