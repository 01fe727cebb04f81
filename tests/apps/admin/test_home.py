"""The home of the console and the page of the deployment: what needs attention, said once, from few statements."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.deeds import incident
from oauth_server.models import Client, Counter, JobRun, SigningKey
from oauth_server.tokens import jobs
from tests.factories import AccessTokenFactory, ClientFactory

HOME = reverse("admin:index")
OF_THE_APP = reverse("admin:app_list", args=["oauth_server"])


def _texts(browser: Browser) -> list[str]:
    return [matter.text for matter in _home(browser)["matters"]]


def _home(browser: Browser) -> dict[str, Any]:
    found: dict[str, Any] = browser.get(HOME).context["home"]
    return found


def _all_is_well() -> None:
    for name in jobs.EXPECTED:
        jobs.note(name)


@pytest.mark.bar("O3.2", "O8.3")
def test_the_home_names_what_needs_attention_and_leads_there(operator: Browser, client: Client) -> None:
    _all_is_well()
    assert _texts(operator) == []
    now = clock.now()
    client.secrets.update(expires=now + timedelta(days=3))
    ClientFactory(name="Late").secrets.update(expires=now - timedelta(days=1))
    ClientFactory(name="Off", enabled=False).secrets.update(expires=now)
    SigningKey.objects.filter(algorithm="RS256", state="next").delete()
    SigningKey.objects.filter(algorithm="ES256", state="active").update(activated=now - timedelta(days=91))
    audit.record(Event.LOGOUT_UNDELIVERED)
    JobRun.objects.filter(name="rotate_keys").update(finished=now - timedelta(days=3))
    Counter.objects.create(span="hour", at=now - timedelta(days=40), name="token:refresh_token", count=1)
    Client.objects.update(created=now - timedelta(days=40))
    Counter.objects.create(client_id=client.client_id, span="day", at=now, name="token:refresh_token", count=1)
    incident.begin(client.issuer, "a leak")
    with CaptureQueriesContext(connection) as captured:
        texts = _texts(operator)
    assert len(captured) <= 20
    for part in (
        "the incident switch is on",
        "A secret of Late has expired",
        "A secret of Photo Market expires",
        "has no next RS256 key",
        "ES256 key is due for rotation",
        "not reached to tell them of a sign-out",
        "manage.py rotate_keys was not run",
        "Late got no token in the last 30 days",
    ):
        assert [text for text in texts if part in text], (part, texts)
    assert not [text for text in texts if "Off" in text or "Photo Market got no" in text]
    for matter in _home(operator)["matters"]:
        assert operator.get(matter.url).status_code == 200, matter.url
    levels = [matter.level for matter in _home(operator)["matters"]]
    assert levels == sorted(levels)


def test_the_plots_say_what_the_counters_say(operator: Browser, staff: Callable[..., Browser], client: Client) -> None:
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    for hours, name, count in (
        (0, "token:refresh_token", 30), (0, "token:client_credentials", 20), (5, "token:refresh_token", 100),
        (1, "refused:invalid_client", 7), (30, "refused:invalid_grant", 9), (99, "token:refresh_token", 5),
    ):  # fmt: skip
        Counter.objects.create(span="hour", at=now - timedelta(hours=hours), name=name, count=count)
    Counter.objects.create(client_id="x", span="hour", at=now, name="token:refresh_token", count=1000)
    home = _home(operator)
    tokens, refused = home["plots"]
    assert (tokens.total, tokens.most, refused.total, refused.most) == (150, 100, 16, 9)
    assert [(bar.count, bar.height) for bar in tokens.bars if bar.count] == [(100, 100), (50, 50)]
    assert home["refusals"] == [("invalid_client", 7)]
    page = operator.get(OF_THE_APP).content.decode()
    assert page.count("<rect") == 4
    assert "style=" not in page
    # who may look at nothing of it sees the admin as it was
    assert staff("view_client").get(HOME).context["home"] is None


@pytest.mark.bar("O14.1")
def test_the_deployment_page_shows_how_this_server_runs(
    operator: Browser, client: Client, mailoutbox: list[mail.EmailMessage], settings: Any
) -> None:
    url = reverse("admin:oauth_server_deployment")
    jobs.note("clear_expired")
    AccessTokenFactory(expires=clock.now() - timedelta(hours=30))
    settings.SECURE_HSTS_SECONDS = 0
    page = operator.get(url)
    told = page.content.decode()
    assert "security.W004" in told
    assert "/.well-known/jwks.json" in told
    table = next(table for table in page.context["tables"] if table.name == "access tokens")
    assert clock.now() - table.oldest > timedelta(hours=29)
    assert (table.rows is not None) is (connection.vendor == "postgresql")
    ran = {job.name: (job.finished is not None, job.is_overdue) for job in page.context["jobs"]}
    assert ran["clear_expired"] == (True, False)
    assert ran["rotate_keys"] == (False, True)
    with CaptureQueriesContext(connection) as captured:
        operator.get(url)
    assert not [query for query in captured if "COUNT(" in query["sql"].upper()]
    for _ in range(6):
        answer = operator.post(url, follow=True)
    assert [message.to for message in mailoutbox] == [["operator@example.org"]] * 5
    assert "enough tests" in answer.content.decode()
