"""The sample consumer believes nothing that it has not checked; the provider here is one that lies."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from oauth_server.cli.consumer import Consumer, Ignored, Provider
from oauth_server.cli.consumer_server import Server, serving
from oauth_server.cli.options import Refused
from oauth_server.cli.remote import Caller
from oauth_server.keys import jose
from tests.plugins.servers import free_port

ACCESS = "an-access-token"


class Liar:
    """An OpenID provider whose ID tokens say what a test wants."""

    def __init__(self, http: HTTPServer) -> None:
        self.http = http
        self.issuer = http.url_for("").rstrip("/")
        _, self.public, private = jose.generate("ES256")
        self.key = jose.load(private)
        http.expect_request("/jwks").respond_with_json({"keys": [self.public, {"kty": "RSA"}]})

    def consumer(self, **changes: Any) -> Consumer:
        provider = Provider(self.issuer, *(f"{self.issuer}/{name}" for name in ("auth", "token", "revoke", "jwks")))
        fixed: dict[str, Any] = {
            "provider": provider,
            "caller": Caller("rp", "a-secret-that-a-person-chose", "client_secret_basic"),
            "redirect_uri": "http://127.0.0.1:4446/callback",
            "request": {"scope": "openid"},
        }
        return Consumer(**{**fixed, **changes})

    def answers(self, **claims: Any) -> None:
        """The token endpoint gives an ID token with these claims; None leaves one out."""
        good = {
            "iss": self.issuer,
            "aud": "rp",
            "sub": "ada",
            "exp": int(time.time()) + 60,
            "at_hash": jose.left_half(ACCESS, "ES256"),
        }
        said = {name: value for name, value in {**good, **claims}.items() if value is not None}
        self.gives({"access_token": ACCESS, "expires_in": 60, "id_token": jose.sign(said, self.key, typ="JWT")})

    def gives(self, answer: dict[str, Any]) -> None:
        self.http.expect_request("/token", method="POST").respond_with_json(answer)


@pytest.fixture
def liar(httpserver: HTTPServer) -> Liar:
    return Liar(httpserver)


def asked(consumer: Consumer) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(consumer.start()).query).items()}


def receive(consumer: Consumer, liar: Liar, request: dict[str, str], **changes: str) -> bool:
    return consumer.receive({"code": "c", "state": request["state"], "iss": liar.issuer, **changes})


@pytest.mark.seed("S-15")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.3.7")
def test_a_good_id_token_is_believed(liar: Liar) -> None:
    consumer = liar.consumer()
    request = asked(consumer)
    liar.answers(nonce=request["nonce"])
    assert receive(consumer, liar, request)
    assert consumer.claims["sub"] == "ada"


LIES: list[tuple[dict[str, Any], str]] = [
    ({"nonce": "another"}, "nonce"),
    ({"nonce": None}, "nonce"),
    ({"aud": "another-client"}, "another client"),
    ({"aud": ["another-client"]}, "another client"),
    ({"iss": "https://evil.example"}, "verified"),
    ({"exp": int(time.time()) - 3600}, "expired"),
    ({"exp": None}, "expired"),
    ({"exp": "later"}, "expired"),
    ({"at_hash": jose.left_half("another-token", "ES256")}, "another access token"),
]


@pytest.mark.seed("S-15")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.3.7")
@pytest.mark.parametrize(("lie", "told"), LIES)
def test_an_id_token_that_lies_is_refused_and_nothing_is_kept(liar: Liar, lie: dict[str, Any], told: str) -> None:
    consumer = liar.consumer()
    request = asked(consumer)
    liar.answers(**{"nonce": request["nonce"], **lie})
    with pytest.raises(Refused, match=told):
        receive(consumer, liar, request)
    assert consumer.tokens == {}


def test_an_id_token_under_another_key_is_refused(liar: Liar) -> None:
    consumer = liar.consumer()
    request = asked(consumer)
    liar.key = jose.load(jose.generate("ES256")[2])
    liar.answers(nonce=request["nonce"])
    with pytest.raises(Refused, match="verified"):
        receive(consumer, liar, request)


def test_a_refreshed_id_token_names_the_same_person(liar: Liar) -> None:
    consumer = liar.consumer()
    consumer.claims, consumer.tokens = {"sub": "ada"}, {"refresh_token": "r"}
    liar.answers(sub="eve")
    with pytest.raises(Refused, match="another person"):
        consumer.refresh()


@pytest.mark.spec("RFC 7636", "4.5")
def test_the_verifier_fits_the_challenge(liar: Liar) -> None:
    from tests.flows import challenge_of

    consumer = liar.consumer()
    request = asked(consumer)
    liar.gives({"access_token": ACCESS})
    receive(consumer, liar, request)
    sent, _ = liar.http.log[-1]
    assert challenge_of(sent.form["code_verifier"]) == request["code_challenge"]
    assert sent.form["redirect_uri"] == request["redirect_uri"]


def test_without_pkce_neither_is_sent(liar: Liar) -> None:
    consumer = liar.consumer(pkce=False)
    request = asked(consumer)
    liar.gives({"access_token": ACCESS})
    receive(consumer, liar, request)
    assert "code_challenge" not in request
    assert "code_verifier" not in liar.http.log[-1][0].form


def test_a_state_serves_once(liar: Liar) -> None:
    consumer = liar.consumer()
    request = asked(consumer)
    liar.gives({"access_token": ACCESS})
    assert receive(consumer, liar, request)
    assert not receive(consumer, liar, request)
    with pytest.raises(Ignored):
        receive(consumer, liar, request, code="another")


def test_old_attempts_are_forgotten(liar: Liar) -> None:
    consumer = liar.consumer()
    first = asked(consumer)
    for _ in range(30):
        consumer.start()
    assert len(consumer.attempts) == 20
    with pytest.raises(Ignored):
        receive(consumer, liar, first)


@pytest.mark.parametrize("answer", [b"", b"<html>", b'{"error": "invalid_grant", "error_description": "\\u001b[2J"}'])
def test_what_the_server_says_in_refusing_cannot_write_into_the_terminal(liar: Liar, answer: bytes) -> None:
    consumer = liar.consumer()
    request = asked(consumer)
    liar.http.expect_request("/token").respond_with_response(Response(answer, status=400))
    with pytest.raises(Refused) as refused:
        receive(consumer, liar, request)
    assert refused.value.message.isprintable()


@pytest.fixture
def served(liar: Liar) -> Iterator[Server]:
    port = free_port()
    consumer = liar.consumer(redirect_uri=f"http://127.0.0.1:{port}/callback")
    with serving(port, consumer, https=False, skip=False) as server:
        yield server


def http(server: Server, path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, str]:
    from urllib.error import HTTPError

    url = f"http://127.0.0.1:{server.server_port}{path}"
    body = urlencode(form).encode() if form is not None else None
    try:
        with build_opener(ProxyHandler({})).open(Request(url, body, headers), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:4446"])
def test_a_name_that_somebody_points_here_is_not_served(served: Server, host: str) -> None:
    assert http(served, "/", Host=host)[0] == 421


def test_a_form_from_another_page_does_nothing(served: Server) -> None:
    served.consumer.tokens = {"refresh_token": "r"}
    for path in ("/refresh", "/revoke", "/finish"):
        assert http(served, path, {})[0] == 403
        assert http(served, path, {"form_token": "guess"})[0] == 403
    assert served.outcomes.empty()


def test_unknown_pages_and_large_bodies_are_refused(served: Server) -> None:
    assert http(served, "/elsewhere")[0] == 404
    assert http(served, "/refresh")[0] == 404
    assert http(served, "/callback", {"x": "x" * 70_000})[0] == 413


def test_what_a_token_answer_holds_is_shown_as_text(served: Server, liar: Liar) -> None:
    request = asked(served.consumer)
    liar.gives({"access_token": "<script>alert(1)</script>"})
    status, page = http(served, f"/callback?{urlencode({'code': 'c', 'state': request['state'], 'iss': liar.issuer})}")
    assert status == 200
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.seed("S-15")
def test_the_response_may_come_by_post(served: Server, liar: Liar) -> None:
    request = asked(served.consumer)
    liar.gives({"access_token": ACCESS})
    assert http(served, "/callback", {"code": "c", "state": request["state"], "iss": liar.issuer})[0] == 200
    assert served.outcomes.get(timeout=5).kind == "tokens"


@pytest.mark.seed("S-15")
def test_skip_leads_straight_to_the_server(liar: Liar) -> None:
    port = free_port()
    with serving(
        port, liar.consumer(redirect_uri=f"http://127.0.0.1:{port}/callback"), https=False, skip=True
    ) as server:
        liar.http.expect_request("/auth").respond_with_data("the server's page")
        assert http(server, "/") == (200, "the server's page")


@pytest.mark.seed("S-15")
def test_https_serves_the_app_with_a_certificate_of_its_own(liar: Liar) -> None:
    import ssl
    from urllib.request import HTTPSHandler

    port = free_port()
    consumer = liar.consumer(redirect_uri=f"https://127.0.0.1:{port}/callback")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with serving(port, consumer, https=True, skip=False):
        opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
        with opener.open(f"https://127.0.0.1:{port}/", timeout=10) as answer:
            assert "Authorize application" in answer.read().decode()
