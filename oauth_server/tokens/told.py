"""OpenID Connect Back-Channel Logout 1.0 §2.5: which clients a sign-in told, and the outbox of what they hear when it ends.

Both are written in the transaction that makes the family, or ends the session; nothing is sent here.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from oauth_server import clock, signals
from oauth_server.conf import settings
from oauth_server.models import Client, LogoutDelivery, Session, SessionClient

# How long the operator sees what became of a delivery
KEPT = timedelta(days=30)


def remember(session: Session, client: Client, sub: str) -> None:
    """A client that has somewhere to be told of the end gets its ID token of this session. One statement, none for other clients."""
    if client.frontchannel_logout_uri or client.backchannel_logout_uri:
        row = SessionClient(session=session, client=client, sub=sub, expires=session.expires)
        SessionClient.objects.bulk_create([row], ignore_conflicts=True)


def end(session: Session, reason: str) -> None:
    """The outbox rows of a session that ends now."""
    _write(SessionClient.objects.filter(session=session.pk))
    transaction.on_commit(
        lambda: signals.session_ended.send_robust(
            sender=Session, session_id=session.pk, user_id=session.user_id, reason=reason
        )
    )


def leave(user_id: Any, client: Client) -> None:
    """A client that a person removed hears what it would at their sign-out; their sign-ins go on without it."""
    rows = SessionClient.objects.filter(client=client.pk, session__user=user_id, session__ended_at=None)
    _write(rows)
    SessionClient.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).delete()


def _write(told: "QuerySet[SessionClient]") -> None:
    if not settings.BACKCHANNEL_LOGOUT:
        return
    now = clock.now()
    reachable = told.filter(client__enabled=True).exclude(client__backchannel_logout_uri="")
    rows = LogoutDelivery.objects.bulk_create(
        LogoutDelivery(
            issuer_id=issuer,
            client_id=client,
            session_id=session,
            sub=sub,
            next_attempt=now,
            created=now,
            expires=now + KEPT,
        )
        for issuer, client, session, sub in reachable.values_list("session__issuer", "client", "session", "sub")
    )
    if rows:
        keys = [row.pk for row in rows]
        transaction.on_commit(lambda: signals.logouts_due.send_robust(sender=LogoutDelivery, deliveries=keys))
