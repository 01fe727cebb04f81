"""The machine lane: it takes what is an endpoint's, and nothing of the host's."""

import io
import json
from collections.abc import Iterable
from typing import Any

import pytest

from oauth_server.conf import settings
from oauth_server.endpoints import lane
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = b"the host's own page"


class Unread(io.BytesIO):
    """A body that nobody may read."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise AssertionError("the body was read")


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Any:
    # as Django's own test client: the connection stays, in the transaction of the test
    monkeypatch.setattr(lane, "_look_at_connections", lambda: None)

    def host(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [PAGE, environ["wsgi.input"].read()] if environ["CONTENT_LENGTH"] == "4" else [PAGE]

    def call(path: str, body: io.BytesIO | None = None, length: int = 0) -> tuple[str, bytes]:
        answered: list[str] = []
        environ = {
            "REQUEST_METHOD": "POST" if length else "GET",
            "PATH_INFO": path,
            "HTTP_HOST": "testserver",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(length or ""),
            "wsgi.input": body or io.BytesIO(),
        }
        parts = lane.wrap(host)(environ, lambda status, headers: answered.append(status))
        return answered[0], b"".join(parts)

    return call


@pytest.mark.parametrize(
    "path", ["/shop/userinfo", "/shop/oauth2/token", "/shop/.well-known/jwks.json", "/api/userinfo"]
)
def test_a_path_below_what_is_no_issuer_is_the_hosts(ask: Any, path: str):
    assert ask(path) == ("200 OK", PAGE)
    assert ask(path, io.BytesIO(b"a=bc"), 4) == ("200 OK", PAGE + b"a=bc")


def test_a_path_below_an_issuer_is_ours(ask: Any):
    factories.IssuerFactory(slug="shop")
    assert ask("/shop/userinfo")[0] == "401 Unauthorized"
    assert ask("/shop/oauth2/token")[0] == "405 Method Not Allowed"


@pytest.mark.threat(66)
def test_a_body_that_is_announced_as_too_large_is_not_read(ask: Any):
    assert ask("/oauth2/token", Unread(), settings.MAX_BODY + 1)[0].startswith("413 ")


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Status and headers of the JWKS, for an environ with these changes."""
    monkeypatch.setattr(lane, "_look_at_connections", lambda: None)

    def host(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("301 Moved Permanently", [])
        return []

    def call(**changes: str) -> tuple[str, dict[str, str]]:
        found: list[Any] = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/.well-known/jwks.json",
            "HTTP_HOST": "testserver",
            "wsgi.url_scheme": "http",
            **{name.replace("__", "."): value for name, value in changes.items()},
        }
        list(lane.wrap(host)(environ, lambda status, headers: found.extend([status, dict(headers)])))
        return found[0], found[1]

    return call


HSTS = "Strict-Transport-Security"


def test_over_https_browsers_are_told_to_stay_there_as_the_site_says(answer: Any, settings: Any):
    assert HSTS not in answer(wsgi__url_scheme="https")[1]
    settings.SECURE_HSTS_SECONDS = 3600
    assert answer(wsgi__url_scheme="https")[1][HSTS] == "max-age=3600"
    assert HSTS not in answer()[1]
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    assert answer(wsgi__url_scheme="https")[1][HSTS] == "max-age=3600; includeSubDomains; preload"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert HSTS in answer(HTTP_X_FORWARDED_PROTO="https, http")[1]
    assert HSTS not in answer(HTTP_X_FORWARDED_PROTO="http", wsgi__url_scheme="https")[1]


def test_a_site_that_redirects_to_https_redirects_here_too(answer: Any, settings: Any):
    settings.SECURE_SSL_REDIRECT = True
    assert answer()[0] == "301 Moved Permanently"
    assert answer(wsgi__url_scheme="https")[0] == "200 OK"


@pytest.mark.threat(89)
def test_a_host_that_the_site_does_not_allow_has_no_issuer(answer: Any, settings: Any):
    factories.IssuerFactory(slug="", url="https://id.example.org")
    assert answer(HTTP_HOST="id.example.org")[0] == "404 Not Found"
    settings.ALLOWED_HOSTS = ["testserver", "id.example.org"]
    assert answer(HTTP_HOST="id.example.org")[0] == "200 OK"
    assert answer(HTTP_HOST="id.example.org:x")[0] == "404 Not Found"
    settings.USE_X_FORWARDED_HOST = True
    assert answer(HTTP_HOST="id.example.org", HTTP_X_FORWARDED_HOST="evil.example")[0] == "404 Not Found"
    settings.ALLOWED_HOSTS = []
    assert answer()[0] == "404 Not Found"


def test_a_fault_is_logged_under_the_trace_id_that_the_client_is_told(
    ask: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def breaks(*_: Any) -> None:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr(lane, "answer", breaks)
    status, body = ask("/userinfo")
    assert status == "500 Internal Server Error"
    assert json.loads(body)["error"] == "server_error"
    (record,) = caplog.records
    assert record.name == "django.request"
    assert record.exc_info
    assert record.__dict__["trace_id"]
    assert b"of ours" not in body
