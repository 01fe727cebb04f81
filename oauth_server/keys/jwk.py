"""RFC 7517 JSON Web Key: keys that somebody else publishes, judged before they are used; RFC 7518 §6, RFC 8725 §3.

With `jose.py` and `jwe.py` the only place that touches a JOSE library. Neither Django nor settings.
"""

from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from oauth_server.keys import base64url
from oauth_server.words import gettext_noop

KEY_TYPE = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
_CURVE = {"ES256": "P-256", "EdDSA": "Ed25519"}
# RFC 7518 §6: what is private in a key of each type
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
PUBLIC = ("kty", "n", "e", "crv", "x", "y")
_PUBLIC_CURVES = {
    "EC": frozenset({"P-256", "P-384", "P-521"}),
    "OKP": frozenset({"Ed25519", "Ed448", "X25519", "X448"}),
}
_RSA_BITS = range(2048, 4097)
_LARGEST_EXPONENT = 2**32
_MOST_KEYS = 50


def read(members: Mapping[str, Any]) -> Key:
    """Raises `JoseError`, `KeyError`, `TypeError` or `ValueError`."""
    classes: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    key: Key = classes[members["kty"]].import_key(dict(members))
    return key


def thumbprint(key: Mapping[str, Any]) -> str:
    """RFC 7638 §3, with SHA-256. Raises what `read` raises."""
    return read({name: key[name] for name in PUBLIC if name in key}).thumbprint()


def fits(key: Mapping[str, Any], algorithm: str) -> bool:
    """Whether it verifies this algorithm. RFC 7517 §4.2, §4.3, §4.4: what a key says about its use is binding."""
    operations = key.get("key_ops", ["verify"])
    return (
        key.get("kty") == KEY_TYPE[algorithm]
        and key.get("crv") == _CURVE.get(algorithm)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and isinstance(operations, list)
        and "verify" in operations
        and not key_problem(key)
    )


def key_problem(key: object) -> str:
    """Why this is not a public key that can be used here, in words to be translated; empty when it is one."""
    if not isinstance(key, Mapping):
        return gettext_noop("A key must be an object.")
    if _PRIVATE & set(key):
        return gettext_noop("A key has a private member; publish the public part alone.")
    if "kid" in key and not (isinstance(key["kid"], str) and key["kid"]):
        return gettext_noop("The kid of a key must be a string.")
    if any(not isinstance(key.get(name, ""), str) or len(key.get(name, "")) > 1024 for name in PUBLIC):
        return gettext_noop("A key cannot be read.")
    kty = key.get("kty")
    if kty not in {"RSA", "EC", "OKP"}:
        return gettext_noop("A key must be of kty RSA, EC or OKP.")
    if kty != "RSA" and key.get("crv") not in _PUBLIC_CURVES[kty]:
        return gettext_noop("A key is on an unknown curve.")
    try:
        problem = _rsa_problem(key) if kty == "RSA" else ""
        if not problem:
            read({name: key[name] for name in PUBLIC if name in key})
    except (JoseError, ValueError, TypeError, KeyError):
        return gettext_noop("A key cannot be read.")
    return problem


def _rsa_problem(key: Mapping[str, Any]) -> str:
    """Judged before the library reads it: a huge key costs time, a short one a warning."""
    modulus, exponent = (int.from_bytes(base64url.decode(key[name])) for name in ("n", "e"))
    # RFC 7518 §3.3; RFC 8725 §3.2
    if modulus.bit_length() not in _RSA_BITS:
        return gettext_noop("An RSA key must have 2048 to 4096 bits.")
    return "" if exponent <= _LARGEST_EXPONENT else gettext_noop("The exponent of an RSA key is too large.")


def jwks_problem(jwks: object) -> str:
    """RFC 7517 §5: why this is not a set of public keys, in words to be translated; empty when it is one."""
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(keys, list) or len(keys) > _MOST_KEYS:
        return gettext_noop("A JWKS must be an object with a list of at most 50 keys.")
    found = next(filter(None, map(key_problem, keys)), "")
    if found:
        return found
    names = [key["kid"] for key in keys if "kid" in key]
    return gettext_noop("Two keys have the same kid.") if len(set(names)) < len(names) else ""


def usable_keys(jwks: object) -> list[dict[str, Any]]:
    """The keys of a set that somebody else publishes, without those that cannot be used (RFC 7517 §5: they are ignored)."""
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(keys, list):
        return []
    return [key for key in keys[:_MOST_KEYS] if not key_problem(key)]
