"""JWTs with one fault each, of which the signature is right wherever it can be: `FORGED[name](parts)` makes one.

`parts` is a good token in pieces, so that each place that takes a JWT meets the same table with its own keys, type and claims.
"""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from oauth_server.keys import jose
from oauth_server.keys.jose import PrivateKey
from tests import jwts


@dataclass(frozen=True)
class Parts:
    """What a good token is made of: signed by `es`, under `header`; `header_rs` goes with `rs`."""

    es: PrivateKey
    rs: PrivateKey
    ps: PrivateKey
    typ: str
    claims: dict[str, Any]

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": "ES256", "kid": self.es.kid, "typ": self.typ}

    @property
    def header_rs(self) -> dict[str, Any]:
        return {"alg": "RS256", "kid": self.rs.kid, "typ": self.typ}


Forge = Callable[[Parts], str]
_, ATTACKERS_PUBLIC, _private = jose.generate("ES256")
ATTACKER = jose.load(_private)


def without(members: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in members.items() if key != name}


def good(p: Parts) -> str:
    return jwts.compact(p.header, p.claims, p.es)


def with_header(**changes: Any) -> Forge:
    """A good signature under a header with these changes; `...` takes a member out, a function makes one."""

    def build(p: Parts) -> str:
        made = {name: value(p) if callable(value) else value for name, value in changes.items()}
        header = {name: value for name, value in {**p.header, **made}.items() if value is not ...}
        return jwts.compact(header, p.claims, p.es)

    return build


def hmac_with(secret: Callable[[Parts], bytes], algorithm: str = "HS256") -> Forge:
    def build(p: Parts) -> str:
        signed = f"{jwts.part({**p.header, 'alg': algorithm})}.{jwts.part(p.claims)}"
        return f"{signed}.{jwts.b64(hmac.digest(secret(p), signed.encode(), 'sha' + algorithm[2:]))}"

    return build


def pem(p: Parts) -> bytes:
    found: bytes = p.es.key.as_pem(private=False)
    return found


def unsigned(algorithm: Any, signature: str = "") -> Forge:
    return lambda p: f"{jwts.part({**p.header, 'alg': algorithm})}.{jwts.part(p.claims)}.{signature}"


def claims_of(raw: Callable[[Parts], Any]) -> Forge:
    return lambda p: jwts.compact(p.header, raw(p), p.es)


def header_of(raw: bytes) -> Forge:
    return lambda p: jwts.compact(raw, p.claims, p.es)


def signature_of(change: Callable[[str], str]) -> Forge:
    def build(p: Parts) -> str:
        head, _, signature = good(p).rpartition(".")
        return f"{head}.{change(signature)}"

    return build


