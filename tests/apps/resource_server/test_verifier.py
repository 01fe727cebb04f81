"""The verifier for an API that has neither Django nor our tables, against an issuer that publishes keys over HTTP."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oauth_server.keys import document, jose, jwk
from oauth_server.proof import dpop
from oauth_server.resource_server import challenge, metadata
from oauth_server.resource_server.verifier import Introspector, Verifier
from tests import jwts
from tests.unit.oauth_server.proof import test_dpop as dpop_proofs

pytestmark = [pytest.mark.bar("D3.3"), pytest.mark.spec("RFC 9068", "4")]

AUDIENCE = "https://orders.example/v1"
METADATA = "https://orders.example/.well-known/oauth-protected-resource/v1"


class Issuer:
    """Signs, and counts who asks for its keys."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("/staff")
        self.keys: list[tuple[jose.PrivateKey, dict[str, Any]]] = []
        self.asked = 0
        self.answers = True
        self.told: dict[str, Any] = {"issuer": self.url, "jwks_uri": server.url_for("/keys")}
        self.rotate()
        server.expect_request("/.well-known/oauth-authorization-server/staff").respond_with_handler(self._metadata)
        server.expect_request("/keys").respond_with_handler(self._jwks)

    def rotate(self) -> None:
        _, public, private = jose.generate("ES256")
        self.keys.append((jose.load(private), public))

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        good = {"iss": self.url, "sub": "ada", "aud": AUDIENCE, "client_id": "app", "iat": now, "exp": now + 60}
        claims = {**good, "jti": "1", "scope": "orders:read profile", "acr": "1", "auth_time": now - 100, **changes}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, typ: str = "at+jwt", **changes: Any) -> str:
        return jose.sign(self.claims(**changes), self.keys[-1][0], typ=typ)

    def _metadata(self, request: Request) -> Response:
        return Response(json.dumps(self.told), 200 if self.answers else 503)

    def _jwks(self, request: Request) -> Response:
        self.asked += 1
        return Response(json.dumps({"keys": [public for _, public in self.keys]}), 200 if self.answers else 503)


@pytest.fixture
def issuer(httpserver: HTTPServer) -> Issuer:
    return Issuer(httpserver)


@pytest.fixture
def tokens(issuer: Issuer) -> Verifier:
    return Verifier(issuer.url, audience=AUDIENCE, resource_metadata=METADATA)


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Of the process's own clock, by which it keeps keys."""
    passed = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda real=time.monotonic: real() + passed[0])

    def move(seconds: float) -> None:
        passed[0] += seconds

    return move


def why(tokens: Verifier, value: str) -> str:
    with pytest.raises(challenge.InvalidToken) as refused:
        tokens.verify(f"Bearer {value}")
    assert refused.value.status == 401
    return refused.value.description


@pytest.mark.spec("RFC 6750", "3.1")
@pytest.mark.spec("RFC 9470", "3")
def test_a_token_opens_what_it_is_for_and_every_refusal_names_its_rule(issuer: Issuer, tokens: Verifier) -> None:
    good = f"Bearer {issuer.token()}"
    token = tokens.verify(good, scopes=["orders:read"], acr_values=["1", "2"], max_age=3600)
    assert (token.sub, token.client_id, token.scope, token.acr) == ("ada", "app", "orders:read profile", "1")
    assert tokens.verify(f"bearer {issuer.token(aud=['https://x.example', AUDIENCE])}").audiences[1] == AUDIENCE
    assert tokens.verify(f"Bearer {issuer.token(typ='application/AT+JWT')}").sub == "ada"

    def challenged(kind: type[challenge.Refused], authorization: str | None, **asked: Any) -> tuple[int, str]:
        with pytest.raises(kind) as refused:
            tokens.verify(authorization, **asked)
        return refused.value.status, tokens.challenge(refused.value)

    head, tail = f'Bearer realm="{AUDIENCE}"', f'resource_metadata="{METADATA}"'
    for none in (None, "", "Basic eDp5", "DPoP x"):
        assert challenged(challenge.NoToken, none) == (401, f"{head}, {tail}")
    assert challenged(challenge.InsufficientScope, good, scopes=["orders:read", "orders:write"]) == (
        403,
        f'{head}, error="insufficient_scope", error_description="The access token does not have the scope for this.", '
        f'scope="orders:read orders:write", {tail}',
    )
    assert challenged(challenge.InsufficientAuthentication, good, acr_values=["2", "3"]) == (
        401,
        f'{head}, error="insufficient_user_authentication", '
        f'error_description="The sign-in does not reach the level for this.", acr_values="2 3", {tail}',
    )
    status, told = challenged(challenge.InsufficientAuthentication, good, max_age=60)
    assert (status, 'max_age="60"' in told) == (401, True)
    for wrong in ("Bearer", "Bearer ", "Bearer a b", 'Bearer x", scope="admin', "Bearer é", "Bearer \x00"):
        assert challenged(challenge.InvalidToken, wrong) == (
            401,
            f'{head}, error="invalid_token", error_description="The access token is malformed.", {tail}',
        )


