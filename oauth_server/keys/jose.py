"""RFC 7515 JSON Web Signature, RFC 7517 JSON Web Key, RFC 7519 JSON Web Token, under the rules of RFC 8725 (JWT BCP).

The only place that touches a JOSE library. Neither Django nor settings. `verify` is for what we signed, `verify_foreign` for the rest.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from oauth_server import strict_json
from oauth_server.keys import base64url, jwk

# RFC 8725 §3.1: the algorithms that this server signs with and accepts; no `none`, no HMAC
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
# RFC 8725 §3.6: longer input is refused before it is decoded
MAX_LENGTH = 16_384

# OpenID Connect Core 1.0 §9, client_secret_jwt alone: a secret that both sides know
HMAC = "HS256"

# RFC 7515 §2: base64url without anything else; Python's decoder would skip whatever is not
_COMPACT = re.compile(r"[\w-]+\.[\w-]*\.[\w-]*", re.ASCII)

# Made once: json.dumps makes an encoder for every call that names an option
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class _Registry(JWSRegistry):
    def get_alg(self, name: str) -> Any:
        """Without the library's advice: RFC 9864 names Ed25519 what clients know as EdDSA (RFC 8037)."""
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


_registry = _Registry(algorithms=list(ALGORITHMS), strict_check_header=False)
_hmac_registry = JWSRegistry(algorithms=[HMAC], strict_check_header=False)


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
    return PrivateKey(members["kid"], members["alg"], jwk.read(members))


def sign(claims: Mapping[str, Any], key: PrivateKey, *, typ: str) -> str:
    """A compact JWS over the claims; `typ` as RFC 8725 §3.11 asks for."""
    signed = f"{_header(key.algorithm, key.kid, typ)}.{base64url.encode(_encode(claims).encode())}"
    # RFC 7515 §5.1: the library signs; its own serialization would check our header and key again for every token
    signature = _registry.get_alg(key.algorithm).sign(signed.encode(), key.key)
    return f"{signed}.{base64url.encode(signature)}"


@lru_cache(maxsize=256)
def _header(algorithm: str, kid: str, typ: str) -> str:
    return base64url.encode(_encode({"alg": algorithm, "kid": kid, "typ": typ}).encode())


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
            and members["kty"] == jwk.KEY_TYPE[algorithm]
        ):
            return jwk.read(members)
    raise InvalidJWT("kid")


def _verified_claims(token: str, key: Key, registry: JWSRegistry = _registry) -> dict[str, Any]:
    try:
        payload = jws.deserialize_compact(token, key, registry=registry).payload
    except (JoseError, ValueError, TypeError) as error:
        raise InvalidJWT("signature") from error
    return _object(payload)


def verify_foreign(
    token: str, keys: Iterable[Mapping[str, Any]], *, typs: Collection[str], algorithms: Collection[str] = ALGORITHMS
) -> SignedClaims:
    """Verify a JWT that somebody else signed, by public JWKs of theirs. Audience and times: `require_claims`.

    `typs`: those that this kind of JWT may have, in lower case; "" where it may have none. Raises `InvalidJWT`, which names the rule.
    """
    header = _typed_header(token, typs)
    algorithm = header["alg"]
    if algorithm not in algorithms:
        raise InvalidJWT("alg is not among those that are accepted here")
    return SignedClaims(_verified_claims(token, _foreign_key(keys, header)), header)


def verify_hmac(token: str, secret: str, *, typs: Collection[str]) -> SignedClaims:
    """The same under a shared secret (RFC 7518 §3.2: at least as long as its hash). Raises `InvalidJWT`."""
    header = _typed_header(token, typs, (HMAC,))
    raw = secret.encode()
    if len(raw) < 32:
        raise InvalidJWT("the secret is too short for HS256")
    key: Any = OctKey.import_key(raw)
    return SignedClaims(_verified_claims(token, key, _hmac_registry), header)


def _typed_header(token: str, typs: Collection[str], algorithms: Collection[str] = ALGORITHMS) -> dict[str, Any]:
    header = unverified_header(token, algorithms)
    typ = header.get("typ", "")
    # RFC 7515 §4.1.9: a media type, compared without regard to case, `application/` may be left out
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") not in typs:
        raise InvalidJWT("typ")
    return header


