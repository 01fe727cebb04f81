"""Signing and verifying: each algorithm, and every way in which a JWT can be wrong while its signature is right."""

import hashlib
import json
import tracemalloc
from typing import Any

import jwcrypto.jwk
import jwcrypto.jwt
import jwt as pyjwt
import pytest

from oauth_server.keys import jose
from oauth_server.keys.jose import InvalidJWT, PrivateKey
from tests import jwts
from tests.effort import at_most
from tests.forged import FORGED, Parts, good

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


GOOD = Parts(KEYS["ES256"][0], KEYS["RS256"][0], KEYS["PS256"][0], "at+jwt", CLAIMS)


@pytest.mark.threat(43)
@pytest.mark.threat(47)
@pytest.mark.threat(65)
@pytest.mark.spec("RFC 8725", "3")
@pytest.mark.parametrize("name", FORGED)
def test_a_forged_jwt_is_refused(name: str):
    with pytest.raises(InvalidJWT):
        verify(FORGED[name](GOOD))


def test_the_table_forges_what_would_otherwise_be_accepted():
    """Each case has one fault: the same token without it passes."""
    assert verify(good(GOOD)) == CLAIMS
    assert verify(jwts.compact(GOOD.header_rs, CLAIMS, GOOD.rs)) == CLAIMS


def test_a_header_may_say_more_than_it_has_to():
    assert verify(jwts.compact({**GOOD.header, "x-trace": 1, "cty": "x"}, CLAIMS, GOOD.es)) == CLAIMS


@pytest.mark.threat(69)
@pytest.mark.spec("RFC 7515", "2")
@pytest.mark.parametrize("noise", ["\x00", "\n", "=", "é", " ", "!"])
@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_jwt_is_spelled_in_one_way(part: int, noise: str):
    """What is kept of it, such as a software statement, is what was verified, and no database refuses it."""
    parts = good(GOOD).split(".")
    parts[part] = f"{parts[part]}{noise}"
    for read in (verify, jose.unverified_header, jose.unverified_claims):
        with pytest.raises(InvalidJWT, match="not a compact JWS"):
            read(".".join(parts))


@pytest.mark.threat(43)
def test_a_key_that_is_not_published_verifies_nothing():
    with pytest.raises(InvalidJWT):
        verify(good(GOOD), [public for public in PUBLIC if public["kid"] != GOOD.es.kid])


BOMBS = {
    "a compressed JWE": jwts.part({"alg": "dir", "enc": "A256GCM", "zip": "DEF"}) + "." * 4 + "A" * 16_000,
    "PBES2 with a great count": jwts.part({"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2**31, "p2s": "x"})
    + ".x.x.x.x",
    "RSA1_5": jwts.part({"alg": "RSA1_5", "enc": "A128CBC-HS256"}) + ".x.x.x.x",
    "10 MB": "a." * 2 + "a" * 10_000_000,
    "10 MB of dots": "." * 10_000_000,
    "a header of 16 kB": jwts.part({**GOOD.header, "x": "x" * 12_000}) + ".e30.x",
    "brackets": jwts.b64(b"[" * 12_000) + ".e30.x",
}


@pytest.mark.threat(64)
@pytest.mark.spec("RFC 8725", "3.6")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_neither_time_nor_memory(name: str):
    tracemalloc.start()
    try:
        with at_most(0.05), pytest.raises(InvalidJWT):
            verify(BOMBS[name])
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
