"""The real project under granian, in processes of its own, on the database of the test.

`server` is one server per run (and xdist worker). The test's own ORM reads and writes the same database, so
factories work beside it. `start_server` starts further ones: more workers, other settings.
"""

import contextlib
import email
import email.policy
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

ROOT = Path(__file__).parents[2]
APPLICATION = "config.wsgi:application"
START_TIMEOUT = 90  # seconds; a shared machine can be slow


# Below the ports that a system hands out by itself: none of these is taken between the choice and its use, and whoever looks whether
# somebody listens there is never connected with itself.
FIRST_PORT, PORTS_EACH = 20_000, 1_000
_numbers = itertools.count(os.getpid())


def free_port() -> int:
    """A port on which nobody listens; each worker of xdist has others."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        port = FIRST_PORT + worker % 10 * PORTS_EACH + next(_numbers) % PORTS_EACH
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def database_url(settings: dict[str, Any]) -> str:
    """The URL of a database of Django's settings."""
    if settings["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{settings['NAME']}"
    secret = f":{quote(settings['PASSWORD'])}" if settings.get("PASSWORD") else ""
    host = settings.get("HOST") or "localhost"
    host = f"/{host}" if host.startswith("/") else host  # a socket's directory
    port = f":{settings['PORT']}" if settings.get("PORT") else ""
    return f"postgres://{quote(settings['USER'])}{secret}@{host}{port}/{settings['NAME']}"


class Server:
    """A running server: `url`, `log`, `mails`, `manage`."""

    def __init__(
        self,
        database: str,
        workers: int,
        threads: int,
        env: dict[str, str],
        *options: str,
        application: str = APPLICATION,
        granian: str = "granian",
    ) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.directory = Path(tempfile.mkdtemp(prefix="oauth-server-"))
        (self.directory / "mail").mkdir()
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "DATABASE_URL": database,
            "OAUTH_SERVER_ISSUER": self.url,
            "EMAIL_FILE_PATH": str(self.directory / "mail"),
            **env,
        }
        command = [sys.executable, "-W", "ignore", "-m", granian, "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--workers", str(workers), "--blocking-threads", str(threads)]
        # a thread that ends takes its connection to the database with it
        command += ["--blocking-threads-idle-timeout", "600"]
        self._log = (self.directory / "log").open("w")
        self._process = subprocess.Popen(
            [*command, *options, application],
            cwd=ROOT,
            env=self.env,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._wait()

    def __str__(self) -> str:
        return self.url

    def _wait(self) -> None:
        end = time.monotonic() + START_TIMEOUT
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        log = self.log
        self.stop()
        pytest.fail(f"the server did not start within {START_TIMEOUT} s:\n{log}", pytrace=False)

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text(errors="replace")

    @property
    def mails(self) -> list[EmailMessage]:
        """What the server has sent, oldest first."""
        files = sorted((self.directory / "mail").iterdir(), key=lambda file: file.stat().st_mtime_ns)
        # Django's file backend writes the messages of one connection into one file, each followed by a line of dashes.
        texts = [text for file in files for text in re.split(r"^-{70,}\n", file.read_text(), flags=re.MULTILINE)]
        return [email.message_from_string(text, policy=email.policy.default) for text in texts if text.strip()]

    def manage(self, *args: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run `manage.py` on the server's database."""
        command = [sys.executable, "manage.py", *args]
        return subprocess.run(
            command, cwd=ROOT, env=self.env, input=input, capture_output=True, text=True, timeout=60, check=False
        )

    def kill(self) -> None:
        """End every process at once, as a crash does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self.kill()
        self._log.close()
        shutil.rmtree(self.directory, ignore_errors=True)


@pytest.fixture(scope="session")
def _servers() -> Iterator[dict[str, Server]]:
    running: dict[str, Server] = {}
    yield running
    for server in running.values():
        server.stop()


@pytest.fixture
def server(transactional_db: None, _servers: dict[str, Server]) -> Iterator[Server]:
    """The server of the run. The test fails when it makes the server log a stack trace."""
    from django.db import connection

    database = database_url(connection.settings_dict)
    if database not in _servers:
        _servers[database] = Server(database, workers=1, threads=2, env={})
    running = _servers[database]
    before = len(running.log)
    yield running
    no_stack_trace(running.log[before:])


@pytest.fixture
def start_server(transactional_db: None) -> Iterator[Callable[..., Server]]:
    """Start a server of the test's own: `start_server(workers=8, threads=2, NAME="value of the environment")`."""
    from django.db import connection

    started: list[Server] = []

    def start(workers: int = 1, threads: int = 2, **env: str) -> Server:
        started.append(Server(database_url(connection.settings_dict), workers, threads, env))
        return started[-1]

    yield start
    logs = [server.log for server in started]
    for server in started:
        server.stop()
    for log in logs:
        no_stack_trace(log)


def no_stack_trace(log: str) -> None:
    if "Traceback (most recent call last)" in log:
        pytest.fail(f"the server logged a stack trace:\n{log}", pytrace=False)
