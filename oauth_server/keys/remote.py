"""RFC 7517 §5 the public keys of somebody else: a client's `jwks`, or the document at a `jwks_uri`, fetched through the guarded door.

A process keeps a document for LIFETIME. A `kid` that is not in it makes it fetch again, at most once in REFETCH seconds, and so does an
address that did not answer. Call it outside a transaction: it may wait for somebody else's server.
"""

import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from oauth_server import fetch, strict_json
from oauth_server.conf import settings
from oauth_server.copies import Copies
from oauth_server.keys import jose, jwk
from oauth_server.keys.jose import SignedClaims
from oauth_server.models import Client

LIFETIME = 300.0
REFETCH = 60.0
# While the address does not answer, what it said last still counts for so long
LONGEST = 3600.0
# A worker never has more of its threads waiting for addresses that strangers chose, nor so many for one host
AT_ONCE = 8
AT_ONE_HOST = 4
_MAX_BYTES = 65_536


@dataclass(slots=True)
class _Document:
    """What a process knows of one address. `fetched`, `tried`: when it last answered, and was last asked."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    fetched: float | None = None
    tried: float | None = None
    problem: str = ""
    lock: Lock = field(default_factory=Lock)


_documents: Copies[str, _Document] = Copies()
_waiting: Counter[str] = Counter()
_waiting_lock = Lock()


@contextmanager
def _place(uri: str) -> Iterator[bool]:
    """Whether there is room for one more that waits for the host of this address."""
    host = urlsplit(uri).netloc.lower()
    with _waiting_lock:
        has_room = _waiting.total() < AT_ONCE and _waiting[host] < AT_ONE_HOST
        if has_room:
            _waiting[host] += 1
    try:
        yield has_room
    finally:
        if has_room:
            with _waiting_lock:
                _waiting[host] -= 1
                if not _waiting[host]:
                    del _waiting[host]


def keys_of(client: Client, *, kid: str = "") -> list[dict[str, Any]]:
    """The usable public JWKs of a client; fetched again where `kid` is not among them. Raises `fetch.Unreachable`."""
    if client.client_jwks_uri:
        return keys_at(client.client_jwks_uri, kid=kid)
    return jwk.usable_keys(client.client_jwks)


def keys_at(uri: str, *, kid: str = "") -> list[dict[str, Any]]:
    """The same of an address."""
    document = _documents.kept(uri, _Document)
    if _is_due(document, kid):
        with _place(uri) as has_room, document.lock if has_room else nullcontext():
            # whoever waited finds it done
            if has_room and _is_due(document, kid):
                _ask(uri, document)
    return _told(document)


def verify(token: str, client: Client, *, typs: Collection[str], algorithms: Collection[str]) -> SignedClaims:
    """A JWT that the client signed. Audience and times are the caller's. Raises `jose.InvalidJWT`."""
    kid = _kid(token)
    try:
        keys = keys_of(client, kid=kid)
    except fetch.Unreachable as error:
        raise jose.InvalidJWT(f"jwks_uri: {error}") from error
    return jose.verify_foreign(token, keys, typs=typs, algorithms=algorithms)


def verify_at(token: str, uri: str, *, typs: Collection[str], algorithms: Collection[str]) -> SignedClaims:
    """A JWT that the owner of an address signed. Raises `jose.InvalidJWT`."""
    kid = _kid(token)
    try:
        keys = keys_at(uri, kid=kid)
    except fetch.Unreachable as error:
        raise jose.InvalidJWT(f"jwks_uri: {error}") from error
    return jose.verify_foreign(token, keys, typs=typs, algorithms=algorithms)


def _kid(token: str) -> str:
    kid = jose.unverified_header(token).get("kid", "")
    return kid if isinstance(kid, str) else ""


def _is_due(document: _Document, kid: str) -> bool:
    now = time.monotonic()
    if document.tried is not None and now - document.tried < REFETCH:
        return False
    if document.fetched is None or now - document.fetched >= LIFETIME:
        return True
    return bool(kid) and not any(key.get("kid") == kid for key in document.keys)


def _told(document: _Document) -> list[dict[str, Any]]:
    if document.fetched is None or time.monotonic() - document.fetched >= LONGEST:
        raise fetch.Unreachable(document.problem or "too many addresses are being asked")
    return document.keys


def _ask(uri: str, document: _Document) -> None:
    # counted from the beginning: what changes at the address meanwhile is seen after REFETCH
    began = time.monotonic()
    try:
        document.keys = _fetched(uri)
        document.fetched, document.problem = began, ""
    except fetch.Unreachable as error:
        document.problem = str(error)
    document.tried = began


def _fetched(uri: str) -> list[dict[str, Any]]:
    accepted = {"Accept": "application/jwk-set+json, application/json"}
    answer = fetch.guarded_get(uri, accepted, allowed=settings.FETCH_PRIVATE_HOSTS, most=_MAX_BYTES)
    if answer.status != 200:
        raise fetch.Unreachable(f"the status is {answer.status}")
    try:
        document = strict_json.parse(answer.body)
    except ValueError:
        raise fetch.Unreachable("the answer is not JSON") from None
    if not isinstance(document, Mapping) or not isinstance(document.get("keys"), list):
        raise fetch.Unreachable("the answer is not a JWKS")
    return jwk.usable_keys(document)
