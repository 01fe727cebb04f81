"""The person in front of the browser, the server's side of a registration, and programs that nobody here wrote the heart of."""

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from oauth_server.copies import MAX_AGE
from tests import factories, flows
from tests.browser.conftest import (  # noqa: F401 - fixtures
    _orm_beside_playwright,
    browser_context_args,
    browser_type_launch_args,
    console,
    context,
    new_context,
)
from tests.plugins.clients import DONE, STEPS
from tests.plugins.servers import Server

HERE = Path(__file__).parent
TOOLS = HERE.parents[1] / ".clients"
TIMEOUT = 60  # seconds that a program may take
SCOPE = "openid profile email offline_access"
API = "https://api.example/v1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.clients)
            item.add_marker(pytest.mark.bar("D14"))


def set_up(*more: str) -> None:
    """What `tests/clients/setup` makes, or a word about what is missing."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # against the other workers of xdist
        done = subprocess.run([HERE / "setup", sys.executable, *more], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)


@pytest.fixture(scope="session", autouse=True)
def _tools() -> None:
    set_up()


@pytest.fixture(autouse=True)
def _other_keys() -> None:
    """The key set may be as old as a copy may be (docs/decisions/copies.md), and the test before had other keys."""
    time.sleep(MAX_AGE)


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    """Another origin than the server's, and by its name another site."""
    return "127.0.0.1", 0


@pytest.fixture
def person(server: Server) -> Any:
    return factories.UserFactory(email="ada@example.org", first_name="Ada", last_name="Lovelace")


@dataclass
class Journey:
    """What the person does in a real browser."""

    page: Page
    person: Any

    def go(self, url: str, app: flows.App) -> None:
        """Open the address of an app's request, sign in, allow."""
        self.page.goto(url)
        self.answer(app)

    def sign_in(self) -> None:
        page = self.page
        page.get_by_label("Email").fill(self.person.email)
        page.get_by_label("Password").fill(flows.PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()

    def answer(self, app: flows.App) -> None:
        self.sign_in()
        page = self.page
        expect(page.get_by_role("heading", name=app.row.name)).to_be_visible()
        expect(page.get_by_text("wants access to your account")).to_be_visible()
        page.get_by_role("button", name="Allow", exact=True).click()


@pytest.fixture
def journey(page: Page, person: Any) -> Journey:
    page.set_default_timeout(20_000)
    return Journey(page, person)


@pytest.fixture
def register(server: Server) -> Callable[..., flows.App]:
    """A third party's client: people are asked for their consent."""

    def register(*redirect_uris: str, **fields: Any) -> flows.App:
        return factories.app(
            **{
                "name": "Photo Market",
                "redirect_uris": " ".join(redirect_uris) or "http://127.0.0.1/callback",
                "skip_authorization": False,
                **fields,
            }
        )

    return register


@dataclass
class Program:
    """A process that speaks JSON, a line at a time."""

    command: list[str]
    env: dict[str, str]
    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            self.command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._patience = threading.Timer(TIMEOUT, self.process.kill)
        self._patience.start()

    def hear(self) -> dict[str, Any]:
        """Its next line. The test fails with what it complained about when it ends, or takes too long."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.kill()
            complaint = self.process.communicate()[1]
            pytest.fail(f"{' '.join(self.command)} ended with {self.process.returncode}:\n{complaint}", pytrace=False)
        heard: dict[str, Any] = json.loads(line)
        return heard

    def stop(self) -> None:
        self._patience.cancel()
        self.process.kill()
        print(self.process.communicate()[1])  # shown when the test fails


@pytest.fixture
def start(server: Server) -> Iterator[Callable[..., Program]]:
    """Start a program that holds the credentials of an app, if it has any; nothing of ours is in its environment."""
    running: list[Program] = []

    def start(command: list[str], app: flows.App | None = None, **env: str) -> Program:
        given = {
            "ISSUER": server.url,
            **({"CLIENT_ID": app.client_id, "CLIENT_SECRET": app.secret} if app else {}),
            "SCOPE": SCOPE,
            "API": API,
            "PYTHONWARNINGS": "error::DeprecationWarning:__main__",
            "PATH": os.environ["PATH"],
            **env,
        }
        running.append(Program(command, given))
        return running[-1]

    yield start
    for program in running:
        program.stop()


@pytest.fixture
def done(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`done(kind, client, version, steps, **{"as": …})`: a row of the table, of a test that passes."""

    def done(kind: str, client: str, version: str, steps: set[str], **words: str) -> None:
        row = {"kind": kind, "client": client, "version": version, **dict.fromkeys(steps & set(STEPS), "yes"), **words}
        row["part"] = request.path.stem.removeprefix("test_") if request.node.get_closest_marker("long") else ""
        request.node.user_properties.append((DONE, row))

    return done