@pytest.mark.threat(43)
@pytest.mark.threat(57)
def test_what_is_no_live_access_token_for_this_api_opens_nothing(issuer: Issuer, tokens: Verifier) -> None:
    now = int(time.time())
    table: list[tuple[dict[str, Any], str]] = [
        ({"typ": "JWT"}, "typ"),
        ({"typ": "logout+jwt"}, "typ"),
        ({"iss": f"{issuer.url}/"}, "iss"),
        ({"aud": "https://orders.example"}, "aud"),
        ({"aud": [f"{AUDIENCE}/x", 7]}, "aud"),
        ({"aud": {AUDIENCE: 1}}, "aud"),
        ({"exp": now - 1}, "exp: expired"),
        ({"exp": "never"}, "exp"),
        ({"exp": None}, "exp is missing"),
        ({"nbf": now + 600}, "nbf"),
        ({"iat": now + 600}, "iat"),
        ({"cnf": {"jkt": "x"}}, "cnf"),
        ({"auth_time": 2**60}, "auth_time"),
        *(({name: None}, f"{name} is missing") for name in ("iss", "sub", "client_id", "jti", "iat")),
    ]
    for changes, rule in table:
        assert rule in why(tokens, issuer.token(**changes)), changes
    *_, private = jose.generate("ES256")
    stranger = jose.load(private)
    header = {"alg": "ES256", "kid": issuer.keys[0][1]["kid"], "typ": "at+jwt"}
    assert "signature" in why(tokens, jwts.compact(header, issuer.claims(), stranger))
    assert "kid" in why(tokens, jwts.compact({**header, "alg": "RS256"}, issuer.claims(), stranger))
    assert "alg" in why(tokens, f"{jwts.part({**header, 'alg': 'none'})}.{jwts.part(issuer.claims())}.")
    for noise in ("x", "a.b.c", "..", "x" * 20_000):
        assert why(tokens, noise)
    assert issuer.asked == 1


@pytest.mark.bar("D3.1")
@pytest.mark.spec("RFC 9449", "7.1")
def test_a_token_that_is_bound_to_a_key_comes_with_its_proof(issuer: Issuer, tokens: Verifier) -> None:
    url = "https://orders.example/v1/7?x=1"
    token = issuer.token(cnf={"jkt": jwk.thumbprint(dpop_proofs.BARE)})
    ath = jwts.b64(hashlib.sha256(token.encode()).digest())
    proof = dpop_proofs.made(htu="https://orders.example/v1/7", ath=ath)
    assert "cnf" in why(tokens, token)
    assert tokens.verify(f"DPoP {token}", dpop=proof, url=url, scopes=["orders:read"]).sub == "ada"
    for sent in (proof, None, "x"):
        with pytest.raises(challenge.InvalidProof) as refused:
            tokens.verify(f"DPoP {token}", dpop=sent, url=url)
        told = tokens.challenge(refused.value)
        assert told.startswith(
            f'DPoP realm="{AUDIENCE}", error="invalid_dpop_proof", error_description="The DPoP proof'
        )
        assert 'algs="RS256 PS256 ES256 EdDSA"' in told
    with pytest.raises(challenge.InvalidToken, match="cnf"):
        tokens.verify(f"DPoP {issuer.token()}", dpop=proof, url=url)
    assert tokens.verify(f"Bearer {issuer.token()}", url=url).sub == "ada"
    # no further one could be told from one that comes again
    tokens.fresh = dpop.Memory(size=0)
    with pytest.raises(challenge.Unavailable) as full:
        tokens.verify(f"DPoP {token}", dpop=dpop_proofs.made(jti="2", htu=url, ath=ath), url=url)
    assert (full.value.status, tokens.headers(full.value)) == (503, {})


@pytest.mark.seed("S-39")
def test_a_new_key_is_fetched_once_and_a_made_up_one_costs_the_issuer_nothing(
    issuer: Issuer, tokens: Verifier, pass_time: Callable[[float], None]
) -> None:
    for rotation in range(1, 21):
        assert tokens.verify(f"Bearer {issuer.token()}").sub == "ada"
        assert issuer.asked == rotation
        issuer.rotate()
        pass_time(document.REFETCH + 1)
    tokens.verify(f"Bearer {issuer.token()}")
    asked, forged = (
        issuer.asked,
        jwts.compact({"alg": "ES256", "kid": "made-up", "typ": "at+jwt"}, issuer.claims(), issuer.keys[0][0]),
    )
    pass_time(document.REFETCH + 1)
    for _ in range(5):
        assert "kid" in why(tokens, forged)
    assert issuer.asked == asked + 1
    # what was taken out is refused as soon as the copy is renewed
    old = issuer.token()
    issuer.keys.pop()
    pass_time(document.LIFETIME + 1)
    assert "kid" in why(tokens, old)
    assert tokens.verify(f"Bearer {issuer.token()}").sub == "ada"


