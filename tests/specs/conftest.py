"""The same tests through both adapters: Django's views on SQLite, the machine lane on PostgreSQL. ADAPTER=django|lane chooses."""

import os
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, HttpResponseBase
from django.test.client import ClientHandler


@pytest.fixture(scope="session")
def adapter(request: pytest.FixtureRequest) -> str:
    on_postgres = request.config.getoption("db") == "postgres"
    return os.environ.get("ADAPTER") or ("lane" if on_postgres else "django")


@pytest.fixture(scope="session", autouse=True)
def _through_the_lane(adapter: str) -> Iterator[None]:
    """Put the lane in front of what the test client calls."""
    if adapter != "lane":
        yield
        return
    from oauth_server.endpoints import lane

    with pytest.MonkeyPatch.context() as patch:
        # as Django's own test client: the connection stays, in the transaction of the test
        patch.setattr(lane, "_look_at_connections", lambda: None)
        patch.setattr(ClientHandler, "__call__", _laned(ClientHandler.__call__))
        yield


def _laned(by_django: Any) -> Any:
    from oauth_server.endpoints import lane

    def call(handler: ClientHandler, environ: dict[str, Any]) -> HttpResponseBase:
        answers: list[HttpResponseBase] = []

        def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            answers.append(by_django(handler, environ))
            return []

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            answer = HttpResponse(status=int(status.split()[0]), headers={"Content-Type": "", **dict(headers)})
            if not answer.headers["Content-Type"]:
                del answer.headers["Content-Type"]
            answers.append(answer)

        environ.setdefault("HTTP_HOST", environ["SERVER_NAME"])
        body = b"".join(lane.wrap(application)(environ, start_response))
        (answer,) = answers
        if body:
            assert isinstance(answer, HttpResponse)
            answer.content = body
        if not hasattr(answer, "wsgi_request"):
            answer.wsgi_request = WSGIRequest(environ)  # type: ignore[attr-defined]
        return answer

    return call
