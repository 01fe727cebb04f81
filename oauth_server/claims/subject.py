"""OpenID Connect Core 1.0 §8 subject identifier: public and pairwise; RFC 9068 §5: a client's own token names the client."""

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import Any
from uuid import UUID

from oauth_server import seal, uris
from oauth_server.errors import TemporarilyUnavailable
from oauth_server.models import Client
from oauth_server.models.issuer import SALT

PAIRWISE = "pairwise"
TYPES = ("public", PAIRWISE)


def of_person(user: Any, client: Client) -> str:
    """The `sub` under which this client knows this person."""
    key = str(user.pk)
    return _pairwise(key, client) if client.subject_type == PAIRWISE else key


def of_client(client: Client) -> str:
    return client.client_id


def sector(client: Client) -> str:
    """§8.1: clients of one sector know a person by the same name.

    The host of `sector_identifier_uri`, else the one web host of the redirect URIs; an app without one, such as one on the person's
    own device, is a sector by itself.
    """
    if client.sector_identifier_uri:
        return uris.split(client.sector_identifier_uri).hostname or ""
    found = hosts(client.redirect_uris.split())
    return found.pop() if len(found) == 1 else client.client_id


def hosts(redirect_uris: list[str]) -> set[str]:
    """The web hosts among redirect URIs. Loopback and private-use schemes belong to whatever runs on a device."""
    web = (uri for uri in redirect_uris if uri.startswith(("https://", "http://")) and not uris.is_loopback(uri))
    return {uris.split(uri).hostname or "" for uri in web}


def _pairwise(key: str, client: Client) -> str:
    raw = hmac.digest(_salt(client.issuer.pairwise_salt), f"{sector(client)}\x1f{key}".encode(), "sha256")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _salt(sealed: str) -> bytes:
    try:
        return _opened(sealed)
    except seal.Unreadable:
        raise TemporarilyUnavailable(reason="ENCRYPTION_KEYS do not open the salt of pairwise subjects") from None


@lru_cache(maxsize=64)
def _opened(sealed: str) -> bytes:
    return seal.unseal(SALT, sealed)


def sid(session_id: UUID, client: Client) -> str:
    """OpenID Connect Front-Channel Logout 1.0 §3 `sid`: one sign-in, under a name that two clients cannot compare.

    The id of the session is random and leaves the server nowhere; no key goes into it, so that none has to be kept for it.
    """
    named = hashlib.sha256(f"sid\x1f{session_id}\x1f{client.client_id}".encode()).digest()
    return base64.urlsafe_b64encode(named).rstrip(b"=").decode()
