"""R5: any bytes at every address of the server, with and without credentials, signed in or not: never a 5xx, nothing slow, no memory lost.

The seed of a run is in its name and in every failure.
"""

import os
import random
import re
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests import factories
from tests.flows import Browser
from tests.fuzz.bytes import Request, requests
from tests.plugins.figures import Figure, counted
from tests.plugins.servers import Server

pytestmark = [pytest.mark.goal("R5"), pytest.mark.threat(27, 64, 66, 69, 70)]

SLOW = 0.5
GROWTH = 8 * 1024  # KB a worker: allocators keep what a first time needs
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PARAMETER = re.compile(r"<[^>]*>")
# a sign-out would end the session that the others need
LEFT_OUT = ("sign-out",)


def addresses() -> list[str]:
    """Every route of the project; a parameter of a path is filled."""
    found: set[str] = set()

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> None:
        for entry in patterns:
            part = str(entry.pattern)
            if part.startswith("^"):
                part = re.sub(r"\(\?P<[^>]*>[^)]*\)", "1", part).strip("^$\\Z").replace("\\", "")
            path = before + _PARAMETER.sub("x", part)
            if isinstance(entry, URLResolver):
                walk(entry.url_patterns, path)
            else:
                found.add("/" + path)

    walk(get_resolver().url_patterns, "")
    return sorted(path for path in found if not any(name in path for name in LEFT_OUT))


class Wire:
    """A connection that is opened anew when the server closed it."""

    def __init__(self, port: int) -> None:
        self.port, self.socket = port, socket.socket()
        self.socket.close()

    def ask(self, request: Request) -> tuple[int, float]:
        """The status, 0 where the connection was closed instead; and the seconds it took."""
        for _ in range(2):
            if self.socket.fileno() < 0:
                self.socket = socket.create_connection(("127.0.0.1", self.port), 30)
            began = time.perf_counter()
            try:
                self.socket.sendall(request.data)
                status = self._read(request.data.startswith((b"HEAD ", b"head ")))
            except (ConnectionError, TimeoutError):
                status = 0
            took = time.perf_counter() - began
            if status:
                return status, took
            self.socket.close()
        return 0, took

    def _read(self, is_head: bool) -> int:
        received = bytearray()
        while (head := received.find(b"\r\n\r\n")) < 0:
            chunk = self.socket.recv(65_536)
            if not chunk:
                return 0
            received += chunk
        status, length = int(received[9:12]), _LENGTH.search(received, 0, head)
        if length is None and not is_head and status not in {204, 304}:
            # chunked, or to the end: the rest is not of interest
            self.socket.close()
        elif length is not None and not is_head:
            left = head + 4 + int(length[1]) - len(received)
            while left > 0:
                chunk = self.socket.recv(min(65_536, left))
                if not chunk:
                    break
                left -= len(chunk)
        return status


def memory(server: Server) -> int:
    """KB of all its processes."""
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and os.path.exists(entry / "stat"):
            try:
                if os.getpgid(int(entry.name)) == server._process.pid:
                    total += int(re.findall(r"VmRSS:\s+(\d+)", (entry / "status").read_text())[0])
            except (OSError, IndexError):
                continue
    return total


@dataclass
class Told:
    """How often each status came, the slowest answer and what it answered, and by how many KB memory grew after the first fifth."""

    statuses: Counter[int]
    slowest: float = 0.0
    to: str = ""
    grown: int = 0


@pytest.fixture
def fuzz(start_server: Callable[..., Server]) -> Iterator[Callable[[int, int], Told]]:
    server = start_server(workers=1, threads=1)
    app, browser, person = factories.app(), Browser(), factories.UserFactory()
    browser.force_sign_in(person)
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    paths, wire = addresses(), Wire(server.port)
    assert len(paths) > 60
    # the worker has started
    assert wire.ask(Request("/", f"GET / HTTP/1.1\r\nHost: localhost:{server.port}\r\n\r\n".encode()))[0]

    def run(seed: int, count: int) -> Told:
        host, told, before = f"localhost:{server.port}", Told(Counter()), 0
        for number, request in enumerate(requests(paths, app, cookie, host, seed, count)):
            if number == count // 5:
                before = memory(server)
            status, took = wire.ask(request)
            assert status < 500 or status == 501, (seed, number, status, request.path, request.data[:2_000])
            told.statuses[status] += 1
            if took > told.slowest:
                told.slowest, told.to = (
                    took,
                    f"number {number} of seed {seed}, {request.path}: {request.data[:2_000]!r}",
                )
        assert told.statuses[0] < count // 20, told.statuses
        told.grown = memory(server) - before
        return told

    yield run
    wire.socket.close()


def test_a_thousand_requests_of_any_bytes(fuzz: Callable[[int, int], Told]):
    # some of them got through to what they asked for
    assert {200, 400, 401, 404, 405} <= set(fuzz(random.randrange(2**32), 1_500).statuses)


@pytest.mark.long
def test_a_hundred_thousand_requests_of_any_bytes(fuzz: Callable[[int, int], Told], figure: Figure):
    count, began = counted(100_000), time.monotonic()
    told = fuzz(random.randrange(2**32), count)
    assert told.slowest < SLOW, told.to
    assert told.grown < GROWTH
    answers = ", ".join(f"{status}: {number:,}" for status, number in sorted(told.statuses.items()))
    text = f"{count:,} requests at {len(addresses())} addresses: no 5xx ({answers}), "
    text += f"slowest {told.slowest * 1000:.0f} ms, memory {told.grown:+,} KB"
    figure("R5", text, time.monotonic() - began)
