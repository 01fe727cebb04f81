"""The tutorial: a newcomer types the commands of `docs/tutorial.md`, in their order, and clicks through the pages in a real browser.

`make screenshots` writes the pictures of the page beside it, with the version that they show.
"""

import os
import re
import socket
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from oauth_server import fetch
from oauth_server.keys import jose
from tests.plugins.servers import Server, free_port

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs/tutorial.md"
PICTURES = ROOT / "docs/pictures"
PATIENCE = 120  # seconds; a shared machine can be slow
BLOCK = re.compile(r"^( *)```(shell|text)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
VARIABLE = re.compile(r'^(\w+)="\{set to (.+) from output\}"$', re.MULTILINE)
SAMPLE_APP = 4446

EMAIL = "newcomer@example.org"
PASSWORD = "a password that is long enough"


@dataclass(frozen=True)
class Block:
    kind: str
    text: str


def blocks() -> list[Block]:
    """The commands of the tutorial and what it says that they print."""
    return [
        Block(kind, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE))
        for indent, kind, text in BLOCK.findall(TUTORIAL.read_text())
    ]


def labels(output: str) -> dict[str, str]:
    pairs = (line.partition("\t") for line in output.splitlines())
    return {label.strip(): value for label, _, value in pairs}


@dataclass
class Terminal:
    """A shell in the checkout, with the tutorial open beside it."""

    environment: dict[str, str]
    waiting: Iterator[Block] = field(default_factory=lambda: iter(blocks()))
    seen: dict[str, str] = field(default_factory=dict)

    def _next(self, kind: str) -> Block:
        block = next(self.waiting)
        assert block.kind == kind, f"the tutorial goes on with {block}"
        return block

    def command(self) -> str:
        return self._next("shell").text

    def type(self) -> dict[str, str]:
        """Type the next command; what it prints has the labels of the tutorial."""
        typed = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.command()],
            **self.shell,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert typed.returncode == 0, typed.stderr
        return self.read(typed.stdout)

    def read(self, output: str) -> dict[str, str]:
        self.seen = labels(output)
        assert list(self.seen) == list(labels(self._next("text").text))
        return self.seen

    def keep(self) -> None:
        """Set the shell variables of the next block from the last output, as the tutorial says."""
        variables = VARIABLE.findall(self.command())
        assert variables
        self.environment |= {name: self.seen[label] for name, label in variables}

    @property
    def shell(self) -> dict[str, Any]:
        return {"cwd": ROOT, "env": self.environment, "text": True}


@pytest.fixture
def opened(tmp_path: Path) -> Path:
    """Where the default browser of this terminal writes down what it was asked to open."""
    return tmp_path / "opened"


@pytest.fixture
def terminal(server: Server, tmp_path: Path, opened: Path) -> Terminal:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    commands = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return Terminal({**server.env, "PATH": commands, "BROWSER": str(browser)})