def test_without_the_issuer_the_last_keys_count_for_an_hour_and_nobody_is_called_wrong(
    issuer: Issuer, tokens: Verifier, pass_time: Callable[[float], None]
) -> None:
    token = f"Bearer {issuer.token()}"
    assert tokens.verify(token).sub == "ada"
    issuer.answers = False
    pass_time(document.LIFETIME + 1)
    assert tokens.verify(token).sub == "ada"
    pass_time(document.LONGEST)
    with pytest.raises(challenge.Unavailable) as refused:
        tokens.verify(token)
    assert (refused.value.status, tokens.challenge(refused.value)) == (503, "")
    issuer.answers = True
    pass_time(document.REFETCH + 1)
    assert tokens.verify(token).sub == "ada"


@pytest.mark.spec("RFC 8414", "3.3")
def test_keys_of_another_issuer_are_not_asked_for(issuer: Issuer) -> None:
    good = dict(issuer.told)
    for wrong in ({"issuer": "http://localhost:1"}, {"jwks_uri": None}, {"jwks_uri": "ftp://localhost/keys"}):
        issuer.told = {**good, **wrong}
        with pytest.raises(challenge.Unavailable):
            Verifier(issuer.url, audience=AUDIENCE).verify(f"Bearer {issuer.token()}")
    assert issuer.asked == 0
    assert Verifier(issuer.url, audience=AUDIENCE, jwks_uri=good["jwks_uri"]).verify(f"Bearer {issuer.token()}").sub


@pytest.mark.spec("RFC 7662", "2.2")
def test_what_the_server_says_of_a_token_is_checked_like_its_claims(issuer: Issuer, httpserver: HTTPServer) -> None:
    told: dict[str, Any] = {}
    status = [200]

    def answer(request: Request) -> Response:
        assert request.authorization
        assert request.authorization.username == "orders-api"
        assert request.form["token"] == "opaque"
        return Response(json.dumps(told), status[0])

    httpserver.expect_request("/introspect", method="POST").respond_with_handler(answer)
    endpoint = httpserver.url_for("/introspect")
    tokens = Introspector(issuer.url, audience=AUDIENCE, endpoint=endpoint, client=("orders-api", "s"))
    told = {"active": True, **issuer.claims(jti=None)}
    assert tokens.verify("Bearer opaque", scopes=["orders:read"]).sub == "ada"
    wrong: tuple[dict[str, Any], ...] = (
        {"active": False},
        {"active": "true"},
        {"token_use": "refresh_token"},
        {"token_type": "DPoP"},
        {"token_type": "Bearer", "cnf": {"jkt": "x"}},
        {"token_type": "DPoP", "cnf": {"jkt": "x"}},
        {"iss": "https://x.example"},
        {"aud": "https://x.example"},
        {"exp": 1},
        {"cnf": {}},
    )
    for changes in wrong:
        told = {"active": True, **issuer.claims(), **changes}
        with pytest.raises(challenge.InvalidToken):
            tokens.verify("Bearer opaque")
    for status[0] in (401, 500, 204):
        with pytest.raises(challenge.Unavailable):
            tokens.verify("Bearer opaque")


@pytest.mark.spec("RFC 9728", "3.1")
def test_the_document_of_an_api_lies_at_its_well_known_address() -> None:
    assert metadata.url(AUDIENCE) == METADATA
    assert metadata.url("https://a.example/?t=1") == "https://a.example/.well-known/oauth-protected-resource/?t=1"
    assert metadata.url("https://a.example/") == "https://a.example/.well-known/oauth-protected-resource"
    for wrong in ("urn:orders", "https:///x", "https://a.example/#x"):
        with pytest.raises(ValueError, match="https"):
            metadata.url(wrong)
    assert metadata.protected_resource(AUDIENCE, authorization_servers=["https://i.example"], scopes=["a"]) == {
        "resource": AUDIENCE,
        "authorization_servers": ["https://i.example"],
        "scopes_supported": ["a"],
        "bearer_methods_supported": ["header"],
    }


def test_it_is_imported_where_there_is_no_django() -> None:
    code = (
        "import sys; sys.modules['django'] = sys.modules['rest_framework'] = None\n"
        "from oauth_server.resource_server import challenge, metadata, verifier\n"
        "verifier.Verifier('https://i.example', audience='x')\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)
