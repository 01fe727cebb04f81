"""R2: a mixed load while workers are killed, PostgreSQL crashes and starts again, and connections to it are cut.

What was told stays true, whatever is not told is 503 with Retry-After or no answer at all, and the service is back within five seconds.
"""

import os
import random
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from urllib3.exceptions import HTTPError

from tests.faults import stage
from tests.faults.conftest import Database
from tests.faults.proxy import SOCKET, Proxy
from tests.flows import FORM, App, pairs
from tests.invariants import Journal
from tests.plugins.figures import Figure, counted
from tests.plugins.servers import Server
from tests.races.parallel import redeem, refresh

pytestmark = [pytest.mark.pg, pytest.mark.goal("R2"), pytest.mark.threat(105, 107, 110, 111, 112)]

BACK_WITHIN = 5.0
CALLERS, WORKERS = 4, 4
OFTEN = 20


class Load:
    """Callers that spend codes and refresh tokens, look at what they got, and revoke; each tells the journal what it was told."""

    def __init__(self, server: Server, stock: dict[str, Any]) -> None:
        row = SimpleNamespace(client_id=stock["client_id"], token_endpoint_auth_method="client_secret_basic")
        self.app = App(row, stock["secret"], verifier=stock["verifier"])
        self.url, self.journal = server.url, Journal()
        self.codes, self.refresh_tokens = deque(stock["codes"]), deque(stock["refresh_tokens"])
        self.journal.refreshes.update({token: [] for token in self.refresh_tokens})
        self.http = urllib3.PoolManager(retries=False, timeout=10, maxsize=CALLERS + 1)
        self.answers: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.workers: set[int] = set()
        self._lock = threading.Lock()

    def ask(self, path: str, **values: Any) -> tuple[int, dict[str, Any]]:
        """Status and body; 0 where no answer came."""
        headers, in_body = self.app.credentials()
        body, told = urlencode(pairs({**in_body, **values})), dict[str, Any]()
        try:
            answer = self.http.request("POST", self.url + path, body=body, headers={**headers, "Content-Type": FORM})
        except HTTPError:
            status = 0
        else:
            status, told = answer.status, answer.json() if answer.data.startswith(b"{") else {}
            with self._lock:
                self.workers.add(int(answer.headers.get("X-Worker", 0)))
            if status == 503 and "Retry-After" not in answer.headers:
                self.wrong.append(f"{path}: 503 without Retry-After")
        with self._lock:
            self.answers[f"{path} {status}"] += 1
            if status in {0, 503}:
                # it may have been done, and only its answer was lost
                self.journal.unanswered += 1
        return status, told

    def until_told(self, path: str, fine: set[int], **values: Any) -> tuple[int, dict[str, Any], bool]:
        """Ask until somebody answers; the answer, and whether it was the first."""
        for number in range(OFTEN * 10):
            status, told = self.ask(path, **values)
            if status not in {0, 503}:
                if status not in fine and not (number and status == 400):
                    self.wrong.append(f"{path}: {status} {told}")
                return status, told, number == 0
            time.sleep(0.05)
        self.wrong.append(f"{path}: nobody answers")
        return 0, {}, False

    def turn(self) -> None:
        code, token = self.codes.popleft(), self.refresh_tokens.popleft()
        status, bought, _ = self.until_told("/oauth2/token", {200}, **redeem(self.app, code))
        if status == 200:
            self.journal.codes[code].append(bought)
        status, renewed, first = self.until_told("/oauth2/token", {200}, **refresh(token))
        if status == 200:
            self.journal.refreshes[token].append(renewed)
        status, own, _ = self.until_told("/oauth2/token", {200}, grant_type="client_credentials")
        if status == 200:
            self.journal.own.append(own)
            self._is_active(own["access_token"], True)
        if renewed:
            self.until_told("/oauth2/revoke", {200}, token=renewed["access_token" if first else "refresh_token"])
            self.journal.ended[renewed["access_token"]] = "a revocation"
            self._is_active(renewed["access_token"], False)

    def _is_active(self, token: str, wanted: bool) -> None:
        status, told, _ = self.until_told("/oauth2/introspect", {200}, token=token)
        if status == 200 and told.get("active") is not wanted:
            self.wrong.append(f"active is {told.get('active')}, not {wanted}")

    @contextmanager
    def running(self) -> Iterator[None]:
        stop = threading.Event()

        def turns() -> None:
            while not stop.is_set() and self.codes:
                self.turn()

        threads = [threading.Thread(target=turns) for _ in range(CALLERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def incidents(load: Load, server: Server, database: Database, proxy: Proxy) -> dict[str, Callable[[], None]]:
    def kill() -> None:
        while not load.workers:
            time.sleep(0.02)
        os.kill(load.workers.pop(), signal.SIGKILL)
        load.workers.clear()

    def crash() -> None:
        database.crash()
        time.sleep(random.uniform(0, 0.5))
        database.start()

    return {"a worker is killed": kill, "PostgreSQL crashes": crash, "connections are cut": proxy.cut}


def disturb(load: Load, deeds: dict[str, Callable[[], None]], plan: list[str]) -> list[float]:
    """How long each took until the service was back."""
    took = []
    for name in plan:
        time.sleep(random.uniform(0.5, 1.0))
        deeds[name]()
        began = time.monotonic()
        while load.ask("/oauth2/token", grant_type="client_credentials")[0] != 200:
            assert time.monotonic() - began < BACK_WITHIN, f"not back within {BACK_WITHIN} s after: {name}"
            time.sleep(0.05)
        took.append(time.monotonic() - began)
    return took


@pytest.fixture(
    params=[
        pytest.param("READ_COMMITTED", id="read committed"),
        pytest.param("REPEATABLE_READ", id="repeatable read", marks=pytest.mark.long),
    ]
)
def chaos(
    database: Database, transactional_db: None, request: pytest.FixtureRequest
) -> Iterator[Callable[[int, int], tuple[Load, list[float]]]]:
    with Proxy(Path(database.socket) / SOCKET) as proxy:
        env = {
            "ISOLATION": request.param,
            "REFRESH_TOKEN_GRACE": "600",
            "DJANGO_SETTINGS_MODULE": "tests.races.settings",
        }
        options = ("--respawn-failed-workers", "--respawn-interval", "0.2")
        url = f"postgres://postgres@/{proxy.directory}/faulty"
        server = Server(url, WORKERS, 2, env, *options, application="tests.races.wsgi:application")
        try:
            done = server.manage("migrate", "-v0")
            assert done.returncode == 0, done.stderr
            yield partial(storm, server, database, proxy)
        finally:
            server.stop()


def storm(server: Server, database: Database, proxy: Proxy, rounds: int, count: int) -> tuple[Load, list[float]]:
    load = Load(server, stage.run(server, "prepare", server.url, count))
    # what was made for the test is no part of what a crash has to recover
    database.execute("CHECKPOINT")
    plan = ["a worker is killed", "connections are cut", "PostgreSQL crashes", "a worker is killed"] * rounds
    with load.running():
        took = disturb(load, incidents(load, server, database, proxy), plan)
        time.sleep(1)
    assert load.wrong == []
    assert load.codes, "there was a load until the end"
    assert stage.run(server, "judge", vars(load.journal)) == []
    for value in list(load.journal.ended)[:OFTEN]:
        assert load.ask("/oauth2/introspect", token=value)[1] == {"active": False}
    return load, took


def test_a_short_storm(chaos: Callable[..., tuple[Load, list[float]]]):
    load, _ = chaos(1, 3_000)
    assert sum(load.answers.values()) > 100
    assert {name.rpartition(" ")[2] for name in load.answers} <= {"200", "400", "503", "0"}


@pytest.mark.long
def test_a_long_storm(chaos: Callable[..., tuple[Load, list[float]]], figure: Figure):
    rounds, began = counted(20), time.monotonic()
    load, took = chaos(rounds, 20_000)
    total = sum(load.answers.values())
    lost = sum(number for name, number in load.answers.items() if name.endswith((" 0", " 503")))
    text = (
        f"{total:,} requests, {2 * rounds} workers killed, {rounds} crashes of PostgreSQL, {rounds} cuts of all connections: "
        f"no violation, {lost:,} not answered or 503, back after {max(took):.1f} s at most"
    )
    figure("R2", text, time.monotonic() - began)
