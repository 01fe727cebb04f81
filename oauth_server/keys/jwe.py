"""RFC 7516 JSON Web Encryption under the rules of RFC 8725: what is encrypted to a client, by a key of its own.

With `jose.py` and `jwk.py` the only place that touches a JOSE library. Neither Django nor settings. Nothing is decrypted here.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from oauth_server.keys import jwk

# RFC 8725 §3.2: no RSA1_5; nothing that a password or a shared secret opens
KEY_TYPES: dict[str, tuple[str, ...]] = {
    "RSA-OAEP-256": ("RSA",),
    "ECDH-ES": ("EC", "OKP"),
    "ECDH-ES+A256KW": ("EC", "OKP"),
}
ALGORITHMS = tuple(KEY_TYPES)
ENCODINGS = ("A128CBC-HS256", "A256GCM")
# OpenID Connect Dynamic Client Registration 1.0 §2
DEFAULT_ENCODING = "A128CBC-HS256"
_CURVES = frozenset({None, "P-256", "P-384", "P-521", "X25519"})
_CLASSES: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}

_registry = jwe.JWERegistry(algorithms=[*ALGORITHMS, *ENCODINGS])


class NoUsableKey(Exception):
    """None of the client's keys can be encrypted to under the registered algorithm; the message is for logs only."""


def encrypt(payload: str, keys: Iterable[Mapping[str, Any]], *, alg: str, enc: str, cty: str = "") -> str:
    """A compact JWE of the payload for the first key that fits. `cty` "JWT" for a nested one (RFC 7519 §5.2). Raises `NoUsableKey`."""
    key, kid = _choose(keys, alg)
    header = {
        "alg": alg,
        "enc": enc or DEFAULT_ENCODING,
        **({"cty": cty} if cty else {}),
        **({"kid": kid} if kid else {}),
    }
    try:
        return jwe.encrypt_compact(header, payload, key, registry=_registry)
    except (JoseError, ValueError, TypeError) as error:
        raise NoUsableKey(f"{alg}, {enc}: {type(error).__name__}") from error


def _choose(keys: Iterable[Mapping[str, Any]], alg: str) -> tuple[Key, str]:
    for members in keys:
        if members.get("kty") not in KEY_TYPES.get(alg, ()) or members.get("crv") not in _CURVES:
            continue
        # RFC 7517 §4.2, §4.4: what a key says about itself is binding; one that says nothing may be used
        if members.get("use", "enc") != "enc" or members.get("alg", alg) != alg or jwk.key_problem(members):
            continue
        public = {name: members[name] for name in jwk.PUBLIC if name in members}
        return _CLASSES[members["kty"]].import_key(public), str(members.get("kid", ""))
    raise NoUsableKey(f"no key for {alg}")
