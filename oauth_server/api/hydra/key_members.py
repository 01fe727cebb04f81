"""RFC 7517 keys as Hydra's client reads them: alg, kid, kty and use demanded, and nothing that its model does not name."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from oauth_server.keys import base64url

_REQUIRED = ("alg", "kid", "kty", "use")
_ALLOWED = frozenset({*_REQUIRED, "crv", "e", "n", "x", "x5c", "y"})
_BY_CURVE = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
# RFC 7638 §3.2
_IDENTIFYING = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}


def of_client(jwks: Mapping[str, Any] | None) -> dict[str, Any]:
    """A client's set: one key without `alg` would make its client refuse the whole list of clients."""
    if not jwks:
        return {}
    return {"keys": [of_key(key) for key in jwks.get("keys", ())]}


def of_key(key: Mapping[str, Any]) -> dict[str, Any]:
    """The public part of a key, with what may be left out elsewhere filled in."""
    found = {name: value for name, value in key.items() if name in _ALLOWED}
    kty = str(key.get("kty", ""))
    found.setdefault("use", "sig")
    if not found.get("alg"):
        found["alg"] = _algorithm(kty, str(key.get("crv", "")), found["use"])
    if not found.get("kid"):
        found["kid"] = _thumbprint(key, kty)
    return found


def _algorithm(kty: str, curve: str, use: str) -> str:
    if use == "enc":
        return "RSA-OAEP-256" if kty == "RSA" else "ECDH-ES"
    return {"RSA": "RS256", "OKP": "EdDSA"}.get(kty) or _BY_CURVE.get(curve, "ES256")


def _thumbprint(key: Mapping[str, Any], kty: str) -> str:
    members = {name: key.get(name, "") for name in _IDENTIFYING.get(kty, ("kty",))}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return base64url.encode(hashlib.sha256(text.encode()).digest())
