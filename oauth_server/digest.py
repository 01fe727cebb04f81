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
    INITIAL_ACCESS_TOKEN = "initial_access_token"
    REGISTRATION_ACCESS_TOKEN = "registration_access_token"
    ATTEMPT = "attempt"

    # Enum's own is written in Python, and `_key` asks for it with every digest
    __hash__ = str.__hash__


class TokenDigest(str):
    """A keyed digest. Made here and where a digest column is read; a plain `str` is never taken for one."""

    __slots__ = ()


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
    return TokenDigest(hmac.digest(_key(settings.DIGEST_KEYS[0], kind), inner.encode(), "sha256").hex())


def candidates_of_checksum(kind: Kind, inner: str) -> list[TokenDigest]:
    """The digests under which a value may be stored, one for each key that is still accepted."""
    return [
        TokenDigest(hmac.digest(_key(secret, kind), inner.encode(), "sha256").hex()) for secret in settings.DIGEST_KEYS
    ]


def pads(kind: Kind) -> tuple[bytes, bytes]:
    """RFC 2104 §2: the key as outer and inner pad, with which SQL computes `of_checksum` by two hashes."""
    key = _key(settings.DIGEST_KEYS[0], kind).ljust(64, b"\0")
    return bytes(byte ^ 0x5C for byte in key), bytes(byte ^ 0x36 for byte in key)


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
