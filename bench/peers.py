"""Peers from the command line: NAME=URL,CLIENT_ID,SECRET[,PID…]."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from bench.cases import Paths, client_credentials
from bench.contenders import Peer


def peer(text: str) -> Peer:
    name, _, rest = text.partition("=")
    url, client_id, secret, *pids = rest.split(",")
    parts = urlsplit(url.rstrip("/"))
    assert parts.scheme == "http", f"{url}: peers are asked over plain HTTP"
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    metadata = _ask(host, port, "GET", f"{parts.path}/.well-known/openid-configuration", {}, "")
    token, introspection = (
        urlsplit(metadata.get(member, "")).path for member in ("token_endpoint", "introspection_endpoint")
    )
    paths = Paths(token=token, introspection=introspection)
    client = {"id": client_id, "secret": secret}
    seed: dict[str, Any] = {"machine": client, "machine_jwt": client, "web": client}
    asked = client_credentials(paths, seed)
    seed["access_token"] = _ask(host, port, asked.method, asked.path, asked.headers, asked.body)["access_token"]
    is_jwt = seed["access_token"].count(".") == 2
    cases = ["client_credentials_jwt" if is_jwt else "client_credentials"] + (
        ["introspection"] if introspection else []
    )
    return Peer(name, host, port, parts.netloc, paths, seed, tuple(cases), tuple(map(int, pids)))


def _ask(host: str, port: int, method: str, path: str, headers: dict[str, str], body: str) -> dict[str, Any]:
    connection = HTTPConnection(host, port, timeout=20)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    raw = response.read()
    connection.close()
    assert response.status == 200, (path, response.status, raw[:300])
    found: dict[str, Any] = json.loads(raw)
    return found
