"""RFC 7515 JSON Web Signature, RFC 7517 JSON Web Key, RFC 7519 JSON Web Token, under the rules of RFC 8725 (JWT BCP).

The only place that touches a JOSE library. Neither Django nor settings.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

# RFC 8725 §3.1: the algorithms that this server signs with and accepts; no `none`, no HMAC
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
# RFC 8725 §3.6: longer input is refused before it is decoded
MAX_LENGTH = 16_384

_KEY_TYPE = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}


class _Registry(JWSRegistry):
    def get_alg(self, name: str) -> Any:
        """Without the library's advice: RFC 9864 names Ed25519 what clients know as EdDSA (RFC 8037)."""
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


_registry = _Registry(algorithms=list(ALGORITHMS), strict_check_header=False)


class InvalidJWT(Exception):
    """The token is not a JWT of the expected kind; the message says which rule failed and is for logs only."""


@dataclass(frozen=True, slots=True)
class SignedClaims:
    """Claims of a JWT whose signature, type and issuer were verified here."""

    claims: Mapping[str, Any]
    header: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A parsed key that signs."""

    kid: str
    algorithm: str
    key: Key


def generate(algorithm: str) -> tuple[str, dict[str, Any], bytes]:
    """A fresh key: its kid (RFC 7638 thumbprint), its public JWK, and its private JWK as JSON."""
    return _described(_fresh(algorithm), algorithm)


def _described(key: Key, algorithm: str) -> tuple[str, dict[str, Any], bytes]:
    kid = key.thumbprint()
    members = {"kid": kid, "use": "sig", "alg": algorithm}
    public = {**key.as_dict(private=False), **members}
    private = {**key.as_dict(private=True), **members}
    return kid, public, json.dumps(private).encode()


def from_pem(pem: str, algorithm: str) -> tuple[str, dict[str, Any], bytes]:
    """The same of an RSA key that was made elsewhere. Raises `ValueError`."""
    return _described(RSAKey.import_key(pem), algorithm)


def _fresh(algorithm: str) -> Key:
    if algorithm in {"RS256", "PS256"}:
        return RSAKey.generate_key(2048)
    if algorithm == "ES256":
        return ECKey.generate_key("P-256")
    if algorithm == "EdDSA":
        return OKPKey.generate_key("Ed25519")
    raise ValueError(f"unknown signing algorithm {algorithm}")


def load(private: bytes) -> PrivateKey:
    """Parse a private JWK; 62 ms for RSA, so callers keep the result."""
    members = json.loads(private)
    return PrivateKey(members["kid"], members["alg"], _import(members))


def _import(members: Mapping[str, Any]) -> Key:
    classes: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    key: Key = classes[members["kty"]].import_key(dict(members))
    return key


def sign(claims: Mapping[str, Any], key: PrivateKey, *, typ: str) -> str:
    """A compact JWS over the claims; `typ` as RFC 8725 §3.11 asks for."""
    header = {"alg": key.algorithm, "kid": key.kid, "typ": typ}
    payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
    return jws.serialize_compact(header, payload, key.key, registry=_registry)


def verify(token: str, keys: Iterable[Mapping[str, Any]], *, typ: str, issuer: str) -> SignedClaims:
    """Verify a JWT against public JWKs. Checks signature, `typ`, `iss`; times and audience are the caller's. Raises `InvalidJWT`."""
    header = unverified_header(token)
    # RFC 8725 §3.11: explicit typing keeps one kind of JWT from being taken for another
    if header.get("typ") != typ:
        raise InvalidJWT("typ")
    claims = _verified_claims(token, _key_for(header, keys))
    if claims.get("iss") != issuer:
        raise InvalidJWT("iss")
    return SignedClaims(claims, header)


def _key_for(header: Mapping[str, Any], keys: Iterable[Mapping[str, Any]]) -> Key:
    algorithm = header.get("alg")
    for members in keys:
        # RFC 8725 §3.1: the key says which algorithm it is for; header and key must agree
        if (
            members["kid"] == header.get("kid")
            and members["alg"] == algorithm
            and members["kty"] == _KEY_TYPE[algorithm]
        ):
            return _import(members)
    raise InvalidJWT("kid")


def _verified_claims(token: str, key: Key) -> dict[str, Any]:
    try:
        payload = jws.deserialize_compact(token, key, registry=_registry).payload
    except (JoseError, ValueError, TypeError) as error:
        raise InvalidJWT("signature") from error
    return _object(payload)


def unverified_header(token: str) -> dict[str, Any]:
    """The header of a compact JWS, before anything is verified. Raises `InvalidJWT`."""
    if len(token) > MAX_LENGTH or token.count(".") != 2:
        raise InvalidJWT("not a compact JWS")
    try:
        raw = base64.urlsafe_b64decode(token.split(".", 1)[0] + "===")
    except ValueError as error:
        raise InvalidJWT("header") from error
    header = _object(raw)
    # RFC 7515 §4.1.11: an extension that is not understood must be refused; b64=false (RFC 7797) is one
    if "crit" in header or header.get("alg") not in ALGORITHMS:
        raise InvalidJWT("alg or crit")
    return header


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InvalidJWT("not JSON") from error
    if not isinstance(value, dict):
        raise InvalidJWT("not a JSON object")
    return value


def left_half(value: str, algorithm: str) -> str:
    """OpenID Connect Core 1.0 §3.1.3.6: `at_hash`, `c_hash`: the left half of the hash that belongs to the algorithm, base64url."""
    digest = hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256
    raw = digest(value.encode()).digest()
    return base64.urlsafe_b64encode(raw[: len(raw) // 2]).rstrip(b"=").decode()
