"""The management API as commands call it. Here: in this process, as the person at the machine. Elsewhere: over HTTP, with a token."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from oauth_server import audit, fetch
from oauth_server.cli.options import Refused, WrongUse
from oauth_server.cli.output import cleaned
from oauth_server.models import Issuer

# Objects a page where all are wanted; and how large a page may be: whoever registers itself says how large its client is
_PAGE = 500
_LARGEST = 32 * 1_048_576
# Rules of problem details that say: this cannot be meant so
_WRONG_USE = frozenset({"invalid-request", "invalid-members"})
_STRANGE = "The server's answer is not what its management API gives."


class Answer(Protocol):
    """`body` is parsed where it is JSON."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> Any: ...


class Transport(Protocol):
    def __call__(
        self, method: str, path: str, *, query: Mapping[str, str], body: Any, headers: Mapping[str, str]
    ) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Page:
    items: list[dict[str, Any]]
    next: str


class Server:
    """What commands ask of an issuer. Whatever it refuses is raised as `Refused` (exit code 1) or `WrongUse` (2)."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def ask(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None, etag: str = ""
    ) -> Any:
        answer = self._ask(method, path, query, body, etag)
        if answer.status >= 400:
            raise refusal(answer)
        return answer.body

    def _ask(self, method: str, path: str, query: Mapping[str, Any] | None, body: Any, etag: str) -> Answer:
        asked = {name: _spelled(value) for name, value in (query or {}).items() if value not in (None, "")}
        headers = {"If-Match": etag} if etag else {}
        return self._transport(method, path, query=asked, body=body, headers=headers)

    def find(self, path: str, body: Any = None) -> dict[str, Any] | None:
        """None where there is no such object. `body`: what it is found by, where that must not be in a path."""
        answer = self._ask("GET" if body is None else "POST", path, None, body, "")
        if answer.status == 404 and _problem(answer).get("rule") == "not-found":
            return None
        if answer.status >= 400:
            raise refusal(answer)
        return _object(answer.body)

    def page(self, path: str, *, limit: int, cursor: str = "", **query: Any) -> Page:
        found = _object(self.ask("GET", path, query={**query, "limit": limit, "cursor": cursor}))
        if not isinstance(found.get("items"), list):
            raise Refused(_STRANGE)
        return Page(found["items"], str(found.get("next") or ""))

    def all(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        cursor = ""
        while True:
            page = self.page(path, limit=_PAGE, cursor=cursor, **query)
            yield from page.items
            cursor = page.next
            if not cursor:
                return

    def create(self, path: str, body: Any, **query: Any) -> dict[str, Any]:
        return _object(self.ask("POST", path, query=query, body=body))

    def change(self, path: str, members: Mapping[str, Any], etag: str = "*") -> dict[str, Any]:
        return _object(self.ask("PATCH", path, body=dict(members), etag=etag))

    def delete(self, path: str, etag: str = "*") -> None:
        self.ask("DELETE", path, etag=etag)


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Refused(_STRANGE)
    return body


def _problem(answer: Answer) -> dict[str, Any]:
    return answer.body if isinstance(answer.body, dict) else {}


def refusal(answer: Answer) -> Refused | WrongUse:
    """RFC 9457: what the server says, member by member, and the trace id under which its log says more."""
    told = _problem(answer)
    lines = [
        f"{error.get('member')}: {error.get('detail')}"
        for error in told.get("errors") or ()
        if isinstance(error, dict) and error.get("member")
    ]
    text = "\n".join(lines) or str(told.get("detail") or told.get("title") or f"HTTP status {answer.status}")
    if told.get("rule") == "stale":
        text = "It was changed by somebody else meanwhile. Nothing was done: look at it, and try again."
    if told.get("rule") not in _WRONG_USE and (trace := told.get("trace_id")):
        text += f" (trace id {trace})"
    text = "".join(char if char.isprintable() or char == "\n" else "?" for char in text)
    return WrongUse(text) if told.get("rule") in _WRONG_USE else Refused(text)


def here(issuer: Issuer) -> Server:
    """The server of this database."""

    def transport(method: str, path: str, *, query: Mapping[str, str], body: Any, headers: Mapping[str, str]) -> Answer:
        # Django REST framework and what it brings: a fifth of the time that a command takes to start
        from oauth_server.api.v1 import inside

        if isinstance(body, bytes):
            headers = {**headers, "Content-Type": "image/png"}
        answer = inside.call(issuer, method, path, query=query, body=body, headers=headers, actor=audit.current().actor)
        if isinstance(answer.body, dict):
            # no log of a server says more under it
            answer.body.pop("trace_id", None)
        return answer

    return Server(transport)


def elsewhere(url: str, token: str) -> Server:
    """The server whose issuer has this URL. The token goes to it alone, and never without TLS but to this machine."""

    def transport(method: str, path: str, *, query: Mapping[str, str], body: Any, headers: Mapping[str, str]) -> Answer:
        address = f"{url}/api/v1{path}" + (f"?{urlencode(query)}" if query else "")
        sent = {"Authorization": f"Bearer {token}", "Accept": "application/json", **headers}
        data = None
        if isinstance(body, bytes):
            data, sent["Content-Type"] = body, "image/png"
        elif body is not None:
            kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
            data, sent["Content-Type"] = json.dumps(body).encode(), kind
        try:
            return _read(fetch.send(method, address, data, headers=sent, most=_LARGEST), url)
        except fetch.Unreachable as error:
            raise Refused(f"{error}.") from error

    return Server(transport)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: Any


def _read(answer: fetch.Response, url: str) -> Answer:
    """Raises `Refused` for what is no answer of a management API."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    is_problem = kind == "application/problem+json"
    if answer.status == 401:
        raise Refused(
            f"{url} does not take this token: it has expired, was revoked, or is another project's"
            f"{_trace(answer)}. `oauth create admin-token --project {url}` on the server makes one."
        )
    if 300 <= answer.status < 400:
        raise Refused(f"{url} leads elsewhere ({answer.headers.get('location', '')!r}). Give the URL that it leads to.")
    if answer.status == 204:
        return _Answer(204, answer.headers, None)
    if kind == "application/json" or is_problem:
        return _Answer(answer.status, answer.headers, answer.json())
    raise Refused(
        f"{url}/api/v1 is not the management API of this server: it answers with status {answer.status} and "
        f"{cleaned(kind) or 'no media type'}{_trace(answer)}."
    )


def _trace(answer: fetch.Response) -> str:
    trace = answer.headers.get("x-trace-id", "")
    return f" (trace id {trace})" if trace.isalnum() else ""