@dataclass
class SampleApp:
    """`oauth perform authorization-code`, running."""

    process: "subprocess.Popen[str]"
    out: Path
    err: Path

    def until(self, path: Path, wanted: str) -> str:
        """What a file says once it says what is wanted."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = path.read_text() if path.exists() else ""
            if re.search(wanted, found):
                return found
            assert self.process.poll() is None, self.err.read_text()
            time.sleep(0.1)
        pytest.fail(f"{path.name} does not say {wanted}: {path.read_text() if path.exists() else 'it is not there'}")


@pytest.fixture
def sample_app(terminal: Terminal, tmp_path: Path) -> Iterator[Any]:
    """Type the next command and leave it running."""
    started: list[SampleApp] = []

    def start() -> SampleApp:
        command = terminal.command().rstrip()
        with socket.socket() as probe:  # the port of the tutorial, unless somebody on this machine does the same
            if probe.connect_ex(("127.0.0.1", SAMPLE_APP)) == 0:
                command += f" --port {free_port()}"
        out, err = tmp_path / "out", tmp_path / "err"
        with out.open("w") as stdout, err.open("w") as stderr:
            process = subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", f"exec {command}"], **terminal.shell, stdout=stdout, stderr=stderr
            )
        started.append(SampleApp(process, out, err))
        return started[-1]

    yield start
    for app in started:
        app.process.kill()
        app.process.wait()


def picture(page: Page, name: str, height: int = 1000) -> None:
    """A picture for the tutorial, where pictures are wanted; no taller than the page."""
    if not os.environ.get("SCREENSHOTS"):
        return
    size = page.viewport_size
    page.set_viewport_size({"width": 640, "height": 1000})
    bottom = page.evaluate("document.querySelector('main').getBoundingClientRect().bottom + 24")
    file = PICTURES / f"{name}.png"
    page.screenshot(path=file, clip={"x": 0, "y": 0, "width": 640, "height": min(bottom, height)})
    assert file.stat().st_size <= 90_000, f"{file.name} is too large: {file.stat().st_size} bytes"
    (PICTURES / "version.txt").write_text(f"{package_version()}\n")
    if size is not None:
        page.set_viewport_size(size)


def package_version() -> str:
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return version


@pytest.mark.seed("S-03", "S-04", "S-05", "S-06", "S-07", "S-08", "S-09", "S-10", "S-11", "S-12", "S-13")
@pytest.mark.seed("S-14", "S-15", "S-16", "S-17", "S-18", "S-19", "S-20")
@pytest.mark.spec("RFC 6749", "4.1")
@pytest.mark.spec("RFC 7009", "2.1")
def test_a_newcomer_follows_the_tutorial(
    terminal: Terminal, sample_app: Any, opened: Path, page: Page, server: Server
) -> None:
    page.set_default_timeout(60_000)

    # Client credentials
    project = terminal.type()
    assert project["ISSUER"] == f"{server.url}/{project['SLUG']}"
    terminal.keep()
    machine = terminal.type()
    assert machine["GRANT TYPES"] == "client_credentials"
    terminal.keep()
    token = terminal.type()
    assert token["REFRESH TOKEN"] == token["ID TOKEN"] == "<empty>"
    terminal.keep()
    told = terminal.type()
    assert (told["ACTIVE"], told["SUBJECT"], told["CLIENT ID"]) == ("true", machine["CLIENT ID"], machine["CLIENT ID"])

    # Authorization code
    client = terminal.type()
    assert client["GRANT TYPES"] == "authorization_code, refresh_token"
    assert (client["RESPONSE TYPES"], client["REDIRECT URIS"]) == ("code", f"http://127.0.0.1:{SAMPLE_APP}/callback")
    terminal.keep()
    app = sample_app()
    page.goto(app.until(opened, r"http://127\.0\.0\.1:\d+/").strip())
    picture(page, "start")
    page.get_by_role("link", name="Authorize application").click()

    register(page)
    expect(page.get_by_text("Authorization Code Grant with OpenID Connect Demo").first).to_be_visible()
    expect(page.get_by_text(EMAIL).first).to_be_visible()
    picture(page, "consent")
    page.get_by_role("button", name="Allow").click()

    expect(page.get_by_role("heading", name="You are signed in")).to_be_visible()
    picture(page, "tokens", height=520)
    printed = terminal.read(app.until(app.out, r"EXPIRY.*Z\n"))
    shown = tokens_on(page)
    assert shown == [printed["ACCESS TOKEN"], printed["REFRESH TOKEN"], printed["ID TOKEN"]]
    assert shown[0].startswith("oas_at_")
    assert shown[1].startswith("oas_rt_")
    person = get_user_model().objects.get(email=EMAIL)
    assert claims(shown[2], project["ISSUER"])["sub"] == str(person.pk)

    terminal.keep()
    told = terminal.type()
    assert (told["ACTIVE"], told["SUBJECT"], told["CLIENT ID"]) == ("true", str(person.pk), client["CLIENT ID"])
    assert set(told["SCOPE"].split()) == {"openid", "offline_access"}

    # Refresh, revoke, finish
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#refresh_token")).not_to_have_text(shown[1])
    fresh = tokens_on(page)
    assert fresh[0] != shown[0]
    assert labels(app.until(app.err, r"EXPIRY.*Z\n"))["ACCESS TOKEN"] == fresh[0]
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("heading", name="Revoked")).to_be_visible()
    picture(page, "revoked")
    assert terminal.type()["ACTIVE"] == "false"
    page.get_by_role("button", name="Finish").click()
    assert app.process.wait(PATIENCE) == 0
    assert next(terminal.waiting, None) is None, "the tutorial goes on, and the test does not"


def register(page: Page) -> None:
    """The person has no account yet, and makes one in the middle of the flow."""
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    picture(page, "sign-in")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    picture(page, "register")
    page.get_by_role("button", name="Create account").click()


def tokens_on(page: Page) -> list[str]:
    return [page.locator(f"#{name}").inner_text() for name in ("access_token", "refresh_token", "id_token")]


def claims(id_token: str, issuer: str) -> dict[str, Any]:
    """What the ID token says, verified with the keys that the project publishes."""
    keys = fetch.get(f"{issuer}/.well-known/jwks.json").json()["keys"]
    return dict(jose.verify(id_token, keys, typ="JWT", issuer=issuer).claims)


@pytest.mark.seed("S-20")
def test_the_pictures_of_the_tutorial_are_those_of_this_version() -> None:
    named = set(re.findall(r"!\[([^]]+)\]\(pictures/([\w-]+\.png)\)", TUTORIAL.read_text()))
    assert {file for _, file in named} == {file.name for file in PICTURES.glob("*.png")}
    assert len(named) == TUTORIAL.read_text().count("![")
    assert (PICTURES / "version.txt").read_text().strip() == package_version(), "run `make screenshots`"
