"""JWTs that others signed, and the keys that they publish for it."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import override_settings
from joserfc.jwk import ECKey, OctKey

from oauth_server import fetch
from oauth_server.keys import document, jose, jwk, remote
from oauth_server.keys.jose import InvalidJWT
from oauth_server.models import Client
from tests import jwts
from tests.forged import FORGED, Parts, good

TYPS = ("", "jwt")
CLAIMS = {"iss": "client", "sub": "client", "aud": "https://id.example", "exp": 4_000_000_000}


def made(algorithm: str) -> tuple[jose.PrivateKey, dict[str, Any]]:
    _, public, private = jose.generate(algorithm)
    return jose.load(private), public


KEYS = {algorithm: made(algorithm) for algorithm in jose.ALGORITHMS}
PUBLIC = [public for _, public in KEYS.values()]
GOOD = Parts(KEYS["ES256"][0], KEYS["RS256"][0], KEYS["PS256"][0], "JWT", CLAIMS)
# These are no faults here: a typ may be missing or JWT, a lone kid may be missing, and iss is the caller's
ELSEWHERE = {"typ missing", "typ JWT", "kid missing", "iss another", "iss with a slash", "iss missing", "iss a list"}


def bare(public: dict[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in public.items() if name not in names} | more


@pytest.mark.spec("RFC 7515", "5.2")
@pytest.mark.parametrize("algorithm", jose.ALGORITHMS)
def test_what_a_client_signed_is_verified_by_its_public_key(algorithm: str):
    key, _ = KEYS[algorithm]
    token = jose.sign(CLAIMS, key, typ="JWT")
    assert jose.verify_foreign(token, PUBLIC, typs=TYPS).claims == CLAIMS


@pytest.mark.threat(43)
@pytest.mark.threat(64)
@pytest.mark.threat(65)
@pytest.mark.spec("RFC 8725", "3")
@pytest.mark.parametrize("name", [name for name in FORGED if name not in ELSEWHERE])
def test_a_forged_jwt_of_a_client_is_refused(name: str):
    with pytest.raises(InvalidJWT):
        jose.verify_foreign(FORGED[name](GOOD), PUBLIC, typs=TYPS)


def test_the_same_without_its_fault_passes():
    assert jose.verify_foreign(good(GOOD), PUBLIC, typs=TYPS).claims == CLAIMS


ES = KEYS["ES256"][1]
KEY_SETS: dict[str, tuple[list[dict[str, Any]], bool]] = {
    "the key without alg and use": ([bare(ES, "alg", "use")], True),
    "one key without a kid, and a token that names one": ([bare(ES, "kid")], False),
    "the key for encryption": ([bare(ES, use="enc")], False),
    "the key for another algorithm": ([bare(ES, alg="ES384")], False),
    "the key for signing alone": ([bare(ES, key_ops=["sign"])], False),
    "the key for verifying": ([bare(ES, key_ops=["verify"])], True),
    "two keys of one name": ([ES, bare(KEYS["ES256"][1], x=ES["x"])], False),
    "the kid on a key of another type": ([bare(KEYS["RS256"][1], kid=ES["kid"])], False),
    "no key": ([], False),
    "a key with its private part": ([bare(ES, d="AAAA")], False),
}


@pytest.mark.spec("RFC 7517", "4.2")
@pytest.mark.threat(43)
@pytest.mark.parametrize("name", KEY_SETS)
def test_what_a_key_says_about_itself_is_binding(name: str):
    keys, fits = KEY_SETS[name]
    if fits:
        assert jose.verify_foreign(good(GOOD), keys, typs=TYPS).claims == CLAIMS
        return
    with pytest.raises(InvalidJWT):
        jose.verify_foreign(good(GOOD), keys, typs=TYPS)


@pytest.mark.threat(43)
def test_without_a_kid_the_only_key_that_fits_is_taken_and_of_two_none():
    token = jwts.compact({"alg": "ES256"}, CLAIMS, KEYS["ES256"][0])
    assert jose.verify_foreign(token, PUBLIC, typs=TYPS).claims == CLAIMS
    with pytest.raises(InvalidJWT, match="more than one"):
        jose.verify_foreign(token, [*PUBLIC, made("ES256")[1]], typs=TYPS)


@pytest.mark.threat(43)
def test_an_algorithm_that_the_caller_does_not_name_is_refused():
    with pytest.raises(InvalidJWT, match="alg"):
        jose.verify_foreign(good(GOOD), PUBLIC, typs=TYPS, algorithms=["RS256"])


@pytest.mark.spec("RFC 7515", "4.1.9")
def test_typ_is_compared_without_case_and_without_application():
    for typ in ("JWT", "jwt", "application/jwt"):
        token = jwts.compact({**GOOD.header, "typ": typ}, CLAIMS, GOOD.es)
        assert jose.verify_foreign(token, PUBLIC, typs=TYPS).claims == CLAIMS


@pytest.mark.threat(43)
def test_a_shared_secret_verifies_hs256_and_no_key_does():
    secret = "s" * 43
    key = OctKey.import_key(secret)
    head = jwts.part({"alg": "HS256", "typ": "JWT"}) + "." + jwts.part(CLAIMS)
    from joserfc.jws import JWSRegistry

    token = f"{head}.{jwts.b64(JWSRegistry.algorithms['HS256'].sign(head.encode(), key))}"
    assert jose.verify_hmac(token, secret, typs=TYPS).claims == CLAIMS
    for wrong in (secret + "x", "s" * 31, ""):
        with pytest.raises(InvalidJWT):
            jose.verify_hmac(token, wrong, typs=TYPS)
    with pytest.raises(InvalidJWT):
        jose.verify_foreign(token, PUBLIC, typs=TYPS)
    with pytest.raises(InvalidJWT):
        jose.verify_hmac(good(GOOD), secret, typs=TYPS)


NOW = 1_000_000.0
TIMES: dict[str, tuple[dict[str, Any], bool]] = {
    "exp in a minute": ({"exp": NOW + 60}, True),
    "a second before exp": ({"exp": NOW + 1}, True),
    "at exp": ({"exp": NOW}, False),
    "no exp": ({}, False),
    "exp null": ({"exp": None}, False),
    "exp a string": ({"exp": "1000060"}, False),
    "exp true": ({"exp": True}, False),
    "exp negative": ({"exp": -1}, False),
    "exp as far away as it may be": ({"exp": NOW + 310}, True),
    "exp further": ({"exp": NOW + 311}, False),
    "iat 10 s ahead": ({"exp": NOW + 60, "iat": NOW + 10}, True),
    "iat 11 s ahead": ({"exp": NOW + 60, "iat": NOW + 11}, False),
    "nbf 10 s ahead": ({"exp": NOW + 60, "nbf": NOW + 10}, True),
    "nbf 60 s ahead": ({"exp": NOW + 60, "nbf": NOW + 60}, False),
    "iat no time": ({"exp": NOW + 60, "iat": [1]}, False),
}


@pytest.mark.threat(46)
@pytest.mark.spec("RFC 7519", "4.1.4")
@pytest.mark.parametrize("name", TIMES)
def test_times_are_kept_to_the_second(name: str):
    claims, holds = TIMES[name]
    if holds:
        assert jose.require_times(claims, now=NOW, longest=300, ahead=10) == claims["exp"]
        return
    with pytest.raises(InvalidJWT):
        jose.require_times(claims, now=NOW, longest=300, ahead=10)


SMALL_RSA = bare(KEYS["RS256"][1], n=jwts.b64(b"\xff" * 128))
LARGE_EXPONENT = bare(KEYS["RS256"][1], e=jwts.b64((2**33 + 1).to_bytes(5)))
BAD_KEYS: dict[str, object] = {
    "RSA of 1024 bits": SMALL_RSA,
    "RSA with a huge exponent": LARGE_EXPONENT,
    "RSA of 16384 bits": bare(KEYS["RS256"][1], n=jwts.b64(b"\xff" * 2048)),
    "RSA without n": bare(KEYS["RS256"][1], "n"),
    "RSA with a number for n": bare(KEYS["RS256"][1], n=5),
    "a private EC key": KEYS["ES256"][0].key.as_dict(private=True),
    "a private RSA key": KEYS["RS256"][0].key.as_dict(private=True),
    "a shared secret": {"kty": "oct", "k": "AAAA"},
    "a point that is not on the curve": bare(ES, x=ES["y"]),
    "secp256k1": ECKey.generate_key("secp256k1").as_dict(private=False),
    "an unknown curve": bare(ES, crv="P-192"),
    "an unknown type": bare(ES, kty="XYZ"),
    "a type that is a list": bare(ES, kty=["EC"]),
    "a curve that is a list": bare(ES, crv=["P-256"]),
    "no type": bare(ES, "kty"),
    "an empty kid": bare(ES, kid=""),
    "a number for kid": bare(ES, kid=1),
    "a string": "key",
    "null": None,
}


@pytest.mark.threat(43)
@pytest.mark.op("J35")
@pytest.mark.parametrize("name", BAD_KEYS)
def test_a_key_that_is_weak_private_or_broken_is_named(name: str):
    assert jwk.key_problem(BAD_KEYS[name])
    assert jwk.jwks_problem({"keys": [BAD_KEYS[name]]})
    assert jwk.usable_keys({"keys": [BAD_KEYS[name], ES]}) == [ES]


def test_good_keys_have_no_problem():
    assert jwk.jwks_problem({"keys": PUBLIC}) == ""
    assert jwk.jwks_problem({"keys": []}) == ""


@pytest.mark.parametrize("jwks", [None, [], {}, {"keys": {}}, {"keys": [ES] * 51}, {"keys": [ES, ES]}])
def test_a_set_that_is_none_is_named(jwks: object):
    assert jwk.jwks_problem(jwks)


# the address


class Site:
    """A web server with one document; it counts who asks."""

    def __init__(self) -> None:
        self.body: bytes = json.dumps({"keys": PUBLIC}).encode()
        self.status = 200
        self.asked = 0
        self.delay = 0.0
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked += 1
                time.sleep(site.delay)
                self.send_response(site.status)
                self.send_header("Content-Length", str(len(site.body)))
                self.end_headers()
                self.wfile.write(site.body)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self._server.server_address[1]}/jwks.json"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def publish(self, *keys: object) -> None:
        self.body = json.dumps({"keys": keys}).encode()


@pytest.fixture
def site(settings: Any) -> Iterator[Site]:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "FETCH_PRIVATE_HOSTS": ["localhost"]}
    found = Site()
    yield found
    found.stop()


@pytest.fixture
def elapsed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the time of the process pass: `elapsed(seconds)`."""
    passed = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda real=time.monotonic: real() + passed[0])

    def move(seconds: float) -> None:
        passed[0] += seconds

    return move


