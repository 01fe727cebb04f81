"""ASVS 5.0 6.3.7 an address that was a person's: whether it can still become theirs again, and how it does."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.conf import settings
from oauth_server.models import AuditEvent

from .models import User

# A mail is written a moment after what it tells of
LEEWAY = timedelta(minutes=5)


class Changed(NamedTuple):
    """What a link in a mail says: whose address may have been changed, which one it was, and when the mail was written."""

    user_id: str
    former: str
    at: datetime


def is_theirs(user: Any, address: str) -> bool:
    return bool(
        user.email == address or EmailAddress.objects.filter(user_id=user.pk, email=address, verified=True).exists()
    )


def can_return(user: Any, change: Changed) -> bool:
    """Whether the person changed it away a while ago at most, and nobody else has it now."""
    since = max(change.at - LEEWAY, clock.now() - timedelta(seconds=settings.EMAIL_UNDO_LIFETIME))
    changes = AuditEvent.objects.filter(event=Event.EMAIL_CHANGED, user_id=str(user.pk), at__gte=since)
    return changes.exists() and not is_taken(user, change.former) and not is_undone(user, change)


def is_taken(user: Any, address: str) -> bool:
    confirmed = EmailAddress.objects.filter(email=address, verified=True).exclude(user_id=user.pk)
    return confirmed.exists() or User.objects.filter(email=address).exclude(pk=user.pk).exists()


def is_undone(user: Any, change: Changed) -> bool:
    """Whether an earlier change was taken back since: the link of a later one is in the mailbox of whoever made that one."""
    undone = AuditEvent.objects.filter(
        event=Event.PERSON_EMAIL_RESTORED, user_id=str(user.pk), at__gte=change.at, object__lte=change.at.isoformat()
    )
    return undone.exists()


def restore(user: Any, change: Changed) -> None:
    """The former address is the person's again, and no other one."""
    EmailAddress.objects.filter(user_id=user.pk).delete()
    EmailAddress.objects.create(user_id=user.pk, email=change.former, verified=True, primary=True)
    user.email = change.former
    user.save(update_fields=["email", "updated_at"])
    audit.record(Event.PERSON_EMAIL_RESTORED, user_id=user.pk, target=change.at.isoformat())
