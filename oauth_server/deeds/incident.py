"""The incident switch of an issuer: it issues nothing until an operator turns it back on; what was issued may end at once as well.

RFC 6749 §4.1.2.1 `temporarily_unavailable` at the authorization endpoint, 503 at the others. Introspection, revocation and sign-out go on.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.models import Issuer
from oauth_server.tokens import revoke


def running() -> "QuerySet[Issuer]":
    """The issuers that are stopped, the longest first."""
    return Issuer.objects.filter(stopped_at__isnull=False).order_by("stopped_at")


@transaction.atomic
def begin(issuer: Issuer, reason: str, *, stop: bool = True, revoke_everything: bool = False) -> None:
    """Both, or one of the two. Stopping an issuer that is stopped changes nothing; revoking again ends what came since."""
    now = clock.now()
    because = audit.told(reason)
    if stop and _set(issuer, None, stopped_at=now, stopped_because=because):
        audit.record(
            Event.ISSUING_STOPPED,
            issuer=issuer,
            target=issuer.identifier,
            reason=reason,
            changes={"stopped_at": [None, now.isoformat()]},
        )
    if revoke_everything:
        revoke.issuer_before(issuer, now, reason)


@transaction.atomic
def end(issuer: Issuer, reason: str) -> bool:
    """Issue again. Returns whether it was stopped. What was revoked stays revoked."""
    row = Issuer.objects.get(pk=issuer.pk)
    if row.stopped_at is None or not _set(row, row.stopped_at, stopped_at=None, stopped_because=""):
        return False
    audit.record(
        Event.ISSUING_RESUMED,
        issuer=issuer,
        target=issuer.identifier,
        reason=reason,
        changes={"stopped_at": [row.stopped_at.isoformat(), None]},
    )
    return True


def _set(issuer: Issuer, before: datetime | None, **values: Any) -> bool:
    """Whether this call was the one that turned the switch."""
    return Issuer.objects.filter(pk=issuer.pk, stopped_at=before).update(**values) == 1