def kids(keys: list[dict[str, Any]]) -> list[str]:
    return [key["kid"] for key in keys]


@pytest.mark.op("D12")
@pytest.mark.spec("RFC 7517", "5")
def test_a_document_is_fetched_once_for_its_lifetime(site: Site, elapsed: Any):
    client = Client(client_jwks_uri=site.url)
    for _ in range(3):
        assert kids(remote.keys_of(client)) == kids(PUBLIC)
    assert site.asked == 1
    elapsed(document.LIFETIME + 1)
    remote.keys_of(client)
    assert site.asked == 2


@pytest.mark.op("D16")
def test_a_new_key_is_known_a_minute_after_it_was_published(site: Site, elapsed: Any):
    client = Client(client_jwks_uri=site.url)
    remote.keys_of(client)
    fresh = made("ES256")[1]
    site.publish(fresh)
    elapsed(60)
    assert kids(remote.keys_of(client, kid=fresh["kid"])) == [fresh["kid"]]


@pytest.mark.threat(74)
def test_a_thousand_unknown_kids_are_one_fetch(site: Site, elapsed: Any):
    client = Client(client_jwks_uri=site.url)
    remote.keys_of(client)
    elapsed(61)
    for number in range(1_000):
        remote.keys_of(client, kid=f"unknown-{number}")
    assert site.asked == 2


