"""The audit log: refusals, replays, revocations, consents, sign-ins and operators' acts. A success is recorded by the rows it stores.

`record` is called inside the transaction of the step it tells of, and never sees a token, a code or a secret.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from django.db import transaction

from oauth_server import clock
from oauth_server.conf import settings
from oauth_server.models import AuditEvent, Client, Issuer, WebhookDelivery
from oauth_server.signals import audit_recorded, webhooks_due
from oauth_server.values import value

logger = logging.getLogger("oauth_server.audit")

# A reason may quote what was sent, and a confused client sends a credential where a name belongs
# whatever begins like a JWT is taken for one: a pattern that asked for its dots would try again at every "eyJ"
_CREDENTIAL = re.compile(r"\boas_[a-z]{2,4}_\w+|\beyJ[\w.-]+", re.ASCII)
_LONGEST = 500
# So long the deliveries to the webhook are listed
_KEPT = timedelta(days=30)
MEMBERS = tuple("event actor issuer client_id user_id object reason note changes address trace_id".split())


class Event(StrEnum):
    """Named `object:verb`."""

    REQUEST_REFUSED = "request:refused"
    CLIENT_REFUSED = "client:refused"
    CODE_REPLAYED = "code:replayed"
    REFRESH_TOKEN_REPLAYED = "refresh_token:replayed"
    TOKEN_REVOKED = "token:revoked"
    TOKEN_LOOKED_UP = "token:looked_up"
    FAMILY_REVOKED = "family:revoked"
    SESSION_ENDED = "session:ended"
    LOGOUT_UNDELIVERED = "logout:undelivered"
    LOGOUT_RETRIED = "logout:retried"
    WEBHOOK_UNDELIVERED = "webhook:undelivered"
    WEBHOOK_RETRIED = "webhook:retried"
    AUDIT_EXPORTED = "audit:exported"
    ROLE_GIVEN = "role:given"
    PERSON_CHANGED = "person:changed"
    PERSON_CREATED = "person:created"
    PERSON_INVITED = "person:invited"
    PERSON_DELETED = "person:deleted"
    PEOPLE_IMPORTED = "people:imported"
    PERSON_SIGNED_IN = "person:signed_in"
    PERSON_REFUSED = "person:refused"
    PERSON_EMAIL_RESTORED = "person:email_restored"
    TERMS_ACCEPTED = "terms:accepted"
    TERMS_CHANGED = "terms:changed"
    PASSWORD_CHANGED = "person:password_changed"
    EMAIL_CHANGED = "person:email_changed"
    FACTOR_ADDED = "factor:added"
    FACTOR_REMOVED = "factor:removed"
    FACTORS_RESET = "factor:reset"
    FACTORS_RESET_ASKED = "factor:reset_asked"
    FACTORS_RESET_CANCELLED = "factor:reset_cancelled"
    PERSON_DISOWNED = "person:disowned"
    DATA_EXPORTED = "person:data_exported"
    DELETION_REQUESTED = "person:deletion_requested"
    DELETION_ENDED = "person:deletion_ended"
    DEVICE_APPROVED = "device:approved"
    DEVICE_DENIED = "device:denied"
    CONSENT_GIVEN = "consent:given"
    CONSENT_DENIED = "consent:denied"
    CONSENT_WITHDRAWN = "consent:withdrawn"
    CLIENT_CREATED = "client:created"
    CLIENT_CHANGED = "client:changed"
    CLIENT_DELETED = "client:deleted"
    CLIENT_TRIED = "client:tried"
    ADMIN_TOKEN_CREATED = "admin_token:created"
    INITIAL_ACCESS_TOKEN_CREATED = "initial_access_token:created"
    INITIAL_ACCESS_TOKEN_DELETED = "initial_access_token:deleted"
    SECRET_CREATED = "secret:created"
    SECRET_DELETED = "secret:deleted"
    ISSUER_CREATED = "issuer:created"
    ISSUER_CHANGED = "issuer:changed"
    TRUSTED_ISSUER_CHANGED = "trusted_issuer:changed"
    SCOPE_CHANGED = "scope:changed"
    AUDIENCE_CHANGED = "audience:changed"
    DETAIL_TYPE_CHANGED = "authorization_detail_type:changed"
    KEY_CREATED = "key:created"
    KEY_ROTATED = "key:rotated"
    KEY_REVOKED = "key:revoked"
    EVERYTHING_REVOKED = "issuer:tokens_revoked"
    TOKENS_REVOKED = "tokens:revoked"
    ISSUING_STOPPED = "issuer:stopped"
    ISSUING_RESUMED = "issuer:resumed"


@value(frozen=True, slots=True)
class Origin:
    """Who acts, and from where: set once at the edge by the endpoint, the admin or the command."""

    actor: str = ""
    address: str = ""
    trace_id: str = ""
    note: str = ""


_NOBODY = Origin()
_origin: ContextVar[Origin] = ContextVar("oauth_server_audit_origin", default=_NOBODY)
_client: "ContextVar[Client | None]" = ContextVar("oauth_server_audit_client", default=None)


class origin:
    """Everything recorded inside carries this actor, address and trace id. A class: a generator costs every request twice as much."""

    __slots__ = ("_here", "_nobody", "_token")

    def __init__(self, *, actor: str = "", address: str = "", trace_id: str = "") -> None:
        self._here = Origin(actor, address, trace_id)

    def __enter__(self) -> None:
        self._token = _origin.set(self._here)
        self._nobody = _client.set(None)

    def __exit__(self, *_: object) -> None:
        _client.reset(self._nobody)
        _origin.reset(self._token)


@contextmanager
def because(note: str) -> Iterator[None]:
    """Everything recorded inside carries the reason that the person who acts gave."""
    here = _origin.get()
    token = _origin.set(Origin(here.actor, here.address, here.trace_id, note))
    try:
        yield
    finally:
        _origin.reset(token)


def about(client: Client) -> None:
    """Until the origin ends, a refusal that names no client is one of this client's."""
    _client.set(client)


