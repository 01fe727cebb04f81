"""`make demo` in a fresh copy of the checkout."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from oauth_server import fetch
from tests.plugins.servers import ROOT, free_port

PARTS = ("accounts", "config", "consent", "oauth_server", "templates", "manage.py")
PATIENCE = 120  # seconds; a shared machine can be slow


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fresh(tmp_path_factory.mktemp("checkout"))


def fresh(copy: Path) -> Path:
    """What `make demo` needs of the checkout, without anything that it has made before."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, copy / part)
    return copy


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", "DATABASE_URL"}}
    return {**kept, "PYTHONWARNINGS": "ignore", **changes}


def demo(checkout: Path, *flags: str, **changes: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "demo", *flags],
        cwd=checkout,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def clients(checkout: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(checkout / "db.sqlite3") as database:
        return database.execute("SELECT id, client_id FROM oauth_server_client ORDER BY id").fetchall()


@pytest.mark.seed("S-01", "S-02")
@pytest.mark.bar("D7")
def test_once_shows_a_first_token_and_a_second_run_reuses_the_database(checkout: Path) -> None:
    port = free_port()
    first = demo(checkout, "--once", "--port", str(port))
    assert first.returncode == 0, first.stdout + first.stderr
    for told in (
        "ACCESS TOKEN \toas_at_",
        "REFRESH TOKEN\t<empty>",
        "ACTIVE   \ttrue",
        "TOKEN USE\taccess_token",
        "200 {",
    ):
        assert told in first.stdout
    assert json.loads((checkout / ".demo.json").read_text())["issuer"] == f"http://localhost:{port}"
    assert (checkout / ".demo.json").stat().st_mode & 0o077 == 0
    made = clients(checkout)
    assert {client_id for _, client_id in made} == {"demo-web", "demo-spa", "demo-machine"}
    secrets = json.loads((checkout / ".demo.json").read_text())["secrets"]

    again = demo(checkout, "--once", "--port", str(free_port()))
    assert again.returncode == 0, again.stdout + again.stderr
    assert clients(checkout) == made
    assert json.loads((checkout / ".demo.json").read_text())["secrets"] == secrets
    assert not listens(port)


def test_secrets_that_were_lost_are_made_anew(checkout: Path) -> None:
    (checkout / ".demo.json").unlink(missing_ok=True)
    ran = demo(checkout, "--once", "--port", str(free_port()))
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_busy_port_is_told_before_anything_is_done(checkout: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        before = state(checkout)
        ran = demo(checkout, "--once", "--port", str(taken.getsockname()[1]))
        assert ran.returncode == 1
        assert "busy" in ran.stderr
        assert "PORT=" in ran.stderr
        assert state(checkout) == before


def state(checkout: Path) -> dict[str, int]:
    """What lies there, and when its files were written; Python keeps its bytecode in the folders."""
    return {file.name: file.stat().st_mtime_ns if file.is_file() else 0 for file in checkout.iterdir()}


def test_other_settings_than_those_of_development_are_refused(checkout: Path) -> None:
    ran = demo(checkout, "--once", DJANGO_SETTINGS_MODULE="config.settings.test")
    assert ran.returncode == 1
    assert "config.settings.dev" in ran.stderr


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Running:
    """The demo as it stays up."""

    def __init__(self, checkout: Path, log: Path) -> None:
        self.port = free_port()
        self.checkout = checkout
        self._log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--port", str(self.port)],
                cwd=checkout,
                env=environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        end = time.monotonic() + PATIENCE
        while "oauth create project" not in self.log and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.1)
        assert "oauth create project" in self.log, self.log

    @property
    def log(self) -> str:
        return self._log.read_text()

    def end(self, by: signal.Signals) -> None:
        self.process.send_signal(by)
        try:
            assert self.process.wait(PATIENCE) == 0
        finally:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(fresh(tmp_path_factory.mktemp("checkout")), tmp_path_factory.mktemp("demo") / "log")
    yield running
    running.end(signal.SIGINT)
    assert "The demo has ended." in running.log
    assert not listens(running.port)


@pytest.mark.bar("D7")
def test_it_prints_addresses_log_ins_and_the_next_command(running: Running) -> None:
    for told in (
        f"http://localhost:{running.port}",
        "/admin/",
        "person@example.com",
        "operator@example.com",
        "demo-spa",
    ):
        assert told in running.log
    assert "oauth perform authorization-code --client-id demo-web --client-secret oas_cs_" in running.log


@pytest.mark.seed("S-02")
def test_a_second_terminal_finds_the_running_demo(running: Running) -> None:
    secret = json.loads((running.checkout / ".demo.json").read_text())["secrets"]["demo-machine"]
    found = subprocess.run(
        [Path(sys.executable).parent / "oauth", "perform", "client-credentials", "--client-id", "demo-machine"],
        cwd=running.checkout,
        env=environment(OAUTH2_CLIENT_SECRET=secret, PYTHONPATH=str(running.checkout)),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("ACCESS TOKEN")


@pytest.mark.parametrize("path", ["/account/sign-in/", "/.well-known/openid-configuration"])
def test_the_pages_answer(running: Running, path: str) -> None:
    assert fetch.get(f"http://localhost:{running.port}{path}").status == 200


def test_the_console_leads_to_our_sign_in(running: Running) -> None:
    answer = fetch.get(f"http://localhost:{running.port}/admin/login/")
    assert (answer.status, answer.headers["location"].partition("?")[0]) == (302, "/account/sign-in/")


def test_who_comes_by_127_0_0_1_is_sent_to_localhost(running: Running) -> None:
    answer = fetch.get(f"http://127.0.0.1:{running.port}/account/sign-in/?next=/x")
    assert answer.status == 302
    assert answer.headers["location"] == f"http://localhost:{running.port}/account/sign-in/?next=/x"


@pytest.mark.seed("S-44")
@pytest.mark.spec("RFC 6750", "3")
def test_the_sample_api_asks_for_a_token_and_its_scope(running: Running) -> None:
    secret = json.loads((running.checkout / ".demo.json").read_text())["secrets"]["demo-machine"]
    url = f"http://localhost:{running.port}"
    fields = {"grant_type": "client_credentials", "scope": "orders:read"}
    token = fetch.post_form(f"{url}/oauth2/token", fields, auth=("demo-machine", secret)).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert fetch.get(f"{url}/demo/orders", bearer).status == 200
    without = fetch.get(f"{url}/demo/orders")
    assert (without.status, without.headers["www-authenticate"].partition(" ")[0]) == (401, "Bearer")
    refused = fetch.post_form(f"{url}/demo/orders", {}, headers=bearer)
    assert refused.status == 403
    assert "insufficient_scope" in refused.headers["www-authenticate"]
    forged = fetch.get(f"{url}/demo/orders", {"Authorization": f"Bearer {token[:-1]}"})
    assert forged.status == 401
    assert "invalid_token" in forged.headers["www-authenticate"]


def test_the_server_ends_when_the_demo_is_terminated(checkout: Path, tmp_path: Path) -> None:
    running = Running(checkout, tmp_path / "log")
    running.end(signal.SIGTERM)
    assert not listens(running.port)
