"""Signing and verifying: each algorithm, and every way in which a JWT can be wrong while its signature is right."""

import hashlib
import json
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import jwcrypto.jwk
import jwcrypto.jwt
import jwt as pyjwt
import pytest

from oauth_server.keys import jose
from oauth_server.keys.jose import InvalidJWT, PrivateKey
from tests import jwts

ISSUER = "https://id.example"
CLAIMS = {"iss": ISSUER, "sub": "ada", "aud": "https://api.example", "exp": 4_000_000_000}


def made(algorithm: str) -> tuple[PrivateKey, dict[str, Any]]:
    _, public, private = jose.generate(algorithm)
    return jose.load(private), public


KEYS = {algorithm: made(algorithm) for algorithm in jose.ALGORITHMS}
PUBLIC = [public for _, public in KEYS.values()]


def verify(token: str, keys: list[dict[str, Any]] = PUBLIC) -> dict[str, Any]:
    return dict(jose.verify(token, keys, typ="at+jwt", issuer=ISSUER).claims)


@pytest.mark.spec("RFC 7515", "3.1")
@pytest.mark.parametrize("algorithm", jose.ALGORITHMS)
def test_what_was_signed_is_verified(algorithm: str):
    key, _ = KEYS[algorithm]
    token = jose.sign(CLAIMS, key, typ="at+jwt")
    assert verify(token) == CLAIMS
    assert jwts.parts(token)[0] == {"alg": algorithm, "kid": key.kid, "typ": "at+jwt"}


@pytest.mark.seed("S-69")
@pytest.mark.spec("RFC 7519", "7.2")
@pytest.mark.parametrize("algorithm", jose.ALGORITHMS)
def test_two_other_libraries_verify_it(algorithm: str):
    key, public = KEYS[algorithm]
    token = jose.sign({**CLAIMS, "name": "Zoë 日本"}, key, typ="at+jwt")
    by_pyjwt = pyjwt.decode(token, pyjwt.PyJWK(public).key, algorithms=[algorithm], audience="https://api.example")
    by_jwcrypto = jwcrypto.jwt.JWT(jwt=token, key=jwcrypto.jwk.JWK(**public), algs=[algorithm]).claims
    assert by_pyjwt == json.loads(by_jwcrypto) == {**CLAIMS, "name": "Zoë 日本"}


@pytest.mark.spec("RFC 7517", "4")
@pytest.mark.threat(100)
@pytest.mark.parametrize("algorithm", jose.ALGORITHMS)
def test_the_public_key_has_no_private_member(algorithm: str):
    _, public = KEYS[algorithm]
    assert set(public) & {"d", "p", "q", "dp", "dq", "qi", "k", "oth"} == set()
    assert (public["use"], public["alg"]) == ("sig", algorithm)
    members = {name: public[name] for name in ("crv", "e", "kty", "n", "x", "y") if name in public}
    thumbprint = hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest()
    # RFC 7638 §3
    assert public["kid"] == jwts.b64(thumbprint)


@pytest.mark.threat(64)
def test_rsa_keys_have_2048_bits():
    assert KEYS["RS256"][0].key.public_key.key_size == 2048


def test_an_unknown_algorithm_makes_no_key():
    with pytest.raises(ValueError, match="HS256"):
        jose.generate("HS256")


ES = KEYS["ES256"][0]
RS = KEYS["RS256"][0]
PS = KEYS["PS256"][0]
GOOD = {"alg": "ES256", "kid": ES.kid, "typ": "at+jwt"}
GOOD_RS = {"alg": "RS256", "kid": RS.kid, "typ": "at+jwt"}
ATTACKER, ATTACKERS_PUBLIC = made("ES256")


def with_header(**changes: Any) -> Callable[[], str]:
    """A good signature under a header with these changes; None takes a member out."""

    def build() -> str:
        header = {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}
        return jwts.compact(header, CLAIMS, ES)

    return build


def hmac_with(secret: bytes, algorithm: str = "HS256", **header: Any) -> Callable[[], str]:
    def build() -> str:
        import hmac

        signed = f"{jwts.part({**GOOD, 'alg': algorithm, **header})}.{jwts.part(CLAIMS)}"
        return f"{signed}.{jwts.b64(hmac.digest(secret, signed.encode(), 'sha256'))}"

    return build


def unsigned(algorithm: Any, signature: str = "") -> Callable[[], str]:
    return lambda: f"{jwts.part({**GOOD, 'alg': algorithm})}.{jwts.part(CLAIMS)}.{signature}"


def claims_of(raw: Any) -> Callable[[], str]:
    return lambda: jwts.compact(GOOD, raw, ES)


def header_of(raw: bytes) -> Callable[[], str]:
    return lambda: jwts.compact(raw, CLAIMS, ES)


