"""Standard Webhooks: each audit event is posted to AUDIT_WEBHOOK_URL, signed, and tried again until it is taken; see `outbox.py`.

https://www.standardwebhooks.com: `webhook-id` is the same at every attempt, so that a receiver counts an event once.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from oauth_server import audit, outbox
from oauth_server.audit import Event
from oauth_server.conf import settings
from oauth_server.models import AuditEvent, WebhookDelivery
from oauth_server.outbox import Call

_SECRET_PREFIX = "whsec_"


class Outbox(outbox.Outbox):
    model = WebhookDelivery
    name = "deliver_webhooks"

    @property
    def most_attempts(self) -> int:
        return settings.AUDIT_WEBHOOK_ATTEMPTS

    def prepare(self, key: int, now: datetime) -> Call | None:
        row = WebhookDelivery.objects.get(pk=key)
        event = AuditEvent.objects.filter(pk=row.event_id).first()
        if event is None or not settings.AUDIT_WEBHOOK_URL:
            self.give_up(row, "the event is gone, or AUDIT_WEBHOOK_URL is empty")
            return None
        told = {"type": event.event, "timestamp": event.at.isoformat(), "data": audit.as_json(event)}
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        return Call(row, settings.AUDIT_WEBHOOK_URL, body, headers(f"audit_{event.pk}", now, body))

    def given_up(self, row: Any, error: str) -> None:
        audit.record(Event.WEBHOOK_UNDELIVERED, target=f"audit event {row.event_id}", reason=error)


def headers(name: str, now: datetime, body: bytes) -> dict[str, str]:
    """With the signature over name, time and body."""
    timestamp = str(int(now.timestamp()))
    signed = hmac.digest(_key(), f"{name}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def _key() -> bytes:
    """Standard Webhooks writes a key as `whsec_` and Base64; anything else is taken as it is."""
    secret = settings.AUDIT_WEBHOOK_SECRET
    if secret.startswith(_SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


_outbox = Outbox()
deliver_all_due = _outbox.deliver_all_due


def retry(row: WebhookDelivery) -> bool:
    """An operator wants it tried again, with all attempts. Returns whether it was not delivered yet."""
    if not _outbox.again(row):
        return False
    audit.record(Event.WEBHOOK_RETRIED, target=f"audit event {row.event_id}")
    transaction.on_commit(partial(_outbox.deliver_soon, [row.pk]))
    return True


def webhooks_due(sender: Any, deliveries: Collection[int], **_: Any) -> None:
    """Receiver of the signal of this name."""
    _outbox.deliver_soon(deliveries)
