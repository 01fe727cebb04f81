"""A server on a database that the test takes away."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.plugins.databases import Postgres, start_postgres
from tests.plugins.servers import Server


class Database:
    """A PostgreSQL of the test's own."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._pid_file = Path(server.directory) / "postmaster.pid"
        server.execute("CREATE DATABASE faulty")
        self.url = server.url("faulty")
        self.socket = server.socket

    def crash(self) -> None:
        """PostgreSQL's immediate shutdown: no session is ended in order."""
        pid = int(self._pid_file.read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        end = time.monotonic() + 10
        while self._pid_file.exists() and time.monotonic() < end:
            time.sleep(0.02)
        assert not self._pid_file.exists()

    def start(self) -> None:
        self._server._server.ensure_postgres_running()

    def execute(self, statement: str) -> Any:
        with psycopg.connect(self._server._server.get_uri("faulty"), autocommit=True) as connection:
            return connection.execute(statement.encode())


@pytest.fixture
def database() -> Iterator[Database]:
    server = start_postgres(durable=True)
    yield Database(server)
    server.stop()


@pytest.fixture
def on_database(start_server: Callable[..., Server]) -> Callable[[str], Server]:
    """A server on another database than the test's own."""

    def start(url: str, **env: str) -> Server:
        return start_server(DATABASE_URL=url, **env)

    return start


def create_client(server: Server) -> dict[str, str]:
    """With the command, as an operator does."""
    command = [
        "oauth",
        "create",
        "oauth2-client",
        "--name",
        "x",
        "--grant-type",
        "client_credentials",
        "--format",
        "json",
    ]
    made = server.manage(*command)
    assert made.returncode == 0, made.stderr
    found: dict[str, str] = json.loads(made.stdout)
    return found
