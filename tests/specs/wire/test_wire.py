"""Bytes on a socket of the real server: framing, sizes, odd methods; what one client sends is one request."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

from oauth_server.models import AccessToken, AuditEvent
from tests import factories
from tests.flows import FORM, App
from tests.plugins.servers import Server

FORM_BODY = "grant_type=client_credentials"
JWKS = "/.well-known/jwks.json"


def talk(server: Server, data: str, patience: float = 2.0) -> bytes:
    """Everything that comes back until the server closes, or nothing more comes."""
    received = b""
    with socket.create_connection(("127.0.0.1", server.port), patience) as wire:
        try:
            wire.sendall(data.encode("latin-1"))
            while chunk := wire.recv(65_536):
                received += chunk
        except (TimeoutError, ConnectionResetError, BrokenPipeError):
            pass
    return received


def statuses(received: bytes) -> list[int]:
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


@pytest.fixture
def app(transactional_db: None) -> App:
    return factories.app()


@pytest.fixture
def post(server: Server, app: App) -> Callable[..., bytes]:
    """An authenticated POST to the token endpoint with these headers and this body, then the end."""
    common = (
        f"Host: localhost:{server.port}\r\nAuthorization: {app.credentials()[0]['authorization']}\r\n"
        f"Content-Type: {FORM}\r\n"
    )

    def send(*headers: str, body: str = FORM_BODY, close: bool = True) -> bytes:
        lines = "".join(f"{header}\r\n" for header in (*headers, *(["Connection: close"] if close else [])))
        return talk(server, f"POST /oauth2/token HTTP/1.1\r\n{common}{lines}\r\n{body}")

    return send


def chunked(*parts: str) -> str:
    return "".join(f"{len(part):x}\r\n{part}\r\n" for part in parts) + "0\r\n\r\n"


def test_a_body_with_its_length_and_one_in_chunks_are_read(post: Callable[..., bytes]):
    assert statuses(post(f"Content-Length: {len(FORM_BODY)}")) == [200]
    assert statuses(post("Transfer-Encoding: chunked", body=chunked("grant_type=", "client_", "credentials"))) == [200]


FRAMING: dict[str, tuple[list[str], str]] = {
    "two lengths": (["Content-Length: 29", "Content-Length: 5"], FORM_BODY),
    "a list of lengths": (["Content-Length: 29, 5"], FORM_BODY),
    "a length with a sign": (["Content-Length: +29"], FORM_BODY),
    "a negative length": (["Content-Length: -1"], FORM_BODY),
    "a length beyond all sizes": ([f"Content-Length: {'9' * 40}"], FORM_BODY),
    "a length that is no number": (["Content-Length: 0x1d"], FORM_BODY),
    "no length": ([], FORM_BODY),
    "an unknown coding": (["Transfer-Encoding: xchunked"], FORM_BODY),
    "two codings": (["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], chunked(FORM_BODY)),
    "a space before the colon": (["Transfer-Encoding : chunked", "Content-Length: 29"], FORM_BODY),
    "a chunk of no size": (["Transfer-Encoding: chunked"], f"zz\r\n{FORM_BODY}\r\n0\r\n\r\n"),
    "a chunk of a huge size": (["Transfer-Encoding: chunked"], f"ffffffffffffffff1\r\n{FORM_BODY}\r\n0\r\n\r\n"),
    "a folded header": (["X-Folded: a", " b", "Content-Length: 29"], FORM_BODY),
    "a NUL in a header": (["X-Nul: \x00", "Content-Length: 29"], FORM_BODY),
}


@pytest.mark.threat(66)
@pytest.mark.threat(72)
@pytest.mark.parametrize("case", FRAMING)
def test_framing_that_is_not_clear_is_refused(post: Callable[..., bytes], case: str):
    headers, body = FRAMING[case]
    (status,) = statuses(post(*headers, body=body)) or [400]
    assert status in {400, 411, 413, 431, 501}
    assert not AccessToken.objects.exists()


@pytest.mark.threat(72)
def test_nothing_is_smuggled_behind_a_request(post: Callable[..., bytes], server: Server):
    inner = f"GET {JWKS} HTTP/1.1\r\nHost: localhost:{server.port}\r\nX: "
    for headers, body in (
        # the front looks at the length, the back at the chunks, and the other way round
        ([f"Content-Length: {len(inner) + 9}", "Transfer-Encoding: chunked"], f"0\r\n\r\n{inner}\r\n\r\n"),
        (["Content-Length: 4", "Transfer-Encoding: chunked"], chunked(inner)),
        (["Transfer-Encoding: chunked", "Transfer-Encoding: cow"], f"0\r\n\r\n{inner}\r\n\r\n"),
    ):
        received = post(*headers, body=body, close=False)
        assert len(statuses(received)) <= 1
        assert b'"keys"' not in received


@pytest.mark.threat(66)
def test_the_rest_of_a_body_that_is_too_large_is_not_taken_for_a_request(post: Callable[..., bytes], server: Server):
    hidden = f"\r\n\r\nGET {JWKS} HTTP/1.1\r\nHost: localhost:{server.port}\r\n\r\n"
    body = "x" * 200_000 + hidden
    received = post(f"Content-Length: {len(body)}", body=body, close=False)
    assert statuses(received) in ([413], [])
    assert b'"keys"' not in received


@pytest.mark.threat(72)
def test_http_2_in_the_clear_is_not_spoken(server: Server):
    upgrade = "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
    received = talk(server, f"GET {JWKS} HTTP/1.1\r\nHost: localhost:{server.port}\r\n{upgrade}\r\n")
    assert statuses(received) == [200]


@pytest.mark.threat(71)
@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "DELETE", "PATCH", "DEBUG", "PRI", "X" * 100])
def test_other_methods_are_not_allowed(server: Server, method: str):
    headers = f"Host: localhost:{server.port}\r\nCookie: sessionid=canary\r\nConnection: close\r\n"
    received = talk(server, f"{method} /oauth2/token HTTP/1.1\r\n{headers}\r\n")
    (status,) = statuses(received) or [400]
    assert status in {400, 405, 501}
    # no TRACE: nothing of the request comes back
    assert b"canary" not in received


@pytest.mark.threat(66)
@pytest.mark.parametrize(
    ("request_line", "headers", "allowed"),
    [
        (f"GET {JWKS} HTTP/1.1", "".join(f"X-{n}: a\r\n" for n in range(10_000)), {431, 400}),
        (f"GET {JWKS} HTTP/1.1", f"X-Long: {'a' * 1_000_000}\r\n", {431, 400}),
        (f"GET /userinfo?{'a' * 200_000} HTTP/1.1", "", {414, 431, 400}),
        (f"GET /{'a' * 200_000} HTTP/1.1", "", {414, 431, 400, 404}),
        (f"GET {JWKS} HTTP/1.1", "Host: evil.example\r\n", {400, 404}),
        (f"GET {JWKS} HTTP/3.7", "", {400, 505}),
        ("GET", "", {400}),
        ("\x00\x01\x02", "", {400}),
        ("GET /userinfo\xff HTTP/1.1", "", {400, 404}),
        ("GET /oauth2/auth?client_id=\xff\x80 HTTP/1.1", "", {400}),
        ("GET /userinfo%00 HTTP/1.1", "", {400, 404}),
        ("GET /oauth2/auth?state=%0d%0aX:y HTTP/1.1", "", {400}),
        ("GET /userinfo HTTP/1.1", "Authorization: Bearer \xe9\xff\r\n", {401}),
        ("GET /userinfo HTTP/1.1", f"Authorization: Bearer {'x' * 30_000}\r\n", {401, 431}),
        ("POST /oauth2/token HTTP/1.1", "Content-Length: 10000000\r\n", {408, 413}),
    ],
    ids=[
        "10,000 headers",
        "a header of 1 MB",
        "a query of 200 kB",
        "a path of 200 kB",
        "two hosts",
        "an unknown version",
        "half a line",
        "controls",
        "a path in Latin-1",
        "a query in Latin-1",
        "a NUL in the path",
        "a line break in the query",
        "a token in Latin-1",
        "a long token",
        "a body that never comes",
    ],
)
def test_odd_requests_get_an_error_of_their_own_or_none(
    server: Server, request_line: str, headers: str, allowed: set[int]
):
    received = talk(server, f"{request_line}\r\nHost: localhost:{server.port}\r\n{headers}Connection: close\r\n\r\n")
    assert set(statuses(received)) <= allowed
    assert b"\r\nX:y" not in received
    # and the server goes on
    good = talk(server, f"GET {JWKS} HTTP/1.1\r\nHost: localhost:{server.port}\r\nConnection: close\r\n\r\n")
    assert statuses(good) == [200]


def test_two_requests_in_a_row_get_two_answers(server: Server):
    one = f"GET {JWKS} HTTP/1.1\r\nHost: localhost:{server.port}\r\n"
    received = talk(server, f"{one}\r\n{one}Connection: close\r\n\r\n")
    assert statuses(received) == [200, 200]


@pytest.mark.threat(39)
def test_two_authorization_headers_are_none(server: Server, app: App):
    good = app.credentials()[0]["authorization"]
    for pair in ((good, "Basic eDp5"), ("Basic eDp5", good)):
        lines = "".join(f"Authorization: {value}\r\n" for value in pair)
        received = talk(
            server,
            f"POST /oauth2/token HTTP/1.1\r\nHost: localhost:{server.port}\r\n{lines}Content-Type: {FORM}\r\n"
            f"Content-Length: {len(FORM_BODY)}\r\nConnection: close\r\n\r\n{FORM_BODY}",
        )
        # servers hand on one of the two; never both
        assert statuses(received) in ([200], [401])
    assert AccessToken.objects.count() <= 1


@pytest.mark.threat(86)
def test_a_visitor_does_not_choose_the_address_that_is_recorded(server: Server):
    for name in ("X-Forwarded-For", "X_Forwarded_For", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP"):
        headers = f"Host: localhost:{server.port}\r\n{name}: 198.51.100.1\r\nConnection: close\r\n"
        assert statuses(talk(server, f"GET /userinfo HTTP/1.1\r\n{headers}\r\n")) == [401]
    assert set(AuditEvent.objects.values_list("address", flat=True)) == {"127.0.0.1"}


def test_answers_name_no_software_of_the_application(server: Server):
    headers = f"Host: localhost:{server.port}\r\nConnection: close\r\n\r\n"
    for path in (JWKS, "/oauth2/token", "/oauth2/auth", "/nothing"):
        received: Any = talk(server, f"GET {path} HTTP/1.1\r\n{headers}").partition(b"\r\n\r\n")[0].lower()
        assert not any(word in received for word in (b"django", b"python", b"wsgiserver"))
