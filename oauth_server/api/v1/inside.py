"""The management API without HTTP, for the person at the machine: the same acts through the same door, with every right.

What opens it is an attribute of a request that is made here; nothing that is sent over HTTP becomes one.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from django.core.handlers.wsgi import WSGIRequest
from django.http.response import HttpResponseBase

from oauth_server.api.v1 import answer
from oauth_server.api.v1.caller import Root, give_pass
from oauth_server.api.v1.problem import MEDIA_TYPE, Problem
from oauth_server.api.v1.resource import PATH
from oauth_server.api.v1.routes import ROUTES
from oauth_server.api.v1.urls import match
from oauth_server.models import Issuer


@dataclass(frozen=True, slots=True)
class Answer:
    """`body`: JSON as its values; bytes of anything else; None where there is none."""

    status: int
    headers: Mapping[str, str]
    body: Any


def call(
    issuer: Issuer,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    actor: str,
) -> Answer:
    """`path`: below the mount, as it would be in a URL. `body`: JSON as its values, or bytes with a `Content-Type` among the headers."""
    request = _request(method, path, query or {}, body, headers or {})
    give_pass(request, Root(actor, issuer))
    for route in ROUTES:
        if (names := match(route, path.strip("/"))) is not None:
            return _answer(route.resource.as_view()(request, **names))
    return _answer(answer.refused(Problem("not-found", "There is no such path."), PATH, "0" * 32))


def _request(method: str, path: str, query: Mapping[str, str], body: Any, headers: Mapping[str, str]) -> WSGIRequest:
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    given = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return WSGIRequest(
        {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": f"{PATH}/{quote(path.strip('/'), safe='/:~._-')}",
            "QUERY_STRING": urlencode(query),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.input": io.BytesIO(raw),
            "wsgi.url_scheme": "http",
            "CONTENT_TYPE": given.pop("HTTP_CONTENT_TYPE", "application/json" if raw else ""),
            "CONTENT_LENGTH": str(len(raw)),
            **given,
        }
    )


def _answer(response: HttpResponseBase) -> Answer:
    raw = (
        b"".join(getattr(response, "streaming_content", ()))
        if response.streaming
        else getattr(response, "content", b"")
    )
    is_json = response.headers.get("Content-Type", "").partition(";")[0] in {"application/json", MEDIA_TYPE}
    found: Any = json.loads(raw) if raw and is_json else raw or None
    return Answer(response.status_code, dict(response.headers), found)
