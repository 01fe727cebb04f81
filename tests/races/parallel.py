"""Requests that leave at the same moment, over connections that are open already, to real workers."""

import http.client
import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from tests.flows import FORM, App, pairs
from tests.plugins.servers import Server

AT_ONCE = 16
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]

    @property
    def error(self) -> str:
        return str(self.body.get("error", ""))


class Line:
    """An open connection to a server, good for one request. `host`: the address under which the server is asked."""

    def __init__(self, server: Server, host: str = "") -> None:
        self.host = {"Host": host} if host else {}
        self.connection = http.client.HTTPConnection("localhost", server.port, timeout=60)
        self.connection.connect()

    def send(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, dict[str, str], bytes]:
        try:
            self.connection.request(method, path, body or None, {**headers, **self.host})
            response = self.connection.getresponse()
            return response.status, {k.lower(): v for k, v in response.headers.items()}, response.read()
        finally:
            self.connection.close()

    def post(self, path: str, app: App, values: dict[str, Any]) -> Answer:
        headers, in_body = app.credentials()
        body = urlencode(pairs({**in_body, **values}))
        status, _, raw = self.send("POST", path, body, **{**headers, "Content-Type": FORM})
        return Answer(status, json.loads(raw) if raw else {})


def post(server: Server, app: App, path: str = "/oauth2/token", *, host: str = "", **values: Any) -> Answer:
    return Line(server, host).post(path, app, values)


def together(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """What the jobs give, started at the same moment, in their order."""
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T:
        gate.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def at_once(server: Server, requests: list[tuple[App, str, dict[str, Any]]]) -> list[Answer]:
    """Send (app, path, values) all at the same moment; the answers in their order."""
    return together([partial(Line(server).post, path, app, values) for app, path, values in requests])


def redeem(app: App, code: str) -> dict[str, Any]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": app.redirect_uri,
        "code_verifier": app.verifier,
    }


def refresh(token: str, **more: Any) -> dict[str, Any]:
    return {"grant_type": "refresh_token", "refresh_token": token, **more}