def good() -> str:
    return jwts.compact(GOOD, CLAIMS, ES)


def signature_of(change: Callable[[str], str]) -> Callable[[], str]:
    def build() -> str:
        head, _, signature = good().rpartition(".")
        return f"{head}.{change(signature)}"

    return build


PEM = ES.key.as_pem(private=False)

FORGED: dict[str, Callable[[], str]] = {
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
    "HS256 with the public key as PEM": hmac_with(PEM),
    "HS256 with the public key as JWK": hmac_with(json.dumps(KEYS["ES256"][1]).encode()),
    "HS256 with the kid": hmac_with(ES.kid.encode()),
    "HS256 with nothing": hmac_with(b""),
    "HS512 with the public key": hmac_with(PEM, "HS512"),
    "RS256 over the key of ES256": lambda: jwts.compact({**GOOD, "alg": "RS256"}, CLAIMS, RS),
    "PS256 truly signed by the key of RS256": lambda: jwts.compact(
        {**GOOD_RS, "alg": "PS256"}, CLAIMS, RS, algorithm="PS256"
    ),
    "RS256 truly signed by the key of PS256": lambda: jwts.compact(
        {**GOOD_RS, "kid": PS.kid}, CLAIMS, PS, algorithm="RS256"
    ),
    "RS512 truly signed": lambda: jwts.compact({**GOOD_RS, "alg": "RS512"}, CLAIMS, RS, algorithm="RS512"),
    "RS512 signed, RS256 said": lambda: jwts.compact(GOOD_RS, CLAIMS, RS, algorithm="RS512"),
    "ES384": with_header(alg="ES384"),
    "ES256K": with_header(alg="ES256K"),
    # keys that the token brings
    "embedded jwk": lambda: jwts.compact({**GOOD, "jwk": ATTACKERS_PUBLIC}, CLAIMS, ATTACKER),
    "embedded jwk without kid": lambda: jwts.compact(
        {"alg": "ES256", "typ": "at+jwt", "jwk": ATTACKERS_PUBLIC}, CLAIMS, ATTACKER
    ),
    "embedded jwk with our kid": lambda: jwts.compact(
        {**GOOD, "jwk": {**ATTACKERS_PUBLIC, "kid": ES.kid}}, CLAIMS, ATTACKER
    ),
    "jku": lambda: jwts.compact({**GOOD, "jku": "https://evil.example/jwks.json"}, CLAIMS, ATTACKER),
    "x5u": lambda: jwts.compact({**GOOD, "x5u": "https://evil.example/cert"}, CLAIMS, ATTACKER),
    "x5c": lambda: jwts.compact({**GOOD, "x5c": ["MIIB"]}, CLAIMS, ATTACKER),
    # kid
    "kid missing": with_header(kid=...),
    "kid null": with_header(kid=None),
    "kid empty": with_header(kid=""),
    "kid a list": with_header(kid=[ES.kid]),
    "kid a number": with_header(kid=0),
    "kid a path": with_header(kid="../../../../dev/null"),
    "kid with SQL": with_header(kid="' OR 1=1 --"),
    "kid with NUL": with_header(kid=f"{ES.kid}\x00"),
    "kid with a surrogate": with_header(kid="\ud800"),
    "kid of another key": with_header(kid=RS.kid),
    "kid in other case": with_header(kid=ES.kid.swapcase()),
    # extensions
    "crit unknown": with_header(crit=["urn:example"], **{"urn:example": True}),
    "crit of a known member": with_header(crit=["exp"]),
    "crit empty": with_header(crit=[]),
    "crit null": with_header(crit=None),
    "b64 false": lambda: jwts.compact(
        {**GOOD, "b64": False, "crit": ["b64"]}, CLAIMS, ES, detached=json.dumps(CLAIMS).encode()
    ),
    # type
    "typ missing": with_header(typ=...),
    "typ JWT": with_header(typ="JWT"),
    "typ logout+jwt": with_header(typ="logout+jwt"),
    "typ dpop+jwt": with_header(typ="dpop+jwt"),
    "typ a list": with_header(typ=["at+jwt"]),
    "typ with a space": with_header(typ="at+jwt "),
    # issuer
    "iss another": claims_of({**CLAIMS, "iss": "https://evil.example"}),
    "iss with a slash": claims_of({**CLAIMS, "iss": f"{ISSUER}/"}),
    "iss missing": claims_of({"sub": "ada"}),
    "iss a list": claims_of({**CLAIMS, "iss": [ISSUER]}),
    # signature
    "no signature": signature_of(lambda s: ""),
    "a signature of zeros": signature_of(lambda s: jwts.b64(bytes(64))),
    "a signature cut short": signature_of(lambda s: s[:-2]),
    "a signature and more": signature_of(lambda s: s + "AA"),
    "a signature that is no base64": signature_of(lambda s: "!" * len(s)),
    "somebody else's signature": lambda: jwts.compact(GOOD, CLAIMS, ATTACKER),
    # structure
    "empty": lambda: "",
    "dots": lambda: "..",
    "many dots": lambda: "." * 16_000,
    "two parts": lambda: good().rpartition(".")[0],
    "four parts": lambda: f"{good()}.x",
    "five parts, as a JWE": lambda: f"{good()}.x.y",
    "JSON serialization": lambda: json.dumps({"payload": "e30", "signatures": []}),
    "a space before": lambda: f" {good()}",
    "a line after": lambda: f"{good()}\n",
    "not ASCII": lambda: f"é{good()}",
    "a surrogate": lambda: f"\ud800{good()}",
    "a NUL": lambda: f"{good()}\x00",
    "longer than allowed": lambda: jwts.compact(GOOD, {**CLAIMS, "x": "x" * 16_384}, ES),
    "a header that is a list": header_of(b"[]"),
    "a header that is a string": header_of(b'"ES256"'),
    "a header that is no JSON": header_of(b"{alg:ES256}"),
    "a header that is no UTF-8": header_of(b"\xff\xfe"),
    "a header nested deeply": header_of(b'{"a":' * 2_000 + b"1" + b"}" * 2_000),
    "a header nested in lists": header_of(b"[" * 10_000),
    "claims that are a list": claims_of([CLAIMS]),
    "claims that are a string": claims_of("ada"),
    "claims that are a number": claims_of(1),
    "claims that are no JSON": claims_of(b"iss=x"),
    "claims that are no UTF-8": claims_of(b'{"iss":"\xff"}'),
    "claims nested deeply": claims_of(b"[" * 10_000),
    "claims with a huge integer": claims_of(b'{"iss":"https://id.example","exp":' + b"9" * 6_000 + b"}"),
}


