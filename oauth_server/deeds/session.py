"""Sign-ins as an operator ends them: with what lives only while they do, and their clients are told (Back-Channel Logout 1.0 §2.5)."""

from collections.abc import Iterable

from django.db import transaction

from oauth_server.models import Session
from oauth_server.tokens import revoke


@transaction.atomic
def end(rows: Iterable[Session], reason: str) -> int:
    """Returns how many were live until now."""
    living = [row for row in rows if row.ended_at is None]
    for row in living:
        revoke.session(row, reason)
    return len(living)
