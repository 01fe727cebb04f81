"""RFC 7517 §5 the public keys of a client: its `jwks`, or what its `jwks_uri` holds, by the guarded door."""

import time
from typing import Any

from oauth_server import fetch
from oauth_server.conf import settings
from oauth_server.copies import Copies
from oauth_server.models import Client

MAX_AGE = 3600.0
# A kid that nobody knows makes us fetch again, but not more often
AGAIN_AFTER = 60.0
_MOST_KEYS = 50

_copies: Copies[str, tuple[float, list[dict[str, Any]]]] = Copies()


def keys_of(client: Client, *, kid: str = "") -> list[dict[str, Any]]:
    """The JWKs of the client; fetched again when `kid` is not among them. Raises `fetch.Unreachable`."""
    uri = client.client_jwks_uri
    if not uri:
        return _keys(client.client_jwks)
    fetched, keys = _copies.get(uri, lambda: _fetch(uri), max_age=MAX_AGE)
    is_unknown = bool(kid) and kid not in (key.get("kid") for key in keys)
    if is_unknown and time.monotonic() - fetched >= AGAIN_AFTER:
        fetched, keys = _copies.get(uri, lambda: _fetch(uri), max_age=0)
    return keys


def _fetch(uri: str) -> tuple[float, list[dict[str, Any]]]:
    answer = fetch.guarded_get(uri, {"Accept": "application/json"}, allowed=settings.FETCH_PRIVATE_HOSTS)
    if answer.status != 200:
        raise fetch.Unreachable(f"jwks_uri answered {answer.status}")
    return time.monotonic(), _keys(answer.json())


def _keys(jwks: Any) -> list[dict[str, Any]]:
    found = jwks.get("keys") if isinstance(jwks, dict) else None
    return [key for key in found[:_MOST_KEYS] if isinstance(key, dict)] if isinstance(found, list) else []