@pytest.mark.threat(43)
@pytest.mark.threat(47)
@pytest.mark.threat(65)
@pytest.mark.asvs("10.4.16")
@pytest.mark.spec("RFC 8725", "3")
@pytest.mark.parametrize("name", FORGED)
def test_a_forged_jwt_is_refused(name: str):
    with pytest.raises(InvalidJWT):
        verify(FORGED[name]())


def test_the_table_forges_what_would_otherwise_be_accepted():
    """Each case has one fault: the same token without it passes."""
    assert verify(good()) == CLAIMS
    assert verify(jwts.compact(GOOD_RS, CLAIMS, RS)) == CLAIMS


def test_a_header_may_say_more_than_it_has_to():
    assert verify(jwts.compact({**GOOD, "x-trace": 1, "cty": "x"}, CLAIMS, ES)) == CLAIMS


@pytest.mark.threat(43)
def test_a_key_that_is_not_published_verifies_nothing():
    with pytest.raises(InvalidJWT):
        verify(good(), [public for public in PUBLIC if public["kid"] != ES.kid])


BOMBS = {
    "a compressed JWE": jwts.part({"alg": "dir", "enc": "A256GCM", "zip": "DEF"}) + "." * 4 + "A" * 16_000,
    "PBES2 with a great count": jwts.part({"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2**31, "p2s": "x"})
    + ".x.x.x.x",
    "RSA1_5": jwts.part({"alg": "RSA1_5", "enc": "A128CBC-HS256"}) + ".x.x.x.x",
    "10 MB": "a." * 2 + "a" * 10_000_000,
    "10 MB of dots": "." * 10_000_000,
    "a header of 16 kB": jwts.part({**GOOD, "x": "x" * 12_000}) + ".e30.x",
    "brackets": jwts.b64(b"[" * 12_000) + ".e30.x",
}


@pytest.mark.threat(64)
@pytest.mark.spec("RFC 8725", "3.6")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_neither_time_nor_memory(name: str):
    tracemalloc.start()
    try:
        before = time.process_time()
        with pytest.raises(InvalidJWT):
            verify(BOMBS[name])
        assert time.process_time() - before < 0.05
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.3.6")
def test_the_left_half_of_a_hash_is_that_of_the_specification():
    # OpenID Connect Core 1.0 Appendix A.3 (at_hash) and A.4 (c_hash)
    assert jose.left_half("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "RS256") == "77QmUPtjPfzWtF2AnpK9RQ"
    assert (
        jose.left_half("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk", "RS256")
        == "LDktKdoQak3Pk0cnXxCltA"
    )


def test_the_left_half_for_eddsa_is_of_sha_512():
    assert jose.left_half("x", "EdDSA") == jwts.b64(hashlib.sha512(b"x").digest()[:32])
