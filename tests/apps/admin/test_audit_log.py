"""The audit log in the console: found by trace, client, person, actor, event and time; exported; nothing of it is secret."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.models import AuditEvent, Client
from oauth_server.policy import roles
from tests.apps.admin.conftest import list_of
from tests.factories import AuditEventFactory

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def events(db: None, client: Client, person: Any) -> dict[str, AuditEvent]:
    now = clock.now()
    with audit.origin(actor="staff:ada@example.org", address="192.0.2.1", trace_id=TRACE), audit.because("lost laptop"):
        revoked = audit.record(
            Event.KEY_REVOKED, client=client, user_id=person.pk, reason="oas_at_canary4711", changes={"a": [1, 2]}
        )
    old = AuditEventFactory(at=now - timedelta(days=3), event=Event.REQUEST_REFUSED, reason="=1+1")
    return {"revoked": revoked, "old": old}


def _found(browser: Browser, **query: str) -> list[int]:
    with CaptureQueriesContext(connection) as captured:
        page = browser.get(list_of("auditevent"), query)
    assert len(captured) <= 10
    assert not [sql for sql in captured if "COUNT(" in sql["sql"].upper()]
    return [row.pk for row in page.context["cl"].result_list if row.event != Event.CLIENT_CREATED]


@pytest.mark.bar("O7.2", "O11.1", "O12.1")
def test_an_event_is_found_by_whatever_is_known_of_it(
    operator: Browser, events: dict[str, AuditEvent], client: Client, person: Any
) -> None:
    new, old = events["revoked"].pk, events["old"].pk
    for term in (TRACE, client.client_id, person.email, str(person.pk), "staff:ada@example.org", "ada@example.org"):
        assert _found(operator, q=term) == [new], term
    assert _found(operator, q="canary") == []
    assert _found(operator, event="request:refused") == [old]
    before = (clock.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert _found(operator, since=before) == [new]
    assert _found(operator, until=before, event="request:refused") == [old]
    assert _found(operator, since="soon", until="") == [old, new]
    page = operator.get(reverse("admin:oauth_server_auditevent_change", args=[new])).content.decode()
    assert "lost laptop" in page
    assert "canary4711" not in page
    # one click to all of the same trace, client, person and actor
    for column, value in (("trace_id", TRACE), ("client_id", client.client_id), ("user_id", str(person.pk))):
        assert f'?{column}__exact={value}"' in page
        assert _found(operator, **{f"{column}__exact": value}) == [new]
    # live, for who asks for it, where the newest are
    live = operator.get(list_of("auditevent"), {"live": "1", "client_id__exact": client.client_id})
    assert (live["Refresh"], "Stop" in live.content.decode()) == ("5", True)
    assert "Refresh" not in operator.get(list_of("auditevent"), {"live": "1", "before": "9"}).headers
    # and it is one of the client's pages
    assert [text for _url, text, here in live.context["tabs"] if here] == ["Events"]
    listed = operator.get(list_of("auditevent"), {"event": "key:revoked", "since": before}).content.decode()
    assert "Photo Market</bdi>" not in listed
    assert '<option value="key:revoked" selected>' in listed
    assert f'value="{before}"' in listed


@pytest.mark.bar("O7.3", "O11.1")
def test_what_is_found_is_exported_as_lines_and_as_a_table(
    operator: Browser, staff: Callable[..., Browser], events: dict[str, AuditEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oauth_server.deeds.rows._AT_ONCE", 1)
    url = reverse("admin:oauth_server_auditevent_export")
    answer = operator.get(url, {"format": "json"})
    assert (answer.streaming, answer["Content-Type"]) == (True, "application/x-ndjson")
    lines = [json.loads(line) for line in answer.getvalue().decode().splitlines()][1:]
    new = events["revoked"]
    assert [line["id"] for line in lines][:2] == [new.pk, events["old"].pk]
    assert lines[0]["at"] == new.at.isoformat()
    told = ("event", "actor", "reason", "note", "changes", "address", "trace_id")
    assert [lines[0][name] for name in told] == [
        "key:revoked", "staff:ada@example.org", "[redacted]", "lost laptop", {"a": [1, 2]}, "192.0.2.1", TRACE,
    ]  # fmt: skip
    assert AuditEvent.objects.latest("pk").event == "audit:exported"
    rows = list(csv.DictReader(io.StringIO(operator.get(url, {"event": "request:refused"}).getvalue().decode())))
    assert [(row["id"], row["reason"]) for row in rows] == [(str(events["old"].pk), "'=1+1")]
    assert operator.get(url, {"format": "xml"}).status_code == 404
    # who may look may not carry all of it away
    looking = staff("view_auditevent")
    assert looking.get(url).status_code == 403
    assert f'href="{url}' not in looking.get(list_of("auditevent")).content.decode()
    assert roles.role_of(roles.EXPORT_AUDIT) == "security"


@pytest.mark.bar("O11.1")
def test_a_list_is_exported_as_it_is_filtered(operator: Browser, client: Client) -> None:
    Client.objects.create(issuer=client.issuer, name="Other", enabled=False)
    shown = operator.get(list_of("client"), {"enabled__exact": "1"}).content.decode()
    url = reverse("admin:oauth_server_client_export")
    assert f"{url}?enabled__exact=1&amp;format=json" in shown
    (line,) = operator.get(url, {"enabled__exact": "1", "format": "json"}).getvalue().decode().splitlines()
    told = json.loads(line)
    assert (told["__str__"], told["enabled"], told["client_id"]) == ("Photo Market", True, client.client_id)
    assert told["issuer_link"] == str(client.issuer)
