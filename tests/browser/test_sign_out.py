"""Signing out in a real browser: the question, the frames of the apps, the way on, and what an app's page sees of it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests import factories, jwts
from tests.browser.axe import check_page
from tests.browser.conftest import Console
from tests.flows import PASSWORD, App, challenge_of
from tests.plugins.servers import Server

ON = '{"SESSION_MANAGEMENT": true, "FETCH_PRIVATE_HOSTS": ["localhost", "127.0.0.1"]}'

# An app's page: it keeps what its sign-in brought, and asks the server's frame whether it is still so
HOME = """<!doctype html><html lang="en"><title>Photo Market</title><link rel="icon" href="data:,"><h1>Welcome</h1>
<iframe id="op" src="{check}" title="session" hidden></iframe><p id="answer"></p>
<script>
const found = new URLSearchParams(location.search)
const state = found.get("session_state") ?? sessionStorage.getItem("session_state")
sessionStorage.setItem("session_state", state)
if (found.has("code")) sessionStorage.setItem("code", found.get("code"))
addEventListener("message", event => {{
  if (event.origin === "{server}") document.getElementById("answer").textContent = event.data
}})
const ask = (origin, question) => {{
  document.getElementById("answer").textContent = ""
  document.getElementById("op").contentWindow.postMessage(question ?? "{client_id} " + state, origin ?? "{server}")
}}
</script>"""


class Site:
    """What a client serves: its page, its page for sign-outs, its address for them."""

    def __init__(self, http: HTTPServer, name: str) -> None:
        self.url = http.url_for(f"/{name}").replace("localhost", "127.0.0.1")
        self.framed: list[dict[str, str]] = []
        self.called: list[str] = []
        http.expect_request(f"/{name}/out").respond_with_handler(self._framed)
        http.expect_request(f"/{name}/call", method="POST").respond_with_handler(self._called)
        http.expect_request(f"/{name}/bye").respond_with_data(
            '<!doctype html><title>Bye</title><link rel="icon" href="data:,"><h1>Good bye</h1>',
            content_type="text/html",
        )

    def _framed(self, request: Request) -> Response:
        self.framed.append(request.args.to_dict())
        return Response("<!doctype html><title>out</title>", content_type="text/html")

    def _called(self, request: Request) -> Response:
        self.called.append(request.form["logout_token"])
        return Response()


@pytest.fixture
def httpserver() -> Iterator[HTTPServer]:
    """Many connections at once: a browser keeps some open that it does not use."""
    with HTTPServer(threaded=True) as running:
        yield running


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Server:
    return start_server(OAUTH_SERVER_MORE=ON)


@pytest.fixture
def person(server: Server) -> Any:
    return factories.UserFactory(email="ada@example.org", first_name="Ada", last_name="Lovelace")


@pytest.fixture
def site(httpserver: HTTPServer) -> Site:
    return Site(httpserver, "market")


@pytest.fixture
def app(server: Server, site: Site, httpserver: HTTPServer) -> App:
    made = factories.app(
        name="Photo Market",
        # of the same site as the server: over http a browser sends no cookie into a frame of another one
        redirect_uris=f"{site.url}/home".replace("127.0.0.1", "localhost"),
        post_logout_redirect_uris=f"{site.url}/bye",
        frontchannel_logout_uri=f"{site.url}/out?tenant=7",
        backchannel_logout_uri=f"{site.url}/call",
        client_uri="https://photos.example",
    )
    page = HOME.format(check=f"{server.url}/oauth2/sessions/check", server=server.url, client_id=made.client_id)
    httpserver.expect_request("/market/home").respond_with_data(page, content_type="text/html")
    return made


def sign_in(page: Page, server: Server, app: App, person: Any) -> None:
    asked = {
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": challenge_of(app.verifier),
        "code_challenge_method": "S256",
    }
    page.goto(f"{server.url}/oauth2/auth?{urlencode(asked)}")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()


def redeem(page: Page, server: Server, app: App) -> str:
    """The ID token of the sign-in."""
    form = {
        "grant_type": "authorization_code",
        "code": page.evaluate("sessionStorage.getItem('code')"),
        "redirect_uri": app.redirect_uri,
        "code_verifier": app.verifier,
    }
    headers, _ = app.credentials()
    answer = page.request.post(f"{server.url}/oauth2/token", form=form, headers=headers)
    assert answer.ok, answer.text()
    token: str = answer.json()["id_token"]
    return token


def logout_url(server: Server, **values: str) -> str:
    return f"{server.url}/oauth2/sessions/logout?{urlencode(values)}"


@pytest.mark.op("N2", "N3", "K3")
@pytest.mark.bar("E16.2")
@pytest.mark.spec("OpenID Connect Front-Channel Logout 1.0", "2")
@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0", "2.5")
def test_both_channels_tell_the_app_and_the_browser_goes_on(
    page: Page, server: Server, app: App, person: Any, site: Site
) -> None:
    sign_in(page, server, app, person)
    hint = redeem(page, server, app)
    page.goto(logout_url(server, id_token_hint=hint, post_logout_redirect_uri=f"{site.url}/bye", state="x"))
    expect(page).to_have_url(f"{site.url}/bye?state=x")
    sid = jwts.parts(hint)[1]["sid"]
    assert site.framed == [{"tenant": "7", "iss": server.url, "sid": sid}]
    for _ in range(100):
        if site.called:
            break
        page.wait_for_timeout(50)
    (token,) = site.called
    assert jwts.parts(token)[1]["sid"] == sid


@contextmanager
def held(page: Page, url: str) -> Iterator[None]:
    """The way on is answered after the block: until then the page that leads there stays, however slow the machine is."""
    routes: list[Route] = []
    page.route(url, lambda route: routes.append(route))
    yield
    page.unroute(url)
    for route in routes:
        route.continue_()


@pytest.mark.bar("E16.1")
def test_without_script_the_browser_goes_on_as_well(
    new_context: Callable[..., BrowserContext], page: Page, server: Server, app: App, person: Any, site: Site
) -> None:
    sign_in(page, server, app, person)
    hint = redeem(page, server, app)
    plain = new_context(java_script_enabled=False, storage_state=page.context.storage_state()).new_page()
    with held(plain, f"{site.url}/bye"):
        plain.goto(logout_url(server, id_token_hint=hint, post_logout_redirect_uri=f"{site.url}/bye"))
        expect(plain.get_by_role("link", name="Go on")).to_be_visible()
    expect(plain).to_have_url(f"{site.url}/bye")
    assert len(site.framed) == 1


def test_an_app_that_hangs_holds_nobody_up(
    page: Page, server: Server, app: App, person: Any, site: Site, console: Console
) -> None:
    console.expect("ERR_")
    sign_in(page, server, app, person)
    hint = redeem(page, server, app)
    page.context.route(re.compile(r"/market/out"), lambda route: None)
    with held(page, f"{site.url}/bye"):
        page.goto(
            logout_url(server, id_token_hint=hint, post_logout_redirect_uri=f"{site.url}/bye"), wait_until="commit"
        )
        expect(page.get_by_role("heading", name="Signing you out")).to_be_visible()
    expect(page).to_have_url(f"{site.url}/bye", timeout=10_000)


@pytest.mark.bar("E17.1")
@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
def test_the_pages_are_for_everybody(page: Page, server: Server, app: App, person: Any, site: Site) -> None:
    sign_in(page, server, app, person)
    hint = redeem(page, server, app)
    page.goto(logout_url(server))
    expect(page.get_by_role("heading", name="Sign out?")).to_be_visible()
    check_page(page, name="sign out, a link")
    page.get_by_role("button", name="Stay").click()
    expect(page.get_by_role("heading", name="You are still signed in")).to_be_visible()
    check_page(page, name="still signed in")
    page.goto(logout_url(server, id_token_hint=hint, post_logout_redirect_uri="https://evil.example/"))
    expect(page.get_by_text("We do not send you there.")).to_be_visible()
    check_page(page, name="sign out, an address that is not registered")
    # the page stays for as long as it is looked at
    page.context.route(re.compile(r"front_channel_logout\.js"), lambda route: route.fulfill(body=""))
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Signing you out")).to_be_visible()
    check_page(page, name="signing out")
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    check_page(page, name="signed out")


@pytest.mark.op("S2", "S3", "S4")
@pytest.mark.spec("OpenID Connect Session Management 1.0", "3.2")
def test_an_apps_page_sees_the_sign_out(page: Page, server: Server, app: App, person: Any, site: Site) -> None:
    sign_in(page, server, app, person)
    hint = redeem(page, server, app)
    answer = page.locator("#answer")
    page.evaluate("ask()")
    expect(answer).to_have_text("unchanged")
    page.evaluate("ask(null, 'another ' + state)")
    expect(answer).to_have_text("changed")
    page.evaluate("ask(null, 'nonsense')")
    expect(answer).to_have_text("error")
    page.goto(logout_url(server, id_token_hint=hint, post_logout_redirect_uri=f"{site.url}/bye", state="x"))
    expect(page).to_have_url(f"{site.url}/bye?state=x")
    page.goto(str(app.redirect_uri))
    page.wait_for_function("document.getElementById('op').contentWindow.length === 0")
    page.evaluate("ask()")
    expect(answer).to_have_text("changed")
