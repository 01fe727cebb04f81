"""Connections that stay open, so many to each worker, on which requests leave at the same moment: no thread, no HTTP library."""

import json
import re
import selectors
import socket
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from tests.flows import FORM, App, pairs
from tests.plugins.servers import Server
from tests.races.parallel import Answer

TIMEOUT = 60.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_WORKER = re.compile(rb"\r\nx-worker: *(\d+)", re.IGNORECASE)


def request(server: Server, app: App, path: str = "/oauth2/token", **values: Any) -> bytes:
    """The bytes of a POST that the app authenticates."""
    headers, in_body = app.credentials()
    body = urlencode(pairs({**in_body, **values}))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: localhost:{server.port}\r\n{lines}Content-Type: {FORM}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


class Wires:
    """`by_worker`: its connections to each process."""

    def __init__(self, by_worker: dict[int, list[socket.socket]]) -> None:
        self.by_worker = by_worker
        self.all = [wire for wires in by_worker.values() for wire in wires]

    def volley(self, requests: Sequence[bytes]) -> list[Answer]:
        """Send each on a connection of its own, all at once; the answers in their order."""
        return exchange(list(zip(self.all, requests, strict=False)))

    def shared_out(self, parts: int) -> "list[Wires]":
        """So many, each with as many connections to each process."""
        return [
            Wires({worker: wires[part::parts] for worker, wires in self.by_worker.items()}) for part in range(parts)
        ]

    def everywhere(self, data: bytes) -> list[Answer]:
        """What each worker answers to this."""
        return exchange([(wires[0], data) for wires in self.by_worker.values()])


def exchange(pairs: list[tuple[socket.socket, bytes]]) -> list[Answer]:
    received = [bytearray() for _ in pairs]
    answers: dict[int, Answer] = {}
    with selectors.DefaultSelector() as selector:
        for number, (wire, _) in enumerate(pairs):
            selector.register(wire, selectors.EVENT_READ, number)
        for wire, data in pairs:
            wire.sendall(data)
        end = time.monotonic() + TIMEOUT
        while len(answers) < len(pairs):
            assert time.monotonic() < end, "no answer"
            for key, _ in selector.select(1):
                at: int = key.data
                chunk = pairs[at][0].recv(65_536)
                assert chunk, f"closed after {bytes(received[at])!r}"
                received[at] += chunk
                if (answer := whole(received[at])) is not None:
                    answers[at] = answer
    return [answers[number] for number in range(len(pairs))]


def whole(received: bytearray) -> Answer | None:
    """The answer, once all of it is there."""
    head = received.find(b"\r\n\r\n")
    length = _LENGTH.search(received, 0, head) if head > 0 else None
    if length is None or len(received) < head + 4 + int(length[1]):
        return None
    body = bytes(received[head + 4 :])
    return Answer(int(received[9:12]), json.loads(body) if body.startswith(b"{") else {})


@contextmanager
def open_wires(server: Server, workers: int, each: int) -> Iterator[Wires]:
    """Connections until each worker has so many; which one takes a connection is chance."""
    # a worker that still starts answers late, and an idle connection is closed after half a minute
    with _opened(server, workers, 1):
        pass
    with _opened(server, workers, each) as wires:
        yield wires


@contextmanager
def _opened(server: Server, workers: int, each: int) -> Iterator[Wires]:
    found: dict[int, list[socket.socket]] = defaultdict(list)
    opened: list[socket.socket] = []
    try:
        end = time.monotonic() + TIMEOUT
        while len(found) < workers or any(len(wires) < each for wires in found.values()):
            assert time.monotonic() < end, f"these workers take connections: { {k: len(v) for k, v in found.items()} }"
            wire = socket.create_connection(("127.0.0.1", server.port), TIMEOUT)
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.append(wire)
            worker = _worker(wire, server)
            if len(found[worker]) < each:
                found[worker].append(wire)
        yield Wires(dict(found))
    finally:
        for wire in opened:
            wire.close()


def _worker(wire: socket.socket, server: Server) -> int:
    """Which process answers here."""
    wire.sendall(f"GET /oauth2/token HTTP/1.1\r\nHost: localhost:{server.port}\r\n\r\n".encode())
    received = bytearray()
    while whole(received) is None:
        chunk = wire.recv(65_536)
        assert chunk
        received += chunk
    found = _WORKER.search(received)
    assert found is not None
    return int(found[1])
