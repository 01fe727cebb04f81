"""RFC 7517 §5 a JWKS at somebody else's address, as a process keeps it. Neither Django nor settings.

It is kept for LIFETIME. A `kid` that is not in it makes the process ask again, at most once in REFETCH seconds, and so does an
address that did not answer.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from oauth_server import fetch, strict_json
from oauth_server.fetch import Response
from oauth_server.keys import jwk

LIFETIME = 300.0
REFETCH = 60.0
# While the address does not answer, what it said last still counts for so long
LONGEST = 3600.0


@dataclass(slots=True)
class Document:
    """What a process knows of one address. `fetched`, `tried`: when it last answered, and was last asked."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    fetched: float | None = None
    tried: float | None = None
    problem: str = ""
    lock: Lock = field(default_factory=Lock)

    def is_due(self, kid: str) -> bool:
        now = time.monotonic()
        if self.tried is not None and now - self.tried < REFETCH:
            return False
        if self.fetched is None or now - self.fetched >= LIFETIME:
            return True
        return bool(kid) and not any(key.get("kid") == kid for key in self.keys)

    def told(self) -> list[dict[str, Any]]:
        """Raises `fetch.Unreachable`."""
        if self.fetched is None or time.monotonic() - self.fetched >= LONGEST:
            raise fetch.Unreachable(self.problem or "too many addresses are being asked")
        return self.keys

    def ask(self, load: Callable[[], list[dict[str, Any]]]) -> None:
        # counted from the beginning: what changes at the address meanwhile is seen after REFETCH
        began = time.monotonic()
        try:
            self.keys = load()
            self.fetched, self.problem = began, ""
        except fetch.Unreachable as error:
            self.problem = str(error)
        self.tried = began


def keys_in(answer: Response) -> list[dict[str, Any]]:
    """The usable public keys of an answer. Raises `fetch.Unreachable`."""
    document = object_in(answer)
    if not isinstance(document.get("keys"), list):
        raise fetch.Unreachable("the answer is not a JWKS")
    return jwk.usable_keys(document)


def object_in(answer: Response) -> Mapping[str, Any]:
    """The JSON object of an answer. Raises `fetch.Unreachable`."""
    if answer.status != 200:
        raise fetch.Unreachable(f"the status is {answer.status}")
    try:
        document = strict_json.parse(answer.body)
    except ValueError:
        raise fetch.Unreachable("the answer is not JSON") from None
    if not isinstance(document, Mapping):
        raise fetch.Unreachable("the answer is not a JSON object")
    return document
