"""Encryption at rest: AES-256-GCM under keys derived by HKDF from `ENCRYPTION_KEYS`, or from a credential that only its holder knows."""

import base64
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from oauth_server.conf import settings

_NONCE = 12
_TO_COOKIE, _FROM_COOKIE = str.maketrans("+/=", "-_."), str.maketrans("-_.", "+/=")


class Unreadable(Exception):
    """No key that is accepted opens the sealed value."""


def _derive(secret: str, purpose: str) -> AESGCM:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"oauth_server.seal.{purpose}".encode())
    return AESGCM(hkdf.derive(secret.encode()))


@lru_cache(maxsize=64)
def _cipher(secret: str, purpose: str) -> AESGCM:
    return _derive(secret, purpose)


def _encrypt(cipher: AESGCM, clear: bytes) -> str:
    nonce = os.urandom(_NONCE)
    return base64.b64encode(nonce + cipher.encrypt(nonce, clear, None)).decode()


def _decrypt(cipher: AESGCM, sealed: str) -> bytes:
    raw = base64.b64decode(sealed)
    return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], None)


def seal(purpose: str, clear: bytes) -> str:
    """Encrypt under the first of `ENCRYPTION_KEYS`; base64."""
    return _encrypt(_cipher(settings.ENCRYPTION_KEYS[0], purpose), clear)


def to_cookie(purpose: str, clear: bytes) -> str:
    """The same in the letters that a cookie takes without quotes."""
    return seal(purpose, clear).translate(_TO_COOKIE)


def from_cookie(purpose: str, sealed: str) -> bytes:
    """Raises `Unreadable`."""
    return unseal(purpose, sealed.translate(_FROM_COOKIE))


def unseal(purpose: str, sealed: str) -> bytes:
    """Decrypt with whichever of `ENCRYPTION_KEYS` fits; raises `Unreadable`."""
    return _opened(purpose, sealed)[1]


def _opened(purpose: str, sealed: str) -> tuple[int, bytes]:
    for place, secret in enumerate(settings.ENCRYPTION_KEYS):
        try:
            return place, _decrypt(_cipher(secret, purpose), sealed)
        except (InvalidTag, ValueError):
            continue
    raise Unreadable(purpose)


def key_of(purpose: str, sealed: str) -> int | None:
    """The place in `ENCRYPTION_KEYS` of the key that opens it; None where none does."""
    try:
        return _opened(purpose, sealed)[0]
    except Unreadable:
        return None


def seal_with(secret: str, purpose: str, clear: bytes) -> str:
    """Encrypt under a key derived from a high-entropy credential: the database alone cannot open it."""
    return _encrypt(_derive(secret, purpose), clear)


def unseal_with(secret: str, purpose: str, sealed: str) -> bytes:
    """The counterpart of `seal_with`; raises `Unreadable`."""
    try:
        return _decrypt(_derive(secret, purpose), sealed)
    except (InvalidTag, ValueError):
        raise Unreadable(purpose) from None
