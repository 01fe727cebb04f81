"""A proof is for one request, one token and one key, and is good once."""

import hashlib
import time
from typing import Any

import pytest

from oauth_server.keys import jose, jwk
from oauth_server.proof import dpop
from tests import jwts

TOKEN, URL = "oas_at_x", "https://API.example:443/orders?page=2"
_, PUBLIC, PRIVATE = jose.generate("ES256")
KEY = jose.load(PRIVATE)
BARE = {name: PUBLIC[name] for name in ("kty", "crv", "x", "y")}
pytestmark = [pytest.mark.spec("RFC 9449", "4.3"), pytest.mark.bar("D3.1")]


def made(key: Any = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
    ath = jwts.b64(hashlib.sha256(TOKEN.encode()).digest())
    good = {"jti": "1", "htm": "GET", "htu": "https://api.example/orders", "iat": int(time.time()), "ath": ath}
    claims = {name: value for name, value in {**good, **changes}.items() if value is not None}
    return jwts.compact({"typ": "dpop+jwt", "alg": "ES256", "jwk": BARE, **(header or {})}, claims, key)


def why(proof: str, fresh: dpop.Fresh | None = None) -> str:
    asked: dict[str, Any] = {"jkt": jwk.thumbprint(BARE), "access_token": TOKEN, "method": "GET", "url": URL}
    try:
        dpop.require(proof, **asked, now=time.time(), fresh=fresh or dpop.Memory())
    except dpop.InvalidProof as error:
        return str(error)
    return ""


def test_what_is_no_proof_for_this_request_is_refused_with_its_rule() -> None:
    assert why(made()) == why(made(htu="HTTPS://api.EXAMPLE/orders?page=3#x")) == ""
    assert why(made(iat=time.time() - dpop.WINDOW / 2)) == ""
    _, other, private = jose.generate("ES256")
    stranger, theirs = jose.load(private), {name: other[name] for name in ("kty", "crv", "x", "y")}
    now = time.time()
    table: list[tuple[str, str]] = [
        ("", "compact"),
        ("a.b.c", "base64url"),
        (f"{made()},{made()}", "compact"),
        (made(header={"typ": "JWT"}), "typ"),
        (made(header={"typ": None}), "typ"),
        (made(header={"alg": "none"}), "alg"),
        (made(header={"alg": "HS256"}), "alg"),
        (made(header={"crit": ["b64"]}), "crit"),
        (made(header={"jwk": None}), "jwk"),
        (made(header={"jwk": {**BARE, "d": "AAAA"}}), "jwk"),
        (made(header={"jwk": {"kty": "oct", "k": "AAAA"}}), "jwk"),
        (made(header={"jwk": theirs}), "signature"),
        (made(stranger, header={"jwk": theirs}), "the key that the token is bound to"),
        (made(htm="POST"), "htm"),
        (made(htm=None), "htm"),
        (made(htu="http://api.example/orders"), "htu"),
        (made(htu="https://api.example:8443/orders"), "htu"),
        (made(htu="https://api.example/orders/"), "htu"),
        (made(htu="https://[/orders"), "htu"),
        (made(htu=7), "htu"),
        (made(iat=now - dpop.WINDOW - 5), "iat"),
        # so long does no machine take from here to there
        (made(iat=now + 2 * dpop.WINDOW), "iat"),
        (made(iat=None), "iat"),
        (made(iat="now"), "iat"),
        (made(ath=None), "ath"),
        (made(ath=jwts.b64(b"x" * 32)), "ath"),
        (made(ath="é"), "ath"),
        (made(jti=None), "jti"),
        (made(jti=""), "jti"),
        (made(jti="x" * 300), "jti"),
    ]
    for proof, rule in table:
        assert rule in why(proof), (rule, why(proof))


@pytest.mark.spec("RFC 9449", "11.1")
def test_a_proof_is_good_once_and_what_is_refused_takes_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = dpop.Memory()
    assert "htm" in why(made(htm="POST"), seen)
    proof = made()
    assert [why(proof, seen), why(proof, seen)] == ["", "jti was used before"]
    assert why(made(jti="2"), seen) == ""
    small = dpop.Memory(size=2)
    assert [small(name, 60) for name in "aab"] == [True, False, True]
    # a further one is not taken rather than one forgotten that could come again
    with pytest.raises(dpop.Full):
        small("c", 60)
    assert [small(name, 60) for name in "ab"] == [False, False]
    passed = time.monotonic() + 121
    monkeypatch.setattr(time, "monotonic", lambda: passed)
    # by then its `iat` is too old
    assert seen("x", 1)
    assert len(seen._seen) == 1
    assert [small(name, 60) for name in "cac"] == [True, True, False]
