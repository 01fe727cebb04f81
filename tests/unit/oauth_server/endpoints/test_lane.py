"""The machine lane: it takes what is an endpoint's, and nothing of the host's."""

import io
from collections.abc import Iterable
from types import SimpleNamespace
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
    monkeypatch.setattr(lane, "connections", SimpleNamespace(all=lambda **_: []))

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