def _foreign_key(keys: Iterable[Mapping[str, Any]], header: Mapping[str, Any]) -> Key:
    """The one key that the header names, or without a name the only one that fits."""
    kid, algorithm = header.get("kid"), header["alg"]
    if kid is not None and not isinstance(kid, str):
        raise InvalidJWT("kid is not a string")
    fitting = [key for key in keys if jwk.fits(key, algorithm) and (kid is None or key.get("kid") == kid)]
    if len(fitting) != 1:
        raise InvalidJWT("kid: no key fits" if not fitting else "kid: more than one key fits")
    public = {name: value for name, value in fitting[0].items() if name in jwk.PUBLIC}
    try:
        return jwk.read(public)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InvalidJWT("the key cannot be read") from error


def numeric_date(claims: Mapping[str, Any], name: str) -> float | None:
    """RFC 7519 §2: a time; None when it is absent. Raises `InvalidJWT`."""
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 2**40:
        raise InvalidJWT(f"{name} is not a time")
    return float(value)


def require_times(claims: Mapping[str, Any], *, now: float, longest: float, ahead: float) -> float:
    """RFC 7519 §4.1.4 to §4.1.6: `exp` is there, not over and at most `longest` seconds away; `nbf` and `iat` at most `ahead` seconds.

    Returns `exp`. Raises `InvalidJWT`.
    """
    exp = numeric_date(claims, "exp")
    if exp is None:
        raise InvalidJWT("exp is missing")
    if exp <= now:
        raise InvalidJWT("exp: expired")
    if exp > now + longest + ahead:
        raise InvalidJWT("exp is too far away")
    for name in ("nbf", "iat"):
        value = numeric_date(claims, name)
        if value is not None and value > now + ahead:
            raise InvalidJWT(f"{name} is in the future")
    return exp


def require_made_since(claims: Mapping[str, Any], since: datetime | None, *, longest: float) -> None:
    """Of what works once: no earlier than `since`, because what was used up before is not known. Raises `InvalidJWT`.

    One that does not say when it was made (`iat`, `nbf`) counts as `longest` seconds old when it expires.
    """
    if since is None:
        return
    made = numeric_date(claims, "iat") or numeric_date(claims, "nbf")
    if made is None:
        made = (numeric_date(claims, "exp") or 0) - longest
    # RFC 7519 §2: times are often whole seconds
    if made + 1 <= since.timestamp():
        raise InvalidJWT("made before everything was ended")


def unverified_claims(token: str) -> dict[str, Any]:
    """What a JWT says about itself, to find out whose keys verify it. Raises `InvalidJWT`."""
    unverified_header(token, (*ALGORITHMS, HMAC))
    return _object(_decoded(token.split(".")[1]))


def unverified_header(token: str, algorithms: Collection[str] = ALGORITHMS) -> dict[str, Any]:
    """The header of a compact JWS, before anything is verified. Raises `InvalidJWT`."""
    if len(token) > MAX_LENGTH or not _COMPACT.fullmatch(token):
        raise InvalidJWT("not a compact JWS")
    header = _object(_decoded(token.split(".", 1)[0]))
    # RFC 7515 §4.1.11: an extension that is not understood must be refused; b64=false (RFC 7797) is one
    if "crit" in header or header.get("alg") not in algorithms:
        raise InvalidJWT("alg or crit")
    return header


def _decoded(part: str) -> bytes:
    try:
        return base64url.decode(part)
    except ValueError as error:
        raise InvalidJWT("a part is not base64url") from error


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = strict_json.parse(raw)
    except ValueError as error:
        raise InvalidJWT("not JSON") from error
    if not isinstance(value, dict):
        raise InvalidJWT("not a JSON object")
    return value


def left_half(value: str, algorithm: str) -> str:
    """OpenID Connect Core 1.0 §3.1.3.6: `at_hash`, `c_hash`: the left half of the hash that belongs to the algorithm, base64url."""
    digest = hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256
    raw = digest(value.encode()).digest()
    return base64url.encode(raw[: len(raw) // 2])
