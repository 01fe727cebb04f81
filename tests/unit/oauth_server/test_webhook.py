"""Standard Webhooks: every audit event reaches the webhook once, signed, however often that has to be tried."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from django.core.management import call_command
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oauth_server import audit, webhook
from oauth_server.audit import Event
from oauth_server.models import AuditEvent, WebhookDelivery
from tests.conftest import Clock

pytestmark = pytest.mark.django_db

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


@pytest.fixture
def received(httpserver: HTTPServer, settings: Any) -> list[Request]:
    """What the webhook got; it answers with the status in `answers`, the last for ever."""
    got: list[Request] = []

    def take(request: Request) -> Response:
        got.append(request)
        return Response(status=500 if len(got) < 3 else 204)

    httpserver.expect_request("/hook").respond_with_handler(take)
    settings.OAUTH_SERVER = {
        **settings.OAUTH_SERVER,
        "AUDIT_WEBHOOK_URL": httpserver.url_for("/hook"),
        "AUDIT_WEBHOOK_SECRET": SECRET,
        "FETCH_PRIVATE_HOSTS": ["localhost"],
    }
    return got


@pytest.mark.bar("O7.3")
@pytest.mark.threat(73)
def test_an_event_is_sent_until_it_is_taken_with_one_name_and_a_good_signature(
    received: list[Request], moving_clock: Clock, settings: Any
):
    with audit.origin(actor="staff:ada", address="192.0.2.1", trace_id="a" * 32), audit.because("a leak"):
        event = audit.record(
            Event.KEY_REVOKED, target="key-1", reason="oas_at_canary1234", changes={"state": ["a", "b"]}
        )
    assert webhook.deliver_all_due() == 1
    assert webhook.deliver_all_due() == 0
    moving_clock.move(29)
    assert webhook.deliver_all_due() == 0
    moving_clock.move(1)
    assert webhook.deliver_all_due() == 1
    moving_clock.move(60)
    call_command("deliver_logouts", verbosity=0)
    assert len(received) == 3
    assert {request.headers["webhook-id"] for request in received} == {f"audit_{event.pk}"}
    last = received[-1]
    signed = f"audit_{event.pk}.{last.headers['webhook-timestamp']}.".encode() + last.get_data()
    expected = base64.b64encode(hmac.digest(b"k" * 32, signed, hashlib.sha256)).decode()
    assert last.headers["webhook-signature"] == f"v1,{expected}"
    told = json.loads(last.get_data())
    assert told == {
        "type": "key:revoked",
        "timestamp": event.at.isoformat(),
        "data": {
            "id": event.pk,
            "at": event.at.isoformat(),
            "event": "key:revoked",
            "actor": "staff:ada",
            "object": "key-1",
            "reason": "[redacted]",
            "note": "a leak",
            "changes": {"state": ["a", "b"]},
            "address": "192.0.2.1",
            "trace_id": "a" * 32,
        },
    }
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts, row.next_attempt, row.last_error) == ("delivered", 3, None, "")
    assert not webhook.retry(row)


def test_it_is_given_up_once_and_an_operator_has_it_tried_again(
    received: list[Request], moving_clock: Clock, settings: Any
):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "AUDIT_WEBHOOK_ATTEMPTS": 1}
    audit.record(Event.KEY_REVOKED)
    webhook.deliver_all_due()
    row = WebhookDelivery.objects.get()
    assert (row.state, row.last_error) == ("failed", "HTTP status 500")
    # it is not told of itself
    assert AuditEvent.objects.latest("pk").event == "webhook:undelivered"
    assert WebhookDelivery.objects.count() == 1
    assert webhook.retry(row)
    assert webhook.deliver_all_due() == 2
    assert webhook.deliver_all_due() == 0


def test_nothing_is_kept_for_a_webhook_that_is_none(settings: Any):
    audit.record(Event.KEY_REVOKED)
    assert not WebhookDelivery.objects.exists()
