"""OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.8: clients are told of a sign-out, outside the person's request; see `outbox.py`."""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.db import transaction

from oauth_server import audit, outbox
from oauth_server.audit import Event
from oauth_server.claims import subject
from oauth_server.conf import settings
from oauth_server.errors import OAuthError
from oauth_server.keys.store import NoKey
from oauth_server.models import LogoutDelivery
from oauth_server.outbox import Call
from oauth_server.tokens import logout_token


class Outbox(outbox.Outbox):
    model = LogoutDelivery
    name = "deliver_logouts"
    # §2.8: 200; 204 is what some frameworks make of an empty answer
    good = frozenset({200, 204})

    @property
    def most_attempts(self) -> int:
        return settings.LOGOUT_ATTEMPTS

    def prepare(self, key: int, now: datetime) -> Call | None:
        row = LogoutDelivery.objects.select_related("client__issuer", "issuer").filter(pk=key).first()
        if row is None:
            # the join finds no client: it is deleted
            LogoutDelivery.objects.filter(pk=key).update(state=LogoutDelivery.State.FAILED, next_attempt=None)
            return None
        client = row.client
        if not client.enabled or not client.backchannel_logout_uri:
            self.give_up(row, "the client is switched off, or has no address for sign-outs any more")
            return None
        try:
            sid = subject.sid(row.session_id, client)
            token = logout_token.make(row.issuer, client, sub=row.sub, sid=sid, now=now)
        except (NoKey, OAuthError) as error:
            self.tried(row, f"no key: {error}")
            return None
        return Call(row, client.backchannel_logout_uri, urlencode({"logout_token": token}).encode(), outbox.FORM)

    def given_up(self, row: Any, error: str) -> None:
        audit.record(
            Event.LOGOUT_UNDELIVERED, issuer=row.issuer, client=row.client, target=row.session_id, reason=error
        )


_outbox = Outbox()
due = _outbox.due
deliver = _outbox.deliver
deliver_all_due = _outbox.deliver_all_due
deliver_soon = _outbox.deliver_soon


def retry(row: LogoutDelivery) -> bool:
    """An operator wants it tried again, with all attempts. Returns whether it was not delivered yet."""
    if not _outbox.again(row):
        return False
    audit.record(Event.LOGOUT_RETRIED, issuer=row.issuer, client=row.client, target=row.session_id)
    transaction.on_commit(partial(deliver_soon, [row.pk]))
    return True


def logouts_due(sender: Any, deliveries: Collection[int], **_: Any) -> None:
    """Receiver of the signal of this name."""
    deliver_soon(deliveries)
