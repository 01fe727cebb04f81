"""Keyed digests: the only form in which tokens, codes, handles and generated secrets are stored.

digest = HMAC-SHA-256(key of the kind, hex SHA-256 of the value), as 64 hex digits. The inner SHA-256 is what django-oauth-toolkit
stores, so its rows can be taken over and its look-ups answered without the clear value; the key of the kind keeps one kind of
credential from being accepted as another.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Any

from oauth_server.conf import settings


class Kind(StrEnum):
    ACCESS_TOKEN = "access_token"
    REFRESH_TOKEN = "refresh_token"
    AUTHORIZATION_CODE = "authorization_code"
    CLIENT_SECRET = "client_secret"
    DEVICE_CODE = "device_code"
    USER_CODE = "user_code"
    INTERACTION = "interaction"
    BROWSER = "browser"
    SESSION = "session"
    REPLAY = "replay"
    REQUEST_URI = "request_uri"
    CHALLENGE = "challenge"
    VERIFIER = "verifier"
    INITIAL_ACCESS_TOKEN = "initial_access_token"
    REGISTRATION_ACCESS_TOKEN = "registration_access_token"
    ATTEMPT = "attempt"
    REMEMBERED_DEVICE = "remembered_device"
    INVITATION = "invitation"

    # Enum's own is written in Python, and `_key` asks for it with every digest
    __hash__ = str.__hash__


class TokenDigest(str):
    """A keyed digest. Made here and where a digest column is read; a plain `str` is never taken for one."""

    __slots__ = ()


@lru_cache(maxsize=256)
def _states(secret: str, kind: Kind) -> tuple[Any, Any]:
    """RFC 2104 §4: SHA-256 as it stands after the inner and after the outer pad."""
    inner, outer = _padded(secret, kind)
    return hashlib.sha256(inner), hashlib.sha256(outer)


def _keyed(secret: str, kind: Kind, message: bytes) -> TokenDigest:
    """HMAC-SHA-256 in a third of the time of `hmac.digest`, which looks the algorithm up and pads the key at every call."""
    inner, outer = _states(secret, kind)
    inner = inner.copy()
    inner.update(message)
    outer = outer.copy()
    outer.update(inner.digest())
    return TokenDigest(outer.hexdigest())


def _padded(secret: str, kind: Kind) -> tuple[bytes, bytes]:
    key = _key(secret, kind).ljust(64, b"\0")
    return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)


@lru_cache(maxsize=256)
def _key(secret: str, kind: Kind) -> bytes:
    return hmac.digest(secret.encode(), f"oauth_server.digest.{kind}".encode(), "sha256")


@lru_cache(maxsize=64)
def fingerprint(secret: str) -> str:
    """What a key of the settings is called where people and tables see it."""
    return hmac.digest(secret.encode(), b"oauth_server.fingerprint", "sha256").hex()[:12]


def first_key() -> str:
    """The fingerprint of the key that writes."""
    return fingerprint(settings.DIGEST_KEYS[0])


def checksum(value: str) -> str:
    """The inner hash: hex SHA-256, django-oauth-toolkit's `token_checksum`."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def of_checksum(kind: Kind, inner: str) -> TokenDigest:
    """The digest to store for an inner hash."""
    return _keyed(settings.DIGEST_KEYS[0], kind, inner.encode())


def candidates_of_checksum(kind: Kind, inner: str) -> list[TokenDigest]:
    """The digests under which a value may be stored, one for each key that is still accepted."""
    message = inner.encode()
    return [_keyed(secret, kind, message) for secret in settings.DIGEST_KEYS]


def pads(kind: Kind) -> tuple[bytes, bytes]:
    """RFC 2104 §2: the key as outer and inner pad, with which SQL computes `of_checksum` by two hashes."""
    inner, outer = _padded(settings.DIGEST_KEYS[0], kind)
    return outer, inner


def digest(kind: Kind, value: str) -> TokenDigest:
    """The digest to store for a clear value."""
    return of_checksum(kind, checksum(value))


def candidates(kind: Kind, value: str) -> list[TokenDigest]:
    """The digests under which a clear value may be stored."""
    return candidates_of_checksum(kind, checksum(value))


def matches(kind: Kind, value: str, stored: str) -> bool:
    """Whether a clear value is the one behind a stored digest; in constant time for each key."""
    return is_among(candidates(kind, value), [stored])


def is_among(candidates: list[TokenDigest], stored: Iterable[str]) -> bool:
    """Whether one of the digests of a value is one of these; all are compared, so that the time does not tell which one it was."""
    found = False
    for one in stored:
        for candidate in candidates:
            found |= hmac.compare_digest(candidate, one)
    return found


def derive(kind: Kind, *parts: str) -> str:
    """A name made of several parts, 43 base64url characters; for what is over soon, as it changes when the last key is dropped."""
    raw = hmac.digest(_key(settings.DIGEST_KEYS[-1], kind), "\x1f".join(parts).encode(), "sha256")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
