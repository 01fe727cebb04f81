"""What is encrypted to a client opens with its own key, and nothing is encrypted to one that is too weak or meant for something else."""

from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from oauth_server.keys.jwe import ALGORITHMS, ENCODINGS, NoUsableKey, encrypt

pytestmark = pytest.mark.spec("RFC 7516", "3")

RSA, EC, OKP = RSAKey.generate_key(2048), ECKey.generate_key("P-256"), OKPKey.generate_key("X25519")
KEYS: dict[str, Any] = {"RSA": RSA, "EC": EC, "OKP": OKP}


def public(key: Any, **members: str) -> dict[str, Any]:
    return {**key.as_dict(private=False), **members}


@pytest.mark.parametrize("enc", ENCODINGS)
@pytest.mark.parametrize(
    ("alg", "kty"),
    [
        ("RSA-OAEP-256", "RSA"),
        ("ECDH-ES", "EC"),
        ("ECDH-ES+A256KW", "EC"),
        ("ECDH-ES", "OKP"),
        ("ECDH-ES+A256KW", "OKP"),
    ],
)
def test_only_the_clients_key_opens_it(alg: str, kty: str, enc: str):
    keys = [public(key, kid=name, use="enc") for name, key in KEYS.items()]
    sealed = encrypt("häll", [key for key in keys if key["kid"] in {kty, "RSA"}], alg=alg, enc=enc, cty="JWT")
    opened = jwe.decrypt_compact(sealed, KEYS[kty], algorithms=[alg, enc])
    assert opened.plaintext == "häll".encode()
    header = opened.protected
    assert {name: header[name] for name in ("alg", "enc", "kid", "cty")} == {
        "alg": alg,
        "enc": enc,
        "kid": kty,
        "cty": "JWT",
    }
    assert "zip" not in header
    assert sealed != encrypt("häll", keys, alg=alg, enc=enc, cty="JWT")


def test_without_enc_it_is_the_one_of_the_specification():
    sealed = encrypt("x", [public(EC)], alg="ECDH-ES", enc="")
    assert jwe.decrypt_compact(sealed, EC, algorithms=["ECDH-ES", "A128CBC-HS256"]).plaintext == b"x"


@pytest.mark.threat(64)
@pytest.mark.parametrize(
    ("alg", "key"),
    [
        ("RSA-OAEP-256", public(EC)),
        ("ECDH-ES", public(RSA)),
        ("ECDH-ES", public(EC, use="sig")),
        ("ECDH-ES", public(EC, alg="ES256")),
        ("RSA-OAEP-256", public(RSA, alg="RS256")),
        ("ECDH-ES", public(ECKey.generate_key("secp256k1"))),
        ("ECDH-ES", public(OKPKey.generate_key("Ed25519"))),
        ("ECDH-ES", {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
        ("ECDH-ES", {"kty": "EC"}),
        ("ECDH-ES", EC.as_dict(private=True)),
        ("RSA-OAEP-256", {"kty": "RSA", "n": 7, "e": None}),
        ("RSA-OAEP-256", {"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
        ("RSA1_5", public(RSA)),
        ("RSA-OAEP", public(RSA)),
        ("dir", OctKey.generate_key(256).as_dict(private=True)),
        ("A256KW", OctKey.generate_key(256).as_dict(private=True)),
        ("PBES2-HS256+A128KW", OctKey.generate_key(256).as_dict(private=True)),
        ("none", public(RSA)),
    ],
)
def test_no_key_no_message(alg: str, key: dict[str, Any]):
    with pytest.raises(NoUsableKey):
        encrypt("x", [key], alg=alg, enc="A256GCM")


def test_a_key_shorter_than_2048_bits_is_none():
    with pytest.warns(match="Weak|weak|>= 2048"):
        weak = public(RSAKey.generate_key(1024))
    with pytest.raises(NoUsableKey):
        encrypt("x", [weak], alg="RSA-OAEP-256", enc="A256GCM")


@pytest.mark.parametrize("enc", ["A256CBC", "A128GCM", "none"])
def test_no_other_content_encryption(enc: str):
    with pytest.raises(NoUsableKey):
        encrypt("x", [public(RSA)], alg="RSA-OAEP-256", enc=enc)


def test_what_is_listed_is_what_is_tried():
    assert (ALGORITHMS, ENCODINGS) == (("RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW"), ("A128CBC-HS256", "A256GCM"))