def asking_client() -> Client | None:
    return _client.get()


def current() -> Origin:
    return _origin.get()


def told(reason: str) -> str:
    """A reason as it may be written down: shortened, without what looks like a credential."""
    return _CREDENTIAL.sub("[redacted]", _storable(reason))[:_LONGEST]


def _storable(text: str) -> str:
    """What PostgreSQL takes as text: no NUL, no half of a character, as a path or a parameter can bring them."""
    return text.replace("\x00", "?").encode("utf-8", "replace").decode()


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The members that are no longer what they were, each with both values: the `changes` of an event."""
    return {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}


def record(
    event: Event,
    *,
    actor: str = "",
    issuer: Issuer | None = None,
    client: Client | None = None,
    user_id: object = "",
    target: object = "",
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Append an event. `changes` maps a field to [before, after], secrets left out by the caller."""
    here = _origin.get()
    reason = told(reason)
    row = AuditEvent(
        at=clock.now(),
        event=event,
        actor=(actor or here.actor)[:300],
        issuer=str(issuer.pk) if issuer else "",
        client_id=client.client_id if client else "",
        user_id=str(user_id or "")[:64],
        object=_storable(str(target))[:300],
        reason=reason,
        note=told(here.note),
        changes=dict(changes or {}),
        address=here.address,
        trace_id=here.trace_id,
    )
    row.save()
    logger.info(
        "%s",
        event,
        extra={"event": str(event), "trace_id": here.trace_id, "client_id": row.client_id, "reason": reason},
    )
    if settings.AUDIT_WEBHOOK_URL and event is not Event.WEBHOOK_UNDELIVERED:
        _send_later(row)
    audit_recorded.send_robust(sender=AuditEvent, event=row)
    return row


def _send_later(row: AuditEvent) -> None:
    """With the event, in its transaction; what cannot be delivered would tell of itself for ever."""
    due = WebhookDelivery.objects.create(event=row, next_attempt=row.at, created=row.at, expires=row.at + _KEPT)
    transaction.on_commit(partial(webhooks_due.send_robust, sender=WebhookDelivery, deliveries=[due.pk]))


def as_json(row: AuditEvent) -> dict[str, Any]:
    """An event as the export and the webhook tell it; empty members are left out."""
    members = {name: getattr(row, name) for name in MEMBERS if getattr(row, name)}
    return {"id": row.pk, "at": row.at.isoformat(), **members}
