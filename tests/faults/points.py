"""Faults at a chosen point of a request: before or after one of its SQL statements, its commits counted among them.

error: the statement fails. conflict: it fails as one that lost against another transaction. lost: the connection is cut (PostgreSQL).
death: the process is killed, in a forked child with Django loaded. The hook is Django's `execute_wrapper`, which the prepared statements
of the machine lane pass too.
"""

import json
import os
import signal
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, connections

BEFORE, AFTER = "before", "after"
ERROR, CONFLICT, LOST, DEATH = "error", "conflict", "lost", "death"


@dataclass(frozen=True)
class Point:
    kind: str
    number: int
    when: str


@dataclass
class Watch:
    """`statements`: what was sent, in order; `fired`: whether the fault happened."""

    statements: list[str]
    fired: bool = False


class Conflict(Exception):
    """What the driver raises."""

    sqlstate = "40001"
    sqlite_errorname = "SQLITE_BUSY"


def strike(point: Point) -> None:
    match point.kind:
        case "death":
            os.kill(os.getpid(), signal.SIGKILL)
        case "lost":
            with socket.socket(fileno=os.dup(connection.connection.fileno())) as wire:
                wire.shutdown(socket.SHUT_RDWR)
        case "conflict":
            raise OperationalError("lost against another transaction") from Conflict()
        case _:
            raise OperationalError("the statement failed")


@contextmanager
def fault(point: Point | None) -> Iterator[Watch]:
    """The fault at that point of what is done inside, once; None only watches."""
    watch = Watch([])

    def at(statement: str, run: Callable[[], Any]) -> Any:
        number = len(watch.statements)
        watch.statements.append(statement)
        here = point if point is not None and number == point.number and not watch.fired else None
        if here is not None and here.when == BEFORE:
            watch.fired = True
            strike(here)
        result = run()
        if here is not None and here.when == AFTER:
            watch.fired = True
            strike(here)
        return result

    def hook(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        return at(sql, lambda: execute(sql, params, many, context))

    wrapper: Any = connection
    commit = wrapper._commit
    wrapper._commit = lambda: at("COMMIT", commit)
    try:
        with connection.execute_wrapper(hook):
            yield watch
    finally:
        del wrapper._commit


def in_child(point: Point, ask: Callable[[], Any]) -> tuple[bool, int, bytes]:
    """Do it in a child that dies there: whether it died, and what it answered if not."""
    connections.close_all()
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the threads of the test runner hold nothing that we need
        pid = os.fork()
    if pid == 0:
        try:
            with fault(point):
                answer = ask()
            os.write(write, json.dumps([answer.status_code, answer.content.decode()]).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return True, 0, b""
    code, content = json.loads(told)
    return False, code, content.encode()
