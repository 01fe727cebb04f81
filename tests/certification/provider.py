"""The server under test: the standalone project with its own database, behind TLS, in processes of its own."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import requests

from tests.certification import authority
from tests.plugins.servers import ROOT, START_TIMEOUT, free_port

PREPARE = Path(__file__).with_name("prepare.py")


class Provider:
    """`url` is the issuer, `clients` what the operator registered (by name), `authority` the certificate to trust."""

    def __init__(self, relying_party: str) -> None:
        self.directory = directory = Path(tempfile.mkdtemp(prefix="oauth-certification-"))
        trusted, certificate, key = authority.make(directory)
        self.authority = str(trusted)
        self.certificate, self.key = str(certificate), str(key)
        self.port = free_port()
        self.url = f"https://localhost:{self.port}"
        (directory / "mail").mkdir()
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.certification.settings",
            "DATABASE_URL": f"sqlite:///{directory}/db.sqlite3",
            "OAUTH_SERVER_ISSUER": self.url,
            "EMAIL_FILE_PATH": str(directory / "mail"),
            # the server calls the relying party, whose certificate is of the same authority
            "SSL_CERT_FILE": self.authority,
            "RELYING_PARTY": relying_party,
        }
        self.manage("migrate", "--verbosity=0")
        self.clients: dict[str, dict[str, Any]] = json.loads(
            self.manage("shell", "--verbosity=0", input=PREPARE.read_text())
        )
        self._log = (directory / "log").open("w")
        self._process = self._start(directory)

    def _start(self, directory: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-W", "ignore", "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--workers", "1", "--blocking-threads", "4"]
        command += ["--ssl-certificate", self.certificate, "--ssl-keyfile", self.key]
        process = subprocess.Popen(
            [*command, "config.wsgi:application"],
            cwd=ROOT,
            env=self.env,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        end = time.monotonic() + START_TIMEOUT
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return process
            time.sleep(0.05)
        raise AssertionError(f"the server did not start:\n{(directory / 'log').read_text()}")

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text(errors="replace")

    def manage(self, *args: str, input: str | None = None) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", *args],
            cwd=ROOT,
            env=self.env,
            input=input,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def rotate(self, algorithm: str) -> None:
        """The operator's command, at once."""
        self.manage("oauth", "rotate", "keys", "--algorithm", algorithm, "--force")

    def get(self, url: str, **headers: str) -> requests.Response:
        return requests.get(url, headers=headers, verify=self.authority, allow_redirects=False, timeout=30)

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._log.close()
        shutil.rmtree(self.directory, ignore_errors=True)
