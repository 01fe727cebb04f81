"""response_mode=form_post in a real browser, with and without scripts; and a request that the app's own form sends."""

from collections.abc import Callable, Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import factories
from tests.browser.axe import check_page
from tests.flows import PASSWORD, App
from tests.plugins.servers import Server

STATE = "a\"b<c>&d'e é"


class Receiver(HTTPServer):
    """The app's side, another site than the server's: what was posted to it; its callback leads onward to another host name."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.posted: list[dict[str, str]] = []
        self.urls: list[str] = []
        self.form = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Pages(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        self.server.posted.append(dict(parse_qsl(body, strict_parsing=True)))
        self.server.urls.append(self.path)
        self.send_response(303)
        self.send_header("Location", f"http://localhost:{self.server.server_port}/home")
        self.end_headers()

    def do_GET(self) -> None:
        pages = {"/home": "<h1>Welcome back</h1>", "/start": self.server.form}
        found = pages.get(self.path)
        self.send_response(200 if found else 204)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if found:
            self.wfile.write(f"<!doctype html><title>App</title><link rel=icon href=data:,>{found}".encode())

    def log_message(self, *_: Any) -> None:
        """Not into the output of the tests."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def person(server: Server) -> Any:
    return factories.UserFactory(email="ada@example.org")


@pytest.fixture
def app(server: Server, receiver: Receiver) -> App:
    return factories.app(name="Photo Market", redirect_uris=f"{receiver.url}/callback?tenant=7")


def ask(page: Page, server: Server, app: App, **changes: Any) -> None:
    page.goto(server.url + app.authorize_url(**{"response_mode": "form_post", "state": STATE, **changes}))


def sign_in(page: Page, person: Any) -> None:
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.op("P1")
@pytest.mark.bar("E10.4")
@pytest.mark.threat(79, 80)
@pytest.mark.spec("OAuth 2.0 Form Post Response Mode", "2")
def test_the_answer_posts_itself(page: Page, server: Server, app: App, person: Any, receiver: Receiver) -> None:
    ask(page, server, app)
    sign_in(page, person)
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    (answer,) = receiver.posted
    assert set(answer) == {"code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == (STATE, server.url)
    assert receiver.urls == ["/callback?tenant=7"]


@pytest.mark.op("P3")
@pytest.mark.bar("E16.1")
def test_without_scripts_a_button_does_it(
    new_context: Callable[..., BrowserContext], server: Server, app: App, person: Any, receiver: Receiver
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    ask(page, server, app)
    sign_in(page, person)
    button = page.get_by_role("button", name="Go on")
    expect(button).to_be_visible()
    assert not receiver.posted
    button.click()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert set(receiver.posted[0]) == {"code", "state", "iss"}


@pytest.mark.bar("E17.1")
def test_the_page_with_the_button_is_for_everybody(
    page: Page, server: Server, app: App, person: Any, receiver: Receiver
) -> None:
    # the form stays where it is, so that the page can be looked at
    page.add_init_script("HTMLFormElement.prototype.submit = () => {}")
    ask(page, server, app, prompt="none")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    check_page(page)


@pytest.mark.op("P2")
def test_a_refusal_posts_itself(page: Page, server: Server, app: App, receiver: Receiver) -> None:
    ask(page, server, app, prompt="none")
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    (answer,) = receiver.posted
    assert (answer["error"], answer["state"]) == ("login_required", STATE)


@pytest.mark.op("B24", "B14")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.1")
def test_a_form_of_the_app_finds_who_is_signed_in(
    page: Page, server: Server, app: App, person: Any, receiver: Receiver
) -> None:
    ask(page, server, app)
    sign_in(page, person)
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    asked = {**app.request(), "response_mode": "form_post", "state": STATE, "prompt": "none"}
    fields = "".join(f'<input type="hidden" name="{name}" value="{escape(str(v))}">' for name, v in asked.items() if v)
    receiver.form = f'<form method="post" action="{server.url}/oauth2/auth">{fields}<button>Sign in</button></form>'
    page.goto(f"{receiver.url}/start")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert "code" in receiver.posted[-1], receiver.posted[-1]
    # nor was the browser's session taken away
    ask(page, server, app, prompt="none")
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert "code" in receiver.posted[-1]