@pytest.mark.threat(74)
def test_an_address_that_fails_is_not_asked_again_at_once(site: Site, elapsed: Any):
    site.status = 500
    for _ in range(20):
        with pytest.raises(fetch.Unreachable, match="500"):
            remote.keys_at(site.url)
    assert site.asked == 1
    elapsed(61)
    site.status = 200
    assert kids(remote.keys_at(site.url)) == kids(PUBLIC)


def test_while_the_address_is_down_its_last_keys_count_for_an_hour(site: Site, elapsed: Any):
    remote.keys_at(site.url)
    site.status = 503
    elapsed(3_500)
    assert kids(remote.keys_at(site.url)) == kids(PUBLIC)
    elapsed(101)
    with pytest.raises(fetch.Unreachable):
        remote.keys_at(site.url)


BAD_DOCUMENTS = {
    "no JSON": b"<html>",
    "a list": b"[]",
    "no keys": b"{}",
    "keys that are none": b'{"keys": 1}',
    "nested": b'{"keys":' + b"[" * 50_000,
    "a name twice": b'{"keys": [], "keys": []}',
    "too large": b'{"keys": ["' + b"x" * 70_000 + b'"]}',
    "empty": b"",
}


@pytest.mark.threat(65)
@pytest.mark.threat(73)
@pytest.mark.parametrize("name", BAD_DOCUMENTS)
def test_a_document_that_is_no_jwks_is_refused(site: Site, name: str):
    site.body = BAD_DOCUMENTS[name]
    with pytest.raises(fetch.Unreachable):
        remote.keys_at(site.url)


