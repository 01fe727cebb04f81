"""The way back by mail for whoever lost every second factor: asked for with the password, done after FACTOR_RESET_WAIT.

Notices go out at once, half-way, and when it is done. A sign-in with a second factor stops it, and so do a new password and the link in
each notice.
"""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.conf import settings

from . import factors, mails
from .factor_models import FactorReset


def is_on() -> bool:
    return settings.FACTOR_RESET_WAIT > 0


def waiting(user: Any) -> FactorReset | None:
    return _open().filter(user=user.pk).first()


def ask(user: Any) -> FactorReset:
    """Start the waiting time; who asks again waits no longer and no shorter."""
    now = clock.now()
    try:
        with transaction.atomic():
            row = FactorReset.objects.create(
                user=user, created=now, due=now + timedelta(seconds=settings.FACTOR_RESET_WAIT)
            )
            audit.record(Event.FACTORS_RESET_ASKED, user_id=user.pk, target=row.pk)
            transaction.on_commit(lambda: mails.notify(user, "factor_reset_asked", due=row.due))
    except IntegrityError:
        return _open().get(user=user.pk)
    return row


def cancel(user: Any, reason: str) -> bool:
    """Returns whether there was one to stop."""
    if not _open().filter(user=user.pk).update(cancelled_at=clock.now()):
        return False
    audit.record(Event.FACTORS_RESET_CANCELLED, user_id=user.pk, reason=reason)
    return True


def finish_if_due(user: Any) -> None:
    for row in _due().filter(user=user.pk):
        _finish(row)


def work() -> tuple[int, int]:
    """What is due, for cron: how many were reminded, and how many done. Sign-in does the second by itself."""
    now, reminded = clock.now(), 0
    for row in _open().filter(reminded_at=None, due__gt=now).select_related("user"):
        is_half_way = now - row.created >= (row.due - row.created) / 2
        if is_half_way and FactorReset.objects.filter(pk=row.pk, reminded_at=None).update(reminded_at=now):
            mails.notify(row.user, "factor_reset_reminder", due=row.due)
            reminded += 1
    return reminded, sum(_finish(row) for row in _due().select_related("user"))


@transaction.atomic
def _finish(row: FactorReset) -> bool:
    if not is_on() or not _due().filter(pk=row.pk).update(done_at=clock.now()):
        return False
    factors.reset_factors(row.user, by="the waiting time")
    return True


def _open() -> "QuerySet[FactorReset]":
    return FactorReset.objects.filter(cancelled_at=None, done_at=None)


def _due() -> "QuerySet[FactorReset]":
    return _open().filter(due__lte=clock.now())
