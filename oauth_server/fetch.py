"""RFC 9110 HTTP, outbound: the only import of an HTTP library.

`get` and `post_form` are the door for addresses that the operator wrote: commands and the verifier. They follow no redirect, ask no
proxy, and end after a time and at a size, whatever the other side sends.
"""

import json
import ssl
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

TIMEOUT = 10.0
MAX_BODY = 1_048_576
CHUNK = 65_536
_AGENT = "django-oauth-server"


class Unreachable(Exception):
    """No answer could be had; the message names the host and the cause, never the query."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The JSON object in the body; empty when there is none."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


@cache
def _pool() -> urllib3.PoolManager:
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not paths.capath:
        import certifi

        context.load_verify_locations(certifi.where())
    return urllib3.PoolManager(ssl_context=context, retries=False)


def basic(client_id: str, client_secret: str) -> str:
    """RFC 6749 §2.3.1: the Authorization header; both parts are form-encoded before they are joined."""
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return "Basic " + b64encode(pair.encode()).decode()


def get(url: str, headers: Mapping[str, str] | None = None, *, timeout: float = TIMEOUT) -> Response:
    """Raises `Unreachable`."""
    return _send("GET", url, dict(headers or {}), None, timeout)


def post_form(
    url: str,
    fields: Mapping[str, str] | Sequence[tuple[str, str]],
    *,
    auth: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
) -> Response:
    """POST application/x-www-form-urlencoded; `auth` is a client's id and secret for Basic. Raises `Unreachable`."""
    sent = {**(headers or {}), "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if auth:
        sent["Authorization"] = basic(*auth)
    return _send("POST", url, sent, urlencode(fields).encode(), timeout)


def _send(method: str, url: str, headers: dict[str, str], body: bytes | None, timeout: float) -> Response:
    end = time.monotonic() + timeout
    where = urlsplit(url)
    if where.scheme not in {"http", "https"} or not where.hostname:
        raise Unreachable(f"{url!r} is not an http or https URL")
    try:
        answer = _pool().request(
            method,
            url,
            body=body,
            headers={"User-Agent": _AGENT, **headers},
            redirect=False,
            preload_content=False,
            timeout=urllib3.Timeout(total=timeout),
        )
        try:
            found = Response(answer.status, _lower(answer.headers), _read(answer, end, where.netloc))
        except BaseException:
            answer.close()
            raise
        answer.release_conn()
        return found
    except (HTTPError, OSError) as error:
        raise Unreachable(f"{where.scheme}://{where.netloc}: {_cause(error)}") from error


def _read(answer: urllib3.BaseHTTPResponse, end: float, host: str) -> bytes:
    body = b""
    for chunk in answer.stream(CHUNK, decode_content=False):
        body += chunk
        if len(body) > MAX_BODY:
            raise Unreachable(f"{host}: the answer is larger than {MAX_BODY} bytes")
        if time.monotonic() > end:
            raise Unreachable(f"{host}: the answer takes too long")
    return body


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _cause(error: BaseException) -> str:
    """The innermost cause, such as `Connection refused`."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    strerror = getattr(error, "strerror", None)
    return str(strerror or error)