def test_keys_that_cannot_be_used_are_left_out(site: Site):
    site.publish(SMALL_RSA, {"kty": "oct", "k": "AAAA", "kid": "x"}, ES)
    assert remote.keys_at(site.url) == [ES]


def test_many_at_once_make_one_fetch(site: Site):
    site.delay = 0.3
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(remote.keys_at(site.url))) for _ in range(remote.AT_ONE_HOST)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == remote.AT_ONE_HOST
    assert site.asked == 1


@pytest.mark.threat(73)
def test_no_more_threads_wait_than_there_are_places(site: Site):
    site.delay = 0.5
    refused: list[Any] = []

    def ask() -> None:
        try:
            remote.keys_at(site.url)
        except fetch.Unreachable as error:
            refused.append(error)

    threads = [threading.Thread(target=ask) for _ in range(remote.AT_ONE_HOST + 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert kids(remote.keys_at(site.url)) == kids(PUBLIC)


@pytest.mark.threat(73)
def test_one_host_leaves_places_for_others():
    with ExitStack() as held:

        def has_room(uri: str) -> bool:
            return held.enter_context(remote._place(uri))

        slow = [has_room(f"https://slow.example/{number}") for number in range(remote.AT_ONE_HOST + 2)]
        assert slow == [True] * remote.AT_ONE_HOST + [False, False]
        assert not has_room("https://SLOW.example/")
        assert has_room("https://other.example/jwks")
        others = [has_room(f"https://{number}.example/") for number in range(remote.AT_ONCE)]
        assert sum(others) == remote.AT_ONCE - remote.AT_ONE_HOST - 1
    assert not remote._waiting


@pytest.mark.threat(73)
def test_an_address_of_this_machine_is_not_connected_to():
    with socket.socket() as listening, override_settings():
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(0.2)
        for host in ("127.0.0.1", "localhost", "[::1]", "0"):
            with pytest.raises(fetch.Unreachable):
                remote.keys_at(f"https://{host}:{listening.getsockname()[1]}/jwks")
        with pytest.raises(TimeoutError):
            listening.accept()


def test_a_token_is_verified_by_what_the_address_says(site: Site):
    client = Client(client_jwks_uri=site.url)
    found = remote.verify(good(GOOD), client, typs=TYPS, algorithms=jose.ALGORITHMS)
    assert found.claims == CLAIMS
    assert remote.verify_at(good(GOOD), site.url, typs=TYPS, algorithms=["ES256"]).claims == CLAIMS
    site.status = 500
    with pytest.raises(InvalidJWT, match="jwks_uri"):
        remote.verify(good(GOOD), Client(client_jwks_uri=f"{site.url}?other"), typs=TYPS, algorithms=["ES256"])