FORGED: dict[str, Forge] = {
    # algorithm
    "alg none": unsigned("none"),
    "alg None": unsigned("None"),
    "alg NONE with a signature": unsigned("NONE", jwts.b64(b"x" * 64)),
    "alg empty": unsigned(""),
    "alg missing": with_header(alg=...),
    "alg null": with_header(alg=None),
    "alg a list": with_header(alg=["ES256"]),
    "alg an object": with_header(alg={"ES256": 1}),
    "alg a number": with_header(alg=256),
    "alg in lower case": with_header(alg="es256"),
    "HS256 with the public key as PEM": hmac_with(pem),
    "HS256 with the public key as JWK": hmac_with(lambda p: json.dumps(p.es.key.as_dict(private=False)).encode()),
    "HS256 with the kid": hmac_with(lambda p: p.es.kid.encode()),
    "HS256 with nothing": hmac_with(lambda p: b""),
    "HS512 with the public key": hmac_with(pem, "HS512"),
    "RS256 over the key of ES256": lambda p: jwts.compact({**p.header, "alg": "RS256"}, p.claims, p.rs),
    "PS256 truly signed by the key of RS256": lambda p: jwts.compact(
        {**p.header_rs, "alg": "PS256"}, p.claims, p.rs, algorithm="PS256"
    ),
    "RS256 truly signed by the key of PS256": lambda p: jwts.compact(
        {**p.header_rs, "kid": p.ps.kid}, p.claims, p.ps, algorithm="RS256"
    ),
    "RS512 truly signed": lambda p: jwts.compact({**p.header_rs, "alg": "RS512"}, p.claims, p.rs, algorithm="RS512"),
    "RS512 signed, RS256 said": lambda p: jwts.compact(p.header_rs, p.claims, p.rs, algorithm="RS512"),
    "ES384": with_header(alg="ES384"),
    "ES256K": with_header(alg="ES256K"),
    # keys that the token brings
    "embedded jwk": lambda p: jwts.compact({**p.header, "jwk": ATTACKERS_PUBLIC}, p.claims, ATTACKER),
    "embedded jwk without kid": lambda p: jwts.compact(
        {**without(p.header, "kid"), "jwk": ATTACKERS_PUBLIC}, p.claims, ATTACKER
    ),
    "embedded jwk with our kid": lambda p: jwts.compact(
        {**p.header, "jwk": {**ATTACKERS_PUBLIC, "kid": p.es.kid}}, p.claims, ATTACKER
    ),
    "jku": lambda p: jwts.compact({**p.header, "jku": "https://evil.example/jwks.json"}, p.claims, ATTACKER),
    "x5u": lambda p: jwts.compact({**p.header, "x5u": "https://evil.example/cert"}, p.claims, ATTACKER),
    "x5c": lambda p: jwts.compact({**p.header, "x5c": ["MIIB"]}, p.claims, ATTACKER),
    # kid
    "kid missing": with_header(kid=...),
    "kid null": with_header(kid=None),
    "kid empty": with_header(kid=""),
    "kid a list": with_header(kid=lambda p: [p.es.kid]),
    "kid a number": with_header(kid=0),
    "kid a path": with_header(kid="../../../../dev/null"),
    "kid with SQL": with_header(kid="' OR 1=1 --"),
    "kid with NUL": with_header(kid=lambda p: f"{p.es.kid}\x00"),
    "kid with a surrogate": with_header(kid="\ud800"),
    "kid of another key": with_header(kid=lambda p: p.rs.kid),
    "kid in other case": with_header(kid=lambda p: p.es.kid.swapcase()),
    # extensions
    "crit unknown": with_header(crit=["urn:example"], **{"urn:example": True}),
    "crit of a known member": with_header(crit=["exp"]),
    "crit empty": with_header(crit=[]),
    "crit null": with_header(crit=None),
    "b64 false": lambda p: jwts.compact(
        {**p.header, "b64": False, "crit": ["b64"]}, p.claims, p.es, detached=json.dumps(p.claims).encode()
    ),
    # type
    "typ missing": with_header(typ=...),
    "typ JWT": with_header(typ="JWT"),
    "typ logout+jwt": with_header(typ="logout+jwt"),
    "typ dpop+jwt": with_header(typ="dpop+jwt"),
    "typ a list": with_header(typ=["at+jwt"]),
    "typ with a space": with_header(typ="at+jwt "),
    # issuer
    "iss another": claims_of(lambda p: {**p.claims, "iss": "https://evil.example"}),
    "iss with a slash": claims_of(lambda p: {**p.claims, "iss": f"{p.claims['iss']}/"}),
    "iss missing": claims_of(lambda p: without(p.claims, "iss")),
    "iss a list": claims_of(lambda p: {**p.claims, "iss": [p.claims["iss"]]}),
    # signature
    "no signature": signature_of(lambda s: ""),
    "a signature of zeros": signature_of(lambda s: jwts.b64(bytes(64))),
    "a signature cut short": signature_of(lambda s: s[:-2]),
    "a signature and more": signature_of(lambda s: s + "AA"),
    "a signature that is no base64": signature_of(lambda s: "!" * len(s)),
    "somebody else's signature": lambda p: jwts.compact(p.header, p.claims, ATTACKER),
    # structure
    "empty": lambda p: "",
    "dots": lambda p: "..",
    "many dots": lambda p: "." * 16_000,
    "two parts": lambda p: good(p).rpartition(".")[0],
    "four parts": lambda p: f"{good(p)}.x",
    "five parts, as a JWE": lambda p: f"{good(p)}.x.y",
    "JSON serialization": lambda p: json.dumps({"payload": "e30", "signatures": []}),
    "a space before": lambda p: f" {good(p)}",
    "a line after": lambda p: f"{good(p)}\n",
    "not ASCII": lambda p: f"é{good(p)}",
    "a surrogate": lambda p: f"\ud800{good(p)}",
    "a NUL": lambda p: f"{good(p)}\x00",
    "longer than allowed": lambda p: jwts.compact(p.header, {**p.claims, "x": "x" * 16_384}, p.es),
    "a header that is a list": header_of(b"[]"),
    "a header that is a string": header_of(b'"ES256"'),
    "a header that is no JSON": header_of(b"{alg:ES256}"),
    "a header that is no UTF-8": header_of(b"\xff\xfe"),
    "a header nested deeply": header_of(b'{"a":' * 2_000 + b"1" + b"}" * 2_000),
    "a header nested in lists": header_of(b"[" * 10_000),
    "claims that are a list": claims_of(lambda p: [p.claims]),
    "claims that are a string": claims_of(lambda p: "ada"),
    "claims that are a number": claims_of(lambda p: 1),
    "claims that are no JSON": claims_of(lambda p: b"iss=x"),
    "claims that are no UTF-8": claims_of(lambda p: b'{"iss":"\xff"}'),
    "claims nested deeply": claims_of(lambda p: b"[" * 10_000),
    "claims with a huge integer": claims_of(lambda p: b'{"exp":' + b"9" * 6_000 + b"}"),
}
