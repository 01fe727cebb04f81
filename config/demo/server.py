"""The demo's server: granian in a process of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings as django_settings
from django.core.management.base import CommandError

from oauth_server import fetch

ADDRESS = "127.0.0.1"
START_TIMEOUT = 60  # seconds


def require_free(port: int) -> None:
    """Raises `CommandError` when something listens on the port already."""
    for family, address in ((socket.AF_INET, ADDRESS), (socket.AF_INET6, "::1")):
        with socket.socket(family) as probe, contextlib.suppress(OSError):
            probe.settimeout(1)
            if probe.connect_ex((address, port)) == 0:
                raise CommandError(
                    f"Port {port} is busy: something listens there. If it is the demo of this directory, use that one: a second "
                    f"one would move its issuer. Else choose another port: make demo PORT={port + 1}"
                )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used: {error.strerror}. Choose another: make demo PORT=8001"
            ) from error


@contextmanager
def running(port: int, issuer: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the server, wait until it answers, end it with the block. Raises `CommandError`."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", ADDRESS, "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "2", "--log-level", "warning", "config.wsgi:application"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": str(django_settings.SETTINGS_MODULE)}
    # A session of its own: Ctrl-C reaches this process alone, which then ends the server in order
    process = subprocess.Popen(  # noqa: S603
        command, cwd=django_settings.BASE_DIR, env=environment, start_new_session=True
    )
    try:
        _wait(process, issuer)
        yield process
    finally:
        _end(process)


def _wait(process: "subprocess.Popen[bytes]", issuer: str) -> None:
    end = time.monotonic() + START_TIMEOUT
    while time.monotonic() < end:
        if process.poll() is not None:
            raise CommandError("The server did not start; its messages are above.")
        with contextlib.suppress(fetch.Unreachable):
            if fetch.get(f"{issuer}/.well-known/openid-configuration", timeout=5).status == 200:
                return
        time.sleep(0.1)
    raise CommandError(f"The server does not answer at {issuer} after {START_TIMEOUT} seconds.")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
