"""The audit log: append-only, told of who and where, never of credentials."""

import time
from typing import Any

import pytest

from oauth_server import audit, issuers
from oauth_server.audit import Event
from oauth_server.models import AuditEvent
from oauth_server.signals import audit_recorded
from oauth_server.tokens import opaque
from tests.factories import ClientFactory

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
    started = time.process_time()
    audit.told(part * (65_536 // len(part)))
    assert time.process_time() - started < 1


@pytest.mark.django_db
@pytest.mark.threat(69)
def test_what_no_database_takes_as_text_is_written_down_all_the_same():
    row = audit.record(Event.REQUEST_REFUSED, target="/oauth2/register/\x00\ud800", reason="\x00\ud800")
    row.refresh_from_db()
    assert (row.object, row.reason) == ("/oauth2/register/??", "??")
