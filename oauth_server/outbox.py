"""What is delivered over HTTP after the transaction that asked for it: leased, tried, tried again, given up.

A thread of the process that wrote the row tries once at once; `manage.py deliver_logouts` does what is left, and every retry. Whoever
takes a row leases it by one UPDATE, so that any number of both may run.
"""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Collection, Container, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, final

from django.db import connections
from django.db.models import F

from oauth_server import clock, fetch
from oauth_server.conf import settings

logger = logging.getLogger("oauth_server")

# Rows that are taken together, and calls that are made at the same time
AT_ONCE = 50
_PARALLEL = 10
# A row whose worker died is due again after this time
_LEASE = timedelta(seconds=60)
_FIRST_PAUSE = 30
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Call:
    """What is sent for a row; made before the time runs, so that the thread that sends needs no database."""

    row: Any
    url: str
    body: bytes
    headers: dict[str, str]


def pause_after(attempts: int, now: datetime) -> datetime:
    """When the next attempt is made: each pause is twice the one before."""
    return now + timedelta(seconds=_FIRST_PAUSE * 2 ** (attempts - 1))


class Outbox(ABC):
    """A table of deliveries, whose rows are `Delivery`. `good`: the HTTP status of an attempt that went well."""

    model: ClassVar[Any]
    name: ClassVar[str]
    good: ClassVar[Container[int]] = range(200, 300)

    def __init__(self) -> None:
        self._threads = threading.BoundedSemaphore(2)

    @property
    @abstractmethod
    def most_attempts(self) -> int:
        """After so many it is given up."""

    @abstractmethod
    def prepare(self, key: int, now: datetime) -> Call | None:
        """What is sent for a leased row; None where nothing can be sent any more, which is then recorded."""

    @abstractmethod
    def given_up(self, row: Any, error: str) -> None:
        """Record that nothing more is tried."""

    @final
    def due(self, most: int = AT_ONCE) -> list[int]:
        """The keys of what is to be tried now, the longest due first."""
        rows = self.model.objects.filter(next_attempt__lte=clock.now()).order_by("next_attempt")
        return list(rows.values_list("pk", flat=True)[:most])

    @final
    def deliver(self, keys: Collection[int]) -> int:
        """Try these, those of them that are due. Returns how many were tried."""
        calls = [call for call in map(self._taken, keys) if call is not None]
        allowed = tuple(settings.FETCH_PRIVATE_HOSTS)
        with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
            sent = {pool.submit(_send, call, allowed, self.good): call for call in calls}
            for done in as_completed(sent):
                self.tried(sent[done].row, done.result())
        return len(calls)

    @final
    def deliver_all_due(self) -> int:
        """Until nothing is due. Returns how many were tried."""
        tried = 0
        while keys := self.due():
            tried += self.deliver(keys)
        return tried

    def _taken(self, key: int) -> Call | None:
        """Lease a row; None if somebody else has it."""
        now = clock.now()
        mine = self.model.objects.filter(pk=key, next_attempt__lte=now).update(
            next_attempt=now + _LEASE, attempts=F("attempts") + 1
        )
        return self.prepare(key, now) if mine else None

    @final
    def tried(self, row: Any, error: str) -> None:
        """Note how an attempt went; `error` is empty where it went well."""
        now, state = clock.now(), self.model.State
        if not error:
            self._update(row, state=state.DELIVERED, next_attempt=None, delivered_at=now, last_error="")
        elif row.attempts >= self.most_attempts:
            self.give_up(row, error)
        else:
            self._update(row, next_attempt=pause_after(row.attempts, now), last_error=error[:500])

    @final
    def give_up(self, row: Any, error: str) -> None:
        self._update(row, state=self.model.State.FAILED, next_attempt=None, last_error=error[:500])
        self.given_up(row, error)

    def _update(self, row: Any, **values: Any) -> None:
        self.model.objects.filter(pk=row.pk).update(**values)

    @final
    def again(self, row: Any) -> bool:
        """With all attempts. Returns whether it was not delivered yet."""
        waiting = self.model.objects.filter(pk=row.pk).exclude(state=self.model.State.DELIVERED)
        return bool(waiting.update(state=self.model.State.WAITING, attempts=0, next_attempt=clock.now(), last_error=""))

    # At once

    @final
    def deliver_soon(self, keys: Collection[int]) -> None:
        """In a thread of this process, of which few run at a time: what they do not reach is left to the command."""
        if keys and self._threads.acquire(blocking=False):
            threading.Thread(target=self._in_thread, args=(keys,), name=self.name, daemon=True).start()

    def _in_thread(self, keys: Collection[int]) -> None:
        try:
            self.deliver(keys)
            # what came while all threads were busy
            self.deliver_all_due()
        except Exception:
            # the rows are due again when their lease ends
            logger.exception("an outbox could not be delivered")
        finally:
            connections.close_all()
            self._threads.release()


def _send(call: Call, allowed: Sequence[str], good: Container[int]) -> str:
    """What went wrong; empty where nothing did."""
    try:
        answer = fetch.guarded_post(call.url, call.body, call.headers, allowed=allowed)
    except fetch.Unreachable as error:
        return str(error)
    return "" if answer.status in good else f"HTTP status {answer.status}"
