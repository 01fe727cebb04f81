"""RFC 7517 §5 the public keys of somebody else: a client's `jwks`, or the document at a `jwks_uri`, fetched through the guarded door.

How long a process keeps one: `document.py`. Call it outside a transaction: it may wait for somebody else's server.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from threading import Lock
from typing import Any

from oauth_server import fetch, uris
from oauth_server.conf import settings
from oauth_server.copies import Copies
from oauth_server.keys import jose, jwk
from oauth_server.keys.document import Document, keys_in
from oauth_server.keys.jose import SignedClaims
from oauth_server.models import Client

# A worker never has more of its threads waiting for addresses that strangers chose, nor so many for one host
AT_ONCE = 8
AT_ONE_HOST = 4
_MAX_BYTES = 65_536


_documents: Copies[str, Document] = Copies()
_waiting: Counter[str] = Counter()
_waiting_lock = Lock()


@contextmanager
def _place(uri: str) -> Iterator[bool]:
    """Whether there is room for one more that waits for the host of this address."""
    host = uris.split(uri).netloc.lower()
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
    document = _documents.kept(uri, Document)
    if document.is_due(kid):
        with _place(uri) as has_room, document.lock if has_room else nullcontext():
            # whoever waited finds it done
            if has_room and document.is_due(kid):
                document.ask(lambda: _fetched(uri))
    return document.told()


def verify(token: str, client: Client, *, typs: Collection[str], algorithms: Collection[str]) -> SignedClaims:
    """A JWT that the client signed. Audience and times are the caller's. Raises `jose.InvalidJWT`."""
    return _verified(token, partial(keys_of, client), typs, algorithms)


def verify_at(token: str, uri: str, *, typs: Collection[str], algorithms: Collection[str]) -> SignedClaims:
    """A JWT that the owner of an address signed. Raises `jose.InvalidJWT`."""
    return _verified(token, partial(keys_at, uri), typs, algorithms)


def _verified(
    token: str, keys: Callable[..., list[dict[str, Any]]], typs: Collection[str], algorithms: Collection[str]
) -> SignedClaims:
    kid = jose.unverified_header(token).get("kid", "")
    try:
        found = keys(kid=kid if isinstance(kid, str) else "")
    except fetch.Unreachable as error:
        raise jose.InvalidJWT(f"jwks_uri: {error}") from error
    return jose.verify_foreign(token, found, typs=typs, algorithms=algorithms)


def _fetched(uri: str) -> list[dict[str, Any]]:
    accepted = {"Accept": "application/jwk-set+json, application/json"}
    answer = fetch.guarded_get(uri, accepted, allowed=settings.FETCH_PRIVATE_HOSTS, most=_MAX_BYTES)
    return keys_in(answer)
