"""Operators see what became of each sign-out that an app had to be told of, and have it tried again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_httpserver import HTTPServer

from oauth_server.logout import backchannel
from oauth_server.models import Client, LogoutDelivery, Session
from tests import factories
from tests.apps.admin.conftest import list_of

DELIVERIES = list_of("logoutdelivery")


@pytest.fixture
def failed(client: Client, db: None) -> LogoutDelivery:
    row: LogoutDelivery = factories.LogoutDeliveryFactory(
        client=client, state="failed", attempts=8, next_attempt=None, last_error="HTTP status 503"
    )
    return row


def test_the_list_says_what_became_of_it(operator: Browser, failed: LogoutDelivery) -> None:
    factories.LogoutDeliveryFactory(state="delivered", next_attempt=None)
    page = operator.get(DELIVERIES).content.decode()
    assert "HTTP status 503" in page
    assert "given up" in page
    only = operator.get(f"{DELIVERIES}?state__exact=delivered").content.decode()
    assert "HTTP status 503" not in only
    named = operator.get(f"{DELIVERIES}?q={failed.client.client_id}").content.decode()
    assert "HTTP status 503" in named
    assert "delivered</td>" not in named


def test_it_is_tried_again_and_arrives(
    operator: Browser, failed: LogoutDelivery, httpserver: HTTPServer, settings: Any
) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "FETCH_PRIVATE_HOSTS": ["localhost"]}
    httpserver.expect_request("/out").respond_with_data()
    failed.client.backchannel_logout_uri = httpserver.url_for("/out")
    failed.client.save()
    answer = operator.post(
        DELIVERIES, {"action": "retry", "_selected_action": [failed.pk], "confirmed": "1"}, follow=True
    )
    assert "1 sign-out is tried again." in answer.content.decode()
    assert backchannel.deliver_all_due() == 1
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == ("delivered", 1)
    page = operator.get(reverse("admin:oauth_server_logoutdelivery_change", args=[failed.pk])).content.decode()
    assert "Try again" not in page


def test_ending_a_sign_in_tells_its_apps(operator: Browser, client: Client) -> None:
    told = factories.SessionClientFactory()
    operator.post(
        list_of("session"), {"action": "end", "_selected_action": [told.session.pk], "confirmed": "1", "note": "x"}
    )
    assert Session.objects.get(pk=told.session.pk).ended_at is not None
    assert LogoutDelivery.objects.get().client == told.client


@pytest.mark.parametrize("change", [lambda person: {"is_active": False}])
def test_switching_an_account_off_tells_the_apps(
    operator: Browser, person: Any, change: Callable[[Any], dict[str, Any]]
) -> None:
    told = factories.SessionClientFactory(session=factories.SessionFactory(user=person))
    url = reverse("admin:oauth_accounts_user_change", args=[person.pk])
    form = operator.get(url).context["adminform"].form
    fields = {name: value for name, value in form.initial.items() if value not in (None, [])}
    fields |= {"date_joined_0": "2026-01-01", "date_joined_1": "12:00:00"}
    answer = operator.post(url, {name: value for name, value in fields.items() if name != "is_active"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    person.refresh_from_db()
    assert not person.is_active
    assert LogoutDelivery.objects.get().client == told.client
