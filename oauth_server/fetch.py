"""RFC 9110 HTTP, outbound: the only import of an HTTP library.

Two doors. `get` and `post_form` are for addresses that the operator wrote: commands and the verifier. `guarded_get` and
`guarded_post` are for addresses that a client chose (RFC 7591 §5, RFC 9101 §10.4): https only, the name is resolved once, all
its addresses have to be public, and the connection goes to one of them. Neither follows a redirect nor asks a proxy, and both end
after a time and at a size, whatever the other side sends.
"""

import ipaddress
import json
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import quote_plus, urlencode

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from oauth_server import uris
from oauth_server.targets import Forbidden, Target, is_public, target

TIMEOUT = 10.0
MAX_BODY = 1_048_576
GUARDED_TIMEOUT = 5.0
GUARDED_MAX_BODY = 262_144
CHUNK = 65_536
_AGENT = "django-oauth-server"


class Unreachable(Exception):
    """No answer could be had; the message names the host and the cause, never the query."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; header names are in lower case. `cookies`: the values of Set-Cookie, which cannot be joined."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        """The JSON object in the body; empty when there is none."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


@cache
def context() -> ssl.SSLContext:
    """The authorities that this machine trusts; SSL_CERT_FILE names others."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not paths.capath:
        import certifi

        context.load_verify_locations(certifi.where())
    return context


@cache
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(ssl_context=context(), retries=False)


def basic(client_id: str, client_secret: str) -> str:
    """RFC 6749 §2.3.1: the Authorization header; both parts are form-encoded before they are joined."""
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return "Basic " + b64encode(pair.encode()).decode()


def disconnect() -> None:
    """Close the connections that are kept; the next request makes one of its own."""
    _pool().clear()


def get(url: str, headers: Mapping[str, str] | None = None, *, timeout: float = TIMEOUT) -> Response:
    """Raises `Unreachable`."""
    return send("GET", url, headers=headers, timeout=timeout)


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
    return send("POST", url, urlencode(fields).encode(), headers=sent, timeout=timeout)


def send(
    method: str,
    url: str,
    body: bytes | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    most: int | None = None,
) -> Response:
    """`headers` name the media type of the body; `most` bytes may come, else MAX_BODY. Raises `Unreachable`."""
    end = time.monotonic() + timeout
    where = uris.split(url)
    if where.scheme not in {"http", "https"} or not where.hostname:
        raise Unreachable(f"{url!r} is not an http or https URL")
    try:
        answer = _pool().request(
            method,
            url,
            body=body,
            headers={"User-Agent": _AGENT, **(headers or {})},
            redirect=False,
            preload_content=False,
            timeout=urllib3.Timeout(total=timeout),
        )
        try:
            body = _read(answer, end, where.netloc, most or MAX_BODY)
            cookies = tuple(answer.headers.getlist("set-cookie"))
            found = Response(answer.status, _lower(answer.headers), body, cookies)
        except BaseException:
            answer.close()
            raise
        answer.release_conn()
        return found
    except (HTTPError, OSError) as error:
        raise Unreachable(f"{where.scheme}://{where.netloc}: {_cause(error)}") from error


def _read(answer: urllib3.BaseHTTPResponse, end: float, host: str, most: int) -> bytes:
    body = b""
    for chunk in answer.stream(CHUNK, decode_content=False):
        body += chunk
        if len(body) > most:
            raise Unreachable(f"{host}: the answer is larger than {most} bytes")
        if time.monotonic() > end:
            break
    if time.monotonic() > end:
        raise Unreachable(f"{host}: the answer takes too long")
    return body


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _cause(error: BaseException) -> str:
    """The innermost cause, such as `Connection refused`."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    strerror = getattr(error, "strerror", None)
    return str(strerror or error)


# The guarded door


def guarded_get(
    url: str,
    headers: Mapping[str, str] | None = None,
    *,
    allowed: Collection[str] = (),
    timeout: float = GUARDED_TIMEOUT,
    most: int = GUARDED_MAX_BODY,
) -> Response:
    """`allowed`: hosts that may be called on any address and port, by http too. Raises `Unreachable`."""
    return _send_guarded("GET", url, dict(headers or {}), None, allowed, timeout, most)


def guarded_post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allowed: Collection[str] = (),
    timeout: float = GUARDED_TIMEOUT,
) -> Response:
    """`headers` name the media type. Raises as `guarded_get`."""
    return _send_guarded("POST", url, dict(headers), body, allowed, timeout, GUARDED_MAX_BODY)


def _addresses(where: Target, timeout: float) -> list[str]:
    """Of all that the name stands for, asked once; the resolver itself knows no time limit. Raises `Unreachable`."""
    answers: SimpleQueue[Any] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=timeout)
    except Empty:
        raise Unreachable(f"{where.host}: the name server does not answer") from None
    if isinstance(found, Exception):
        raise Unreachable(f"{where.host}: {_cause(found)}")
    addresses = list(dict.fromkeys(str(info[4][0]).partition("%")[0] for info in found))
    if not addresses:
        raise Unreachable(f"{where.host}: the name has no address")
    if not where.is_allowed and not all(is_public(ipaddress.ip_address(address)) for address in addresses):
        raise Unreachable(f"{where.host}: its address is not public")
    return addresses


def _send_guarded(
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes | None,
    allowed: Collection[str],
    timeout: float,
    most: int,
) -> Response:
    end = time.monotonic() + timeout
    try:
        where = target(url, allowed)
    except Forbidden as error:
        raise Unreachable(str(error)) from error
    sent = {"User-Agent": _AGENT, "Host": where.netloc, "Accept-Encoding": "identity", **headers}
    try:
        with _connected(where, end) as connection:
            connection.request(method, where.path, body, sent, preload_content=False, decode_content=False)
            answer = connection.getresponse()
            if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise Unreachable(f"{where.netloc}: the answer is compressed, which was not asked for")
            return Response(answer.status, _lower(answer.headers), _read(answer, end, where.netloc, most))
    except (HTTPError, OSError, ValueError) as error:
        late = time.monotonic() >= end
        cause = "the answer takes too long" if late else _cause(error)
        raise Unreachable(f"{where.scheme}://{where.netloc}: {cause}") from error


@contextmanager
def _connected(where: Target, end: float) -> Iterator[HTTPConnection]:
    """A connection to one of the judged addresses under the name of the URL, cut when the time is over, whatever it is doing."""
    connection = _connect(where, end)
    clock = threading.Timer(max(0.0, end - time.monotonic()), _cut, [connection.sock])
    clock.daemon = True
    clock.start()
    try:
        yield connection
    finally:
        clock.cancel()
        connection.close()


def _connect(where: Target, end: float) -> HTTPConnection:
    last: Exception = Unreachable(f"{where.netloc}: no time is left")
    for address in _addresses(where, max(0.001, end - time.monotonic())):
        left = end - time.monotonic()
        if left <= 0:
            break
        connection = _connection(where, address, left)
        try:
            connection.connect()
        except (HTTPError, OSError) as error:
            connection.close()
            last = error
        else:
            return connection
    raise last


def _connection(where: Target, address: str, timeout: float) -> HTTPConnection:
    if where.scheme == "http":
        return HTTPConnection(address, where.port, timeout=timeout)
    names = {"server_hostname": where.host, "assert_hostname": where.host}
    return HTTPSConnection(address, where.port, timeout=timeout, ssl_context=context(), **names)  # type: ignore[arg-type]


def _cut(connected: Any) -> None:
    with suppress(OSError):
        # below TLS: a TLS socket that is shut down would be read on without it
        socket.socket.shutdown(connected, socket.SHUT_RDWR)
