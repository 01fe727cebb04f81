"""The audit log: append-only, told of who and where, never of credentials."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from oauth_server import audit, clock, issuers
from oauth_server.audit import Event
from oauth_server.models import AuditEvent, Session, append_only
from oauth_server.signals import audit_recorded
from oauth_server.tokens import jobs, opaque
from tests.effort import at_most
from tests.factories import AuditEventFactory, ClientFactory, SessionFactory

pytestmark = pytest.mark.django_db


def test_an_event_names_who_what_where_and_why(moving_clock: Any):
    client = ClientFactory()
    with audit.origin(actor="ada", address="192.0.2.1", trace_id="t" * 32):
        row = audit.record(
            Event.TOKEN_REVOKED, issuer=client.issuer, client=client, user_id=7, target="access_token 1", reason="asked"
        )
    row.refresh_from_db()
    assert {name: value for name, value in vars(row).items() if not name.startswith("_") and name != "id"} == {
        "at": moving_clock.time,
        "event": "token:revoked",
        "actor": "ada",
        "issuer": str(client.issuer.pk),
        "client_id": client.client_id,
        "user_id": "7",
        "object": "access_token 1",
        "reason": "asked",
        "note": "",
        "changes": {},
        "address": "192.0.2.1",
        "trace_id": "t" * 32,
    }


def test_the_origin_ends_with_its_block():
    with audit.origin(actor="ada"), audit.origin(actor="eve"):
        assert audit.current().actor == "eve"
    assert audit.current() == audit.Origin()
    assert audit.record(Event.CLIENT_CREATED, actor="root").actor == "root"


@pytest.mark.threat(95)
def test_an_event_is_never_changed_or_deleted():
    row = audit.record(Event.CLIENT_CREATED)
    with pytest.raises(TypeError):
        row.save()
    with pytest.raises(TypeError):
        row.delete()
    assert AuditEvent.objects.count() == 1


@pytest.mark.bar("O12.1")
@pytest.mark.threat(95)
def test_the_database_keeps_what_is_recorded_and_lets_it_go_through_one_door():
    before = clock.now()
    old = AuditEventFactory(at=before - timedelta(days=800), address="192.0.2.1")
    row = AuditEventFactory(at=before, address="192.0.2.1")
    table = AuditEvent._meta.db_table
    statements = [f"UPDATE {table} SET reason = 'nothing'", f"UPDATE {table} SET address = ''", f"DELETE FROM {table}"]
    statements += [f"TRUNCATE {table}"] if connection.vendor == "postgresql" else []

    def refused(statement: str) -> None:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    for statement in statements:
        refused(statement)
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEvent.objects.all().delete()
    with append_only.door(before - timedelta(days=1)):
        for statement in statements:
            refused(statement)
        refused(f"UPDATE {table} SET address = '', actor = 'eve' WHERE id = {old.pk}")
        AuditEvent.objects.filter(pk=old.pk).update(address="")
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEvent.objects.filter(pk=old.pk).delete()
    call_command("clear_expired", verbosity=0)
    assert list(AuditEvent.objects.values_list("pk", "address")) == [(row.pk, "192.0.2.1")]
    append_only.TRIGGERS.install("default")
    refused(statements[-1])


def test_where_people_were_is_forgotten_before_what_happened(settings: Any):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SESSION_RETENTION": 400 * 86_400}
    now = clock.now()
    events = [AuditEventFactory(at=now - timedelta(days=days), address="192.0.2.1") for days in (91, 89)]
    columns = {"address": "192.0.2.1", "user_agent": "Firefox"}
    sessions = [SessionFactory(expires=now - timedelta(days=days), **columns) for days in (91, 89, -1)]
    call_command("clear_expired", batch=1, verbosity=0)
    assert [AuditEvent.objects.get(pk=row.pk).address for row in events] == ["", "192.0.2.1"]
    kept = [Session.objects.values_list("address", "user_agent").get(pk=row.pk) for row in sessions]
    assert kept == [(None, ""), ("192.0.2.1", "Firefox"), ("192.0.2.1", "Firefox")]
    assert jobs.last_runs()["clear_expired"] is not None
    assert "clear_expired" not in jobs.overdue(clock.now())
    assert jobs.overdue(now + timedelta(days=3)) == list(jobs.EXPECTED)


CREDENTIALS = {
    "access token": opaque.make(opaque.ACCESS_TOKEN, None),
    "client secret": opaque.make(opaque.CLIENT_SECRET, None),
    "registration access token": opaque.make(opaque.REGISTRATION_ACCESS_TOKEN, None),
    "JWT": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
}


@pytest.mark.threat(99)
@pytest.mark.parametrize("kind", CREDENTIALS)
def test_a_reason_that_quotes_a_credential_does_not_keep_it(kind: str, caplog: pytest.LogCaptureFixture):
    credential = CREDENTIALS[kind]
    with caplog.at_level("DEBUG"):
        row = audit.record(Event.REQUEST_REFUSED, reason=f"scope '{credential}' is unknown")
    assert row.reason == "scope '[redacted]' is unknown"
    assert credential not in str([vars(record) for record in caplog.records])


def test_a_long_reason_is_shortened_and_long_names_fit_their_columns():
    row = audit.record(
        Event.REQUEST_REFUSED, actor="a" * 1_000, target="t" * 1_000, user_id="u" * 100, reason="r" * 10_000
    )
    row.refresh_from_db()
    assert [len(value) for value in (row.actor, row.object, row.user_id, row.reason)] == [300, 300, 64, 500]


def test_listeners_hear_of_it_and_cannot_stop_it():
    heard = []

    def broken(sender: Any, event: AuditEvent, **kwargs: Any) -> None:
        heard.append(event.event)
        raise RuntimeError

    audit_recorded.connect(broken)
    try:
        audit.record(Event.CLIENT_CREATED, issuer=issuers.first())
    finally:
        audit_recorded.disconnect(broken)
    assert heard == ["client:created"]
    assert AuditEvent.objects.count() == 1


def test_events_are_named_object_and_verb():
    assert all(event.count(":") == 1 and event == event.lower() for event in Event)
    assert max(map(len, Event)) <= 64


@pytest.mark.threat(67)
@pytest.mark.parametrize("part", ["eyJ-", "eyJ.", "oas_at_", "oas_"])
def test_a_long_reason_takes_no_longer_than_its_length(part: str):
    with at_most(1):
        audit.told(part * (65_536 // len(part)))


@pytest.mark.django_db
@pytest.mark.threat(69)
def test_what_no_database_takes_as_text_is_written_down_all_the_same():
    row = audit.record(Event.REQUEST_REFUSED, target="/oauth2/register/\x00\ud800", reason="\x00\ud800")
    row.refresh_from_db()
    assert (row.object, row.reason) == ("/oauth2/register/??", "??")
