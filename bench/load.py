"""The load generator, a process of its own: keep-alive connections, one request in flight on each, raw sockets, no HTTP library.

`python -m bench.load` reads an order as JSON from standard input and prints what came back as JSON. `wrk` does the same with less CPU
where every request is the same; values that can be used once need this one.
"""

import json
import re
import selectors
import socket
import sys
import time
from collections import deque
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_NEXT = re.compile(rb'"refresh_token": ?"([^"]+)"')


class Load:
    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.values = deque(order["values"])
        self.latencies: list[float] = []
        self.wrong = 0
        self.first_wrong = ""

    def next(self) -> bytes | None:
        """The bytes of the next request; None when the values are used up."""
        order = self.order
        body = order["body"]
        if order["values"]:
            if not self.values:
                return None
            body = body.replace("{}", self.values.popleft())
        return f"{order['head']}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    def done(self, answer: bytes, seconds: float) -> None:
        self.latencies.append(seconds)
        if not answer.startswith(b"HTTP/1.1 200"):
            self.wrong += 1
            self.first_wrong = self.first_wrong or answer[:600].decode(errors="replace")
        elif self.order["chained"] and (found := _NEXT.search(answer)):
            self.values.append(found[1].decode())

    def run(self) -> dict[str, Any]:
        selector = selectors.DefaultSelector()
        started = time.perf_counter()
        end = started + self.order["seconds"]
        open_ones = 0
        for _ in range(self.order["connections"]):
            connection = socket.create_connection((self.order["host"], self.order["port"]))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            first = self.next()
            if first is not None:
                connection.sendall(first)
                selector.register(connection, selectors.EVENT_READ, [time.perf_counter(), bytearray()])
                open_ones += 1
        while open_ones:
            for key, _ in selector.select():
                connection, state = key.fileobj, key.data
                assert isinstance(connection, socket.socket)
                state[1] += connection.recv(65_536)
                answer = _whole(state[1])
                if answer is None:
                    continue
                now = time.perf_counter()
                self.done(answer, now - state[0])
                request = self.next() if now < end else None
                if request is None:
                    selector.unregister(connection)
                    connection.close()
                    open_ones -= 1
                    continue
                state[0], state[1] = now, bytearray()
                connection.sendall(request)
        return self.result(time.perf_counter() - started)

    def result(self, seconds: float) -> dict[str, Any]:
        ordered = sorted(self.latencies)
        return {
            "requests": len(ordered),
            "wrong": self.wrong,
            "first_wrong": self.first_wrong,
            "seconds": seconds,
            "p50": ordered[len(ordered) // 2] * 1000,
            "p99": ordered[len(ordered) * 99 // 100] * 1000,
            "left": list(self.values),
        }


def _whole(received: bytearray) -> bytes | None:
    """The answer, once all of it is there."""
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return None
    length = _LENGTH.search(received, 0, head)
    if length is None:
        # chunked, as granian sends what has no length
        return bytes(received) if received.endswith(b"\r\n0\r\n\r\n") else None
    return bytes(received) if len(received) >= head + 4 + int(length[1]) else None


if __name__ == "__main__":
    json.dump(Load(json.load(sys.stdin)).run(), sys.stdout)
