"""Outbound HTTP ends in time and size, and goes nowhere but where it was sent."""

import socket
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote_plus

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oauth_server import fetch
from oauth_server.cli.consumer_server import self_signed


def test_an_answer_has_status_headers_in_lower_case_and_body(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x", query_string="a=1").respond_with_json(
        {"a": 1}, status=201, headers={"X-Trace-Id": "t"}
    )
    answer = fetch.get(httpserver.url_for("/x?a=1"))
    assert (answer.status, answer.headers["x-trace-id"], answer.json()) == (201, "t", {"a": 1})


@pytest.mark.parametrize("body", [b"", b"no json", b"[1]", b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_json_object_reads_as_an_empty_one(body: bytes) -> None:
    assert fetch.Response(200, {}, body).json() == {}


@pytest.mark.threat(73)
def test_no_redirect_is_followed(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/from").respond_with_data(status=302, headers={"Location": httpserver.url_for("/to")})
    answer = fetch.get(httpserver.url_for("/from"))
    assert answer.status == 302
    assert [request.path for request, _ in httpserver.log] == ["/from"]


@pytest.mark.threat(73)
def test_no_proxy_of_the_environment_is_asked(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    httpserver.expect_request("/x").respond_with_data("here")
    assert fetch.get(httpserver.url_for("/x")).body == b"here"


@pytest.mark.threat(73)
def test_a_body_beyond_the_cap_is_refused(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x").respond_with_data(b"x" * (fetch.MAX_BODY + 1))
    with pytest.raises(fetch.Unreachable, match="larger"):
        fetch.get(httpserver.url_for("/x"))
    assert len(fetch.send("GET", httpserver.url_for("/x"), most=fetch.MAX_BODY + 1).body) == fetch.MAX_BODY + 1


@contextmanager
def dripping() -> Iterator[str]:
    """A server that sends a byte again and again, and never ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            try:
                while not stop.wait(0.05):
                    connection.sendall(b"x" * fetch.CHUNK)
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    stop.set()
    thread.join()
    listener.close()


@pytest.mark.threat(73)
def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "MAX_BODY", 10**9)
    with dripping() as url, pytest.raises(fetch.Unreachable, match="too long"):
        fetch.get(url, timeout=0.5)


def test_a_silent_server_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(fetch.Unreachable, match="timed out"):
        fetch.get(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=0.2)


def test_where_nobody_listens_the_host_is_named_and_the_query_is_not() -> None:
    with pytest.raises(fetch.Unreachable) as failed:
        fetch.get("http://127.0.0.1:1/path?code=secret")
    assert "http://127.0.0.1:1" in str(failed.value)
    assert "refused" in str(failed.value)
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "http:///x", "javascript:alert(1)", ""])
def test_only_http_urls_are_fetched(url: str) -> None:
    with pytest.raises(fetch.Unreachable):
        fetch.get(url)


@pytest.mark.seed("S-36")
@pytest.mark.spec("RFC 6749", "2.3.1")
@pytest.mark.parametrize("secret", ["plain", "with:colon", "plus+percent%", "é and space", "a&b=c"])
def test_basic_credentials_survive_the_way(httpserver: HTTPServer, secret: str) -> None:
    seen: list[tuple[str, str, str]] = []

    def handler(request: Request) -> Response:
        name, _, value = b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode().partition(":")
        seen.append((unquote_plus(name), unquote_plus(value), request.form["scope"]))
        return Response(status=204)

    httpserver.expect_request("/token", method="POST").respond_with_handler(handler)
    fetch.post_form(httpserver.url_for("/token"), {"scope": "a b+é"}, auth=("cli:ent", secret))
    assert seen == [("cli:ent", secret, "a b+é")]


def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    listener = self_signed().wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)

    def shake_hands() -> None:
        with pytest.raises(ssl.SSLError):
            listener.accept()

    thread = threading.Thread(target=shake_hands)
    thread.start()
    with pytest.raises(fetch.Unreachable, match=r"(?i)certificate"):
        fetch.get(f"https://127.0.0.1:{listener.getsockname()[1]}/")
    thread.join()
    listener.close()
