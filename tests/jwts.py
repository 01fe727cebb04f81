"""JWTs made by hand, so that any part of one can be wrong while the rest, the signature included, is right."""

import base64
import json
from functools import cache
from typing import Any

from joserfc.jws import JWSRegistry

from oauth_server.keys import jose
from oauth_server.keys.jose import PrivateKey


@cache
def a_key(algorithm: str) -> tuple[str, dict[str, Any], bytes]:
    """Kid, public and private part of somebody's key, one for the whole process: those of RSA take long to make."""
    return jose.generate(algorithm)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def part(value: Any) -> str:
    """A header or payload: bytes as they are, everything else as JSON."""
    return b64(value if isinstance(value, bytes) else json.dumps(value).encode())


def compact(header: Any, claims: Any, key: PrivateKey, *, algorithm: str = "", detached: bytes | None = None) -> str:
    """Signed with the key by its own algorithm, or another one that fits it, whatever the header says."""
    signed = f"{part(header)}.{part(claims)}"
    model = JWSRegistry.algorithms[algorithm or key.algorithm]
    message = signed.encode() if detached is None else f"{part(header)}.".encode() + detached
    return f"{signed}.{b64(model.sign(message, key.key))}"


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, unverified."""
    header, claims, _ = token.split(".")
    return (json.loads(base64.urlsafe_b64decode(header + "==")), json.loads(base64.urlsafe_b64decode(claims + "==")))
