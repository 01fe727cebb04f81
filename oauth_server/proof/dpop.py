"""RFC 9449 Demonstrating Proof of Possession. §4.3 (checks), §7 (at an API), §11.1 (replay). Neither Django nor settings."""

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from urllib.parse import urlunsplit

from oauth_server import uris
from oauth_server.keys import base64url, jose, jwk

TYP = "dpop+jwt"
# So far a proof's `iat` may be from our time, in seconds
WINDOW = 60
_LONGEST_JTI = 256

# Whether a proof of this name is seen for the first time; it is asked for so many seconds
Fresh = Callable[[str, int], bool]


class InvalidProof(Exception):
    """The message says which rule failed, in words of ours."""


class Full(Exception):
    """As many proofs as can be remembered are still good: whether a further one is new could not be told later on."""


class Memory:
    """The proofs that one process has seen, each until it is too old to be sent again. Nothing that still counts is forgotten.

    An API of several processes, or machines, gives a `Fresh` that they share.
    """

    def __init__(self, size: int = 250_000) -> None:
        self._size = size
        # of a name its digest: whoever makes long ones takes no more room
        self._seen: OrderedDict[bytes, float] = OrderedDict()
        self._lock = Lock()

    def __call__(self, name: str, seconds: int) -> bool:
        """Raises `Full`."""
        key = hashlib.sha256(name.encode()).digest()[:16]
        now = time.monotonic()
        with self._lock:
            while self._seen and next(iter(self._seen.values())) <= now:
                self._seen.popitem(last=False)
            if key in self._seen:
                return False
            if len(self._seen) >= self._size:
                raise Full
            self._seen[key] = now + seconds
            return True


def require(proof: str, *, jkt: str, access_token: str, method: str, url: str, now: float, fresh: Fresh) -> None:
    """A proof for this very request and token, by the key that the token is bound to. Raises `InvalidProof`, and what `fresh` raises."""
    try:
        # RFC 9449 §4.3 (2) to (7): one JWT of this type, signed with a public key that its header carries
        header = jose.unverified_header(proof)
        key = header.get("jwk")
        if not isinstance(key, dict) or jwk.key_problem(key):
            raise InvalidProof("jwk is no public key")
        claims = jose.verify_foreign(proof, [key], typs={TYP}).claims
        made = jose.numeric_date(claims, "iat")
    except jose.InvalidJWT as error:
        raise InvalidProof(str(error)) from error
    # RFC 9449 §4.3 (8), (9): htu is compared without query and fragment
    if claims.get("htm") != method:
        raise InvalidProof("htm is another method")
    if not _same_url(claims.get("htu"), url):
        raise InvalidProof("htu is another address")
    # RFC 9449 §4.3 (11)
    if made is None or abs(made - now) > WINDOW:
        raise InvalidProof("iat is not now")
    # RFC 9449 §4.3 (12)
    if not _same(claims.get("ath"), base64url.encode(hashlib.sha256(access_token.encode()).digest())):
        raise InvalidProof("ath is another token's")
    if not _same(jwk.thumbprint(key), jkt):
        raise InvalidProof("jwk is not the key that the token is bound to")
    # RFC 9449 §11.1: the last check, so that what is refused for another reason takes no place
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
        raise InvalidProof("jti is missing")
    if not fresh(f"{jkt}:{jti}", 2 * WINDOW):
        raise InvalidProof("jti was used before")


def _same(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def _same_url(given: object, url: str) -> bool:
    return isinstance(given, str) and _normal(given) == _normal(url)


def _normal(url: str) -> str:
    """RFC 3986 §6.2.2, §6.2.3: scheme and host in lower case, without the port that the scheme implies; a path of none is `/`."""
    try:
        parts = uris.split(url)
        port = "" if parts.port in (None, {"https": 443, "http": 80}.get(parts.scheme)) else f":{parts.port}"
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, f"{(parts.hostname or '').lower()}{port}", parts.path or "/", "", ""))
