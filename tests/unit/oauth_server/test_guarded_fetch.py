"""The door for addresses that a client chose leads into the internet, over TLS, and nowhere else."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from oauth_server import fetch, targets
from oauth_server.cli.consumer_server import self_signed

pytestmark = pytest.mark.threat(73)

HERE = ("127.0.0.1", "localhost")

FORBIDDEN = """
http://rp.example/ ftp://rp.example/ file:///etc/passwd gopher://rp.example/ javascript:alert(1) data:text/plain,x //rp.example/
https:///x https://?x https://user@rp.example/ https://user:word@rp.example/ https://rp.example:22/ https://rp.example:0/
https://rp.example:80/ https://rp.example:65536/ https://rp.example:x/ https://[::1 https://rp.example\\@evil.example/
https://127.0.0.1/ https://127.1/ https://0.0.0.0/ https://0/ https://2130706433/ https://0x7f000001/ https://0177.0.0.1/
https://10.0.0.1/ https://172.16.0.1/ https://192.168.0.1/ https://169.254.169.254/ https://100.64.0.1/ https://192.0.2.1/
https://198.18.0.1/ https://203.0.113.1/ https://224.0.0.1/ https://240.0.0.1/ https://255.255.255.255/ https://192.0.0.1/
https://[::1]/ https://[::]/ https://[fe80::1]/ https://[fc00::1]/ https://[fd12::1]/ https://[ff02::1]/ https://[fec0::1]/
https://[2001:db8::1]/ https://[::ffff:127.0.0.1]/ https://[::ffff:10.0.0.1]/ https://[::ffff:169.254.169.254]/ https://[::127.0.0.1]/
https://[64:ff9b::7f00:1]/ https://[64:ff9b::a9fe:a9fe]/ https://[64:ff9b:1::1]/ https://[2002:7f00:1::]/ https://[2001::1]/
https://localhost/ https://localhost./ https://LOCALHOST/ https://192.0.0.192/ https://192.88.99.1/ https://[3fff::1]/
""".split()


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """To where a socket was connected."""
    made: list[Any] = []
    connect = socket.socket.connect

    def noting(self: socket.socket, address: Any) -> None:
        made.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noting)
    return made


@pytest.mark.parametrize(
    "url", [*FORBIDDEN, "https://rp.example/\n", "https://rp.example/ x", "https://é.example/", ""]
)
def test_a_forbidden_address_is_never_connected(url: str, connections: list[Any]) -> None:
    with pytest.raises(fetch.Unreachable):
        fetch.guarded_get(url)
    with pytest.raises(fetch.Unreachable):
        fetch.guarded_post(url, b"a=b", {})
    assert connections == []


def _names(*addresses: str) -> Callable[..., list[Any]]:
    return lambda *args, **kwargs: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in addresses]


@pytest.mark.parametrize("addresses", [("10.0.0.7",), ("8.8.8.8", "127.0.0.1"), ("64:ff9b::7f00:1",)])
def test_a_name_is_judged_by_all_its_addresses(
    addresses: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, connections: list[Any]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _names(*addresses))
    with pytest.raises(fetch.Unreachable, match="not public"):
        fetch.guarded_get("https://rp.example/")
    assert connections == []


def test_the_name_is_asked_once_and_the_connection_goes_to_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    connected: list[str] = []

    def resolve(host: str, *args: Any, **kwargs: Any) -> list[Any]:
        asked.append(host)
        return _names("8.8.8.8" if len(asked) == 1 else "127.0.0.1")()

    def connect(address: tuple[str, int], *args: Any, **kwargs: Any) -> Any:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    with pytest.raises(fetch.Unreachable):
        fetch.guarded_get("https://rebinding.example/")
    assert asked == ["rebinding.example"]
    assert connected == ["8.8.8.8"]


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    import ipaddress

    assert targets.is_public(ipaddress.ip_address(address))


def test_a_named_host_may_be_here(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x", query_string="a=1").respond_with_json({"a": 1})
    answer = fetch.guarded_get(httpserver.url_for("/x?a=1"), {"Accept": "application/json"}, allowed=HERE)
    assert (answer.status, answer.json()) == (200, {"a": 1})
    assert httpserver.log[0][0].headers["Host"] == f"localhost:{httpserver.port}"


def test_a_body_is_posted_with_its_media_type(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x", method="POST").respond_with_handler(lambda request: Response(request.form["a"]))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = fetch.guarded_post(httpserver.url_for("/x"), b"a=b%2Bc+%C3%A9", form, allowed=HERE)
    assert answer.body == "b+c é".encode()


def test_no_redirect_is_followed(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/from").respond_with_data(status=302, headers={"Location": httpserver.url_for("/to")})
    assert fetch.guarded_get(httpserver.url_for("/from"), allowed=HERE).status == 302
    assert [request.path for request, _ in httpserver.log] == ["/from"]


def test_no_proxy_of_the_environment_is_asked(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    httpserver.expect_request("/x").respond_with_data("here")
    assert fetch.guarded_get(httpserver.url_for("/x"), allowed=HERE).body == b"here"


def test_a_body_beyond_the_cap_is_refused(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x").respond_with_data(b"x" * 1001)
    with pytest.raises(fetch.Unreachable, match="larger"):
        fetch.guarded_get(httpserver.url_for("/x"), allowed=HERE, most=1000)


def test_a_compressed_body_is_refused_unopened(httpserver: HTTPServer) -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    httpserver.expect_request("/x").respond_with_data(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(fetch.Unreachable, match="compressed"):
        fetch.guarded_get(httpserver.url_for("/x"), allowed=HERE)


@pytest.fixture(params=["headers", "body", "chunks", "silence"])
def drip(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server that sends a byte now and then, and never ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    first, more = {
        "headers": (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        "silence": (b"", b""),
    }[request.param]

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                connection.recv(4096)
                connection.sendall(first)
                while not stop.wait(0.1):
                    connection.sendall(more)
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    stop.set()
    thread.join()
    listener.close()


def test_whoever_drips_is_cut(drip: str) -> None:
    begun = time.monotonic()
    with pytest.raises(fetch.Unreachable, match="too long"):
        fetch.guarded_get(drip, allowed=HERE, timeout=0.5)
    assert time.monotonic() - begun < 3


def test_a_name_server_that_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def silent(*args: Any, **kwargs: Any) -> Any:
        release.wait(5)
        raise socket.gaierror("late")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    with pytest.raises(fetch.Unreachable, match="name server"):
        fetch.guarded_get("https://rp.example/", timeout=0.2)
    release.set()


def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    listener = self_signed().wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)

    def shake_hands() -> None:
        with pytest.raises(ssl.SSLError):
            listener.accept()

    thread = threading.Thread(target=shake_hands)
    thread.start()
    with pytest.raises(fetch.Unreachable, match=r"(?i)certificate"):
        fetch.guarded_get(f"https://localhost:{listener.getsockname()[1]}/", allowed=HERE)
    thread.join()
    listener.close()
