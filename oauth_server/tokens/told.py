"""OpenID Connect Back-Channel Logout 1.0 §2.5: which clients a sign-in told, and the outbox of what they hear when it ends.

Both are written in the transaction that makes the family, or ends the session; nothing is sent here.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction

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
    keys = [row.pk for row in _deliveries(session)]
    transaction.on_commit(
        lambda: signals.session_ended.send_robust(
            sender=Session, session_id=session.pk, user_id=session.user_id, reason=reason, deliveries=keys
        )
    )


def _deliveries(session: Session) -> list[Any]:
    if not settings.BACKCHANNEL_LOGOUT:
        return []
    now = clock.now()
    told = SessionClient.objects.filter(session=session.pk, client__enabled=True)
    rows = [
        LogoutDelivery(
            issuer_id=session.issuer_id,
            client_id=client,
            session=session,
            sub=sub,
            next_attempt=now,
            created=now,
            expires=now + KEPT,
        )
        for client, sub in told.exclude(client__backchannel_logout_uri="").values_list("client", "sub")
    ]
    return LogoutDelivery.objects.bulk_create(rows)
