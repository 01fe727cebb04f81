"""Consents in the admin: read, found, withdrawn, never edited."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client as Operator
from django.test.utils import CaptureQueriesContext

from consent import decision, receipts
from consent.models import Consent
from tests import factories
from tests.apps.consent.conftest import asked, events
from tests.flows import PASSWORD, App

LIST = "/admin/oauth_consent/consent/"


@pytest.fixture
def operator(db: None) -> Operator:
    operator = Operator()
    operator.force_login(get_user_model().objects.create_superuser("operator@example.org", PASSWORD))
    return operator


def withdraw(operator: Operator, row: Consent) -> Any:
    chosen = {"action": "withdraw", ACTION_CHECKBOX_NAME: [row.pk]}
    asked = operator.post(LIST, chosen).content
    assert b"ends at once" in asked
    assert b"authorizations" in asked, "what will end is counted"
    assert b"cannot be undone" in asked
    operator.post(LIST, {**chosen, "confirmed": "1"})
    assert Consent.objects.filter(withdrawn_at=None).exists(), "a reason is asked for"
    return operator.post(LIST, {**chosen, "confirmed": "1", "note": "they called"})


def test_an_operator_withdraws_a_consent_with_all_that_hangs_on_it(operator: Operator, app: App, person: Any) -> None:
    decision.allow(asked(app, "openid orders.read"), person, ["openid", "orders.read"])
    family = factories.AuthorizationFactory(client=app.row, user=person)
    withdraw(operator, Consent.objects.earliest("pk"))
    for state, number in (("", 2), ("withdrawn", 2), ("given", 0), ("x", 2)):
        assert len(operator.get(LIST, {"state": state}).context["cl"].result_list) == number
    assert not Consent.objects.filter(withdrawn_at=None).exists()
    family.refresh_from_db()
    assert family.revoked_at is not None
    assert events() == ["consent:given", "consent:withdrawn"]


def test_who_may_only_look_cannot_withdraw(app: App, person: Any) -> None:
    decision.allow(asked(app), person, ["openid"])
    clerk = get_user_model().objects.create_user("clerk@example.org", PASSWORD, is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_consent"))
    looker = Operator()
    looker.force_login(clerk)
    page = looker.get(LIST)
    assert page.status_code == 200
    assert b'value="withdraw"' not in page.content
    looker.post(LIST, {"action": "withdraw", ACTION_CHECKBOX_NAME: [Consent.objects.get().pk], "confirmed": "1"})
    assert Consent.objects.get().withdrawn_at is None


def test_nothing_can_be_added_edited_or_deleted(operator: Operator, app: App, person: Any) -> None:
    decision.allow(asked(app), person, ["openid"])
    address = f"{LIST}{Consent.objects.get().pk}/"
    assert operator.get(f"{address}change/").status_code == 200
    assert operator.get(f"{LIST}add/").status_code == 403
    assert operator.get(f"{address}delete/").status_code == 403
    assert operator.post(f"{address}change/", {"scope": "openid email"}).status_code == 403
    assert Consent.objects.get().scope == "openid"


@pytest.mark.parametrize("term", ["client", "person", "address"])
def test_it_is_found_by_client_and_by_person(operator: Operator, app: App, choosy: App, person: Any, term: str) -> None:
    decision.allow(asked(app), person, ["openid"])
    decision.allow(asked(choosy), factories.UserFactory(), ["openid"])
    wanted = {"client": app.client_id, "person": str(person.pk), "address": person.email}[term]
    page = operator.get(LIST, {"q": wanted})
    assert [row.client for row in page.context["cl"].result_list] == [app.row]


def test_the_list_takes_the_same_statements_for_one_and_for_many(
    operator: Operator, app: App, person: Any, django_assert_num_queries: Callable[..., Any]
) -> None:
    decision.allow(asked(app), person, ["openid"])
    with CaptureQueriesContext(
        connection,
    ) as one:
        operator.get(LIST)
    for _ in range(5):
        decision.allow(asked(factories.app(skip_authorization=False)), factories.UserFactory(), ["openid"])
    with django_assert_num_queries(len(one)):
        operator.get(LIST)
    assert not any("COUNT(" in query["sql"] for query in one.captured_queries)


def test_an_operator_reads_receipts_and_changes_none(operator: Operator, app: App, person: Any) -> None:
    receipt = receipts.write(asked(app, "openid orders.read"), person, ["openid", "orders.read"])
    listed = "/admin/oauth_consent/receipt/"
    for term, number in (("", 1), (app.client_id, 1), (person.email, 1), ("somebody", 0)):
        assert len(operator.get(listed, {"q": term}).context["cl"].result_list) == number
    shown = operator.get(f"{listed}{receipt.pk}/change/")
    assert "Read your orders" in shown.content.decode()
    assert operator.post(f"{listed}{receipt.pk}/change/", {"client_id": "other"}).status_code == 403
    assert operator.get(f"{listed}add/").status_code == 403
