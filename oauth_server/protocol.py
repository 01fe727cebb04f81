"""The two values of every endpoint for machines: what came in and what goes out. No Django, so that any adapter can make them."""

import os
import re
from collections.abc import Mapping
from dataclasses import field

from oauth_server.values import value

# W3C Trace Context: version "-" trace-id "-" parent-id "-" flags
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)


@value(frozen=True, slots=True, weakref_slot=True)
class ProtocolRequest:
    """An HTTP request. `headers` has lower-case names; `query` is the raw query string; `path` is below the mount point.

    What may hold a credential is in no `repr`.
    """

    method: str
    path: str
    query: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    host: str
    address: str
    trace_id: str
    slug: str = ""


@value(frozen=True, slots=True)
class ProtocolResponse:
    """An HTTP response; header names as they are sent."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


def trace_id_of(traceparent: str) -> str:
    """The trace id of a `traceparent` header, or a fresh random one: 32 hex digits."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if match and match[1] != "0" * 32:
        return match[1]
    return os.urandom(16).hex()
