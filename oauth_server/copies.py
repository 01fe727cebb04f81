"""Copies of rows that a process keeps: bounded, and never believed without proof.

Whoever acts on a copy proves it in the statement that stores what it led to, by comparing `version`s; a copy that fails is dropped and
the request starts over with `fresh()` ones. What has no such statement (metadata, the JWKS) may be `MAX_AGE` seconds behind.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Generic, TypeVar

logger = logging.getLogger("oauth_server")

MAX_AGE = 1.0
_SIZE = 1_000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_fresh: ContextVar[bool] = ContextVar("oauth_server_fresh_copies", default=False)
_all: list["Copies"] = []  # type: ignore[type-arg]


class Stale(Exception):
    """A statement found that the copy it was made from is no longer true. Nothing was stored; start over with `fresh()`."""


class Copies(Generic[K, V]):
    """The most recently used values by key."""

    def __init__(self) -> None:
        self._values: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._lock = Lock()
        _all.append(self)

    def get(self, key: K, load: Callable[[], V], *, max_age: float | None = None) -> V:
        """The copy, or a loaded one. `max_age` in seconds for uses that no statement proves. What `load` raises is not kept."""
        kept = None if _fresh.get() else self._values.get(key)
        if kept is not None and (max_age is None or time.monotonic() - kept[0] <= max_age):
            try:
                self._values.move_to_end(key)
            except KeyError:
                logger.debug("another thread has just dropped %s", type(kept[1]).__name__)
            return kept[1]
        now = time.monotonic()
        value = load()
        with self._lock:
            self._put(key, now, value)
        return value

    def peek(self, key: K) -> V | None:
        """The copy, if there is one."""
        kept = self._values.get(key)
        return None if kept is None else kept[1]

    def put(self, key: K, value: V) -> None:
        with self._lock:
            self._put(key, time.monotonic(), value)

    def kept(self, key: K, make: Callable[[], V]) -> V:
        """One value for all threads, made where there is none; also under `fresh()`, for what knows its own age."""
        with self._lock:
            found = self._values.get(key)
            value = make() if found is None else found[1]
            self._put(key, time.monotonic(), value)
            return value

    def _put(self, key: K, now: float, value: V) -> None:
        self._values[key] = (now, value)
        self._values.move_to_end(key)
        if len(self._values) > _SIZE:
            self._values.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._values.clear()


@contextmanager
def fresh() -> Iterator[None]:
    """Inside, every copy is loaded anew, and replaces the one that was kept."""
    token = _fresh.set(True)
    try:
        yield
    finally:
        _fresh.reset(token)


def are_fresh() -> bool:
    return _fresh.get()


def clear() -> None:
    """Forget every copy in this process."""
    for copies in _all:
        copies.clear()
