"""OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.8: the outbox is delivered, after the sign-out and outside the person's request.

A thread of the process that ended the session tries once at once; `manage.py deliver_logouts` does what is left, and every retry.
Whoever takes a row leases it by one UPDATE, so that any number of both may run.
"""

import logging
import threading
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connections, transaction
from django.db.models import F

from oauth_server import audit, clock, fetch
from oauth_server.audit import Event
from oauth_server.claims import subject
from oauth_server.conf import settings
from oauth_server.errors import OAuthError
from oauth_server.keys.store import NoKey
from oauth_server.models import LogoutDelivery
from oauth_server.tokens import logout_token

logger = logging.getLogger("oauth_server")

# Rows that are taken together, and clients that are called at the same time
AT_ONCE = 50
_PARALLEL = 10
# A row whose worker died is due again after this time
_LEASE = timedelta(seconds=60)
_FIRST_PAUSE = 30
_threads = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Call:
    """What is sent for a row; made before the time runs, so that the thread that sends needs no database."""

    row: LogoutDelivery
    url: str
    token: str


def due(most: int = AT_ONCE) -> list[int]:
    """The keys of what is to be tried now, the longest due first."""
    rows = LogoutDelivery.objects.filter(next_attempt__lte=clock.now()).order_by("next_attempt")
    return list(rows.values_list("pk", flat=True)[:most])


def deliver(keys: Collection[int]) -> int:
    """Try these, those of them that are due. Returns how many were tried."""
    calls = [call for call in map(_taken, keys) if call is not None]
    allowed = tuple(settings.FETCH_PRIVATE_HOSTS)
    with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        sent = {pool.submit(_send, call, allowed): call for call in calls}
        for done in as_completed(sent):
            _record(sent[done].row, done.result())
    return len(calls)


def deliver_all_due() -> int:
    """Until nothing is due. Returns how many were tried."""
    tried = 0
    while keys := due():
        tried += deliver(keys)
    return tried


def _taken(key: int) -> Call | None:
    """Lease a row; None if somebody else has it, or if its client cannot be told any more."""
    now = clock.now()
    mine = LogoutDelivery.objects.filter(pk=key, next_attempt__lte=now).update(
        next_attempt=now + _LEASE, attempts=F("attempts") + 1
    )
    if not mine:
        return None
    row = LogoutDelivery.objects.select_related("client__issuer", "issuer").filter(pk=key).first()
    if row is None:
        # the join finds no client: it is deleted
        LogoutDelivery.objects.filter(pk=key).update(state=LogoutDelivery.State.FAILED, next_attempt=None)
        return None
    client = row.client
    if not client.enabled or not client.backchannel_logout_uri:
        _give_up(row, "the client is switched off, or has no address for sign-outs any more")
        return None
    try:
        sid = subject.sid(row.session_id, client)
        token = logout_token.make(row.issuer, client, sub=row.sub, sid=sid, now=now)
    except (NoKey, OAuthError) as error:
        _record(row, f"no key: {error}")
        return None
    return Call(row, client.backchannel_logout_uri, token)


def _send(call: Call, allowed: Sequence[str]) -> str:
    """What went wrong; empty where nothing did."""
    try:
        answer = fetch.guarded_post_form(call.url, {"logout_token": call.token}, allowed=allowed)
    except fetch.Unreachable as error:
        return str(error)
    # §2.8: 200; 204 is what some frameworks make of an empty answer
    return "" if answer.status in {200, 204} else f"HTTP status {answer.status}"


def _record(row: LogoutDelivery, error: str) -> None:
    now = clock.now()
    if not error:
        _update(row, state=LogoutDelivery.State.DELIVERED, next_attempt=None, delivered_at=now, last_error="")
    elif row.attempts >= settings.LOGOUT_ATTEMPTS:
        _give_up(row, error)
    else:
        _update(row, next_attempt=pause_after(row.attempts, now), last_error=error[:500])


def pause_after(attempts: int, now: datetime) -> datetime:
    """When the next attempt is made: each pause is twice the one before."""
    return now + timedelta(seconds=_FIRST_PAUSE * 2 ** (attempts - 1))


def _give_up(row: LogoutDelivery, error: str) -> None:
    _update(row, state=LogoutDelivery.State.FAILED, next_attempt=None, last_error=error[:500])
    audit.record(Event.LOGOUT_UNDELIVERED, issuer=row.issuer, client=row.client, target=row.session_id, reason=error)


def _update(row: LogoutDelivery, **values: Any) -> None:
    LogoutDelivery.objects.filter(pk=row.pk).update(**values)


def retry(row: LogoutDelivery) -> bool:
    """An operator wants it tried again, with all attempts. Returns whether it was not delivered yet."""
    waiting = LogoutDelivery.objects.filter(pk=row.pk).exclude(state=LogoutDelivery.State.DELIVERED)
    now = clock.now()
    if not waiting.update(state=LogoutDelivery.State.WAITING, attempts=0, next_attempt=now, last_error=""):
        return False
    audit.record(Event.LOGOUT_RETRIED, issuer=row.issuer, client=row.client, target=row.session_id)
    transaction.on_commit(partial(deliver_soon, [row.pk]))
    return True


# At once


def deliver_soon(keys: Collection[int]) -> None:
    """In a thread of this process, of which few run at a time: what they do not reach is left to the command."""
    if keys and _threads.acquire(blocking=False):
        threading.Thread(target=_deliver_in_thread, args=(keys,), name="deliver_logouts", daemon=True).start()


def _deliver_in_thread(keys: Collection[int]) -> None:
    try:
        deliver(keys)
        # what came while all threads were busy
        deliver_all_due()
    except Exception:
        # the rows are due again when their lease ends
        logger.exception("sign-outs could not be delivered")
    finally:
        connections.close_all()
        _threads.release()


def logouts_due(sender: Any, deliveries: Collection[int], **_: Any) -> None:
    """Receiver of the signal of this name."""
    deliver_soon(deliveries)
