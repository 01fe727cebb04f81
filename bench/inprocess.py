"""A request through the lane in this process: for what the floor has to run, and for the profile."""

import io
import json
from typing import Any

from bench.cases import HOST, Request
from oauth_server.wsgi import lane


def _elsewhere(environ: Any, start_response: Any) -> Any:
    raise LookupError(environ["PATH_INFO"])


application = lane(_elsewhere)


def call(request: Request, value: str = "") -> dict[str, Any]:
    """The decoded answer; anything but 200 fails."""
    body = request.body.replace("{}", value).encode()
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path,
        "QUERY_STRING": "",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": HOST,
        "HTTP_AUTHORIZATION": request.headers["Authorization"],
        "wsgi.input": io.BytesIO(body),
    }
    statuses: list[str] = []
    raw = b"".join(application(environ, lambda status, headers: statuses.append(status)))
    assert statuses == ["200 OK"], raw
    answer: dict[str, Any] = json.loads(raw)
    return answer
