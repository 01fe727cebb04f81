"""The question, its answer, and the connected apps, in a real browser."""

import json
import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from oauth_server.deeds import client_logo
from oauth_server.models import Audience, AuthorizationCode, Scope
from tests import factories
from tests.apps.admin.test_logo import PNG
from tests.browser.axe import check_page
from tests.browser.conftest import Console
from tests.flows import PASSWORD, App
from tests.plugins.servers import Server


class Arrivals(HTTPServer):
    """The app's side: every request that reaches its callback; the callback leads onward to another host name."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Callback)
        self.seen: list[dict[str, str]] = []

    @property
    def callback(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/callback"


class _Callback(BaseHTTPRequestHandler):
    server: Arrivals

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/callback":
            self.server.seen.append({name: values[0] for name, values in parse_qs(parts.query).items()})
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_port}/home")
            self.end_headers()
            return
        self.send_response(200 if parts.path == "/home" else 204)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        if parts.path == "/home":
            self.wfile.write(
                b"<!doctype html><title>Photo Market</title><link rel=icon href=data:,><h1>Welcome back</h1>"
            )

    def log_message(self, *_: Any) -> None:
        """Not into the output of the tests."""


@pytest.fixture
def arrivals() -> Iterator[Arrivals]:
    server = Arrivals()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def person(server: Server) -> Any:
    return factories.UserFactory(email="ada@example.org", first_name="Ada", last_name="Lovelace")


@pytest.fixture
def api(server: Server) -> Audience:
    audience: Audience = factories.AudienceFactory(identifier="https://api.photos.example", name="Orders API")
    for name, title, description, sensitive in (
        ("orders.read", "Read your orders", "Order dates, items and delivery status.", False),
        ("orders.write", "Place orders for you", "It can spend money on your saved card.", True),
    ):
        Scope.objects.create(
            issuer=audience.issuer,
            audience=audience,
            name=name,
            title=title,
            description=description,
            sensitive=sensitive,
            translations={"de": {"title": f"Bestellungen: {name}"}},
        )
    return audience


@pytest.fixture
def app(api: Audience, arrivals: Arrivals) -> App:
    return factories.app(
        name="Photo Market",
        redirect_uris=arrivals.callback,
        skip_authorization=False,
        accepts_fewer_scopes=True,
        client_uri="https://photos.example",
        policy_uri="https://photos.example/privacy",
        tos_uri="https://photos.example/terms",
    )


EVERYTHING = "openid email orders.read orders.write offline_access"
PHONE: ViewportSize = {"width": 320, "height": 640}
DESK: ViewportSize = {"width": 1280, "height": 900}
IS_ON_TOP = """element => {
  const box = element.getBoundingClientRect()
  return element.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2))
}"""
ALERTS = "window.alert = () => console.error('a script of the app ran')"
PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "</title><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{constructor.constructor('alert(1)')()}}",
)


def ask(page: Page, server: Server, app: App, **changes: Any) -> None:
    page.goto(server.url + app.authorize_url(**{"scope": EVERYTHING, **changes}))


def sign_in(page: Page, person: Any) -> None:
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def call(page: Page, server: Server, app: App, endpoint: str, **values: Any) -> Any:
    """The app's own call, beside the browser's pages."""
    headers, _ = app.credentials()
    answer = page.request.post(f"{server.url}/oauth2/{endpoint}", form=values, headers=headers)
    assert answer.ok, answer.text()
    return answer.json()


@pytest.fixture(params=[True, False], ids=["with-script", "without-script"])
def any_page(request: pytest.FixtureRequest, new_context: Callable[..., BrowserContext]) -> Page:
    return new_context(java_script_enabled=request.param).new_page()


@pytest.mark.seed("S-17")
@pytest.mark.seed("S-24")
@pytest.mark.bar("E16.1", "E8.2", "E6.3", "E10.4")
def test_a_person_chooses_what_an_app_may_do(
    any_page: Page, server: Server, app: App, person: Any, arrivals: Arrivals
) -> None:
    ask(any_page, server, app)
    sign_in(any_page, person)
    expect(any_page.get_by_role("heading", level=1)).to_have_text("Photo Market")
    expect(any_page.get_by_text("ada@example.org")).to_be_visible()
    expect(any_page.get_by_text("an app on this device")).to_be_visible()
    for name in (
        "See your email address",
        "Read your orders",
        "Place orders for you",
        "Keep access while you are away",
    ):
        expect(any_page.get_by_role("switch", name=name)).not_to_be_checked()
    any_page.get_by_role("link", name="Select all").click()
    expect(any_page.get_by_role("link", name="Select all")).to_have_count(0)
    for name in ("See your email address", "Place orders for you", "Keep access while you are away"):
        any_page.get_by_role("switch", name=name).uncheck()
    expect(any_page.get_by_role("switch", name="Read your orders")).to_be_checked()
    any_page.get_by_role("button", name="Allow").click()
    expect(any_page.get_by_role("heading", name="Welcome back")).to_be_visible()
    (answer,) = arrivals.seen
    assert AuthorizationCode.objects.get().scope == "openid orders.read"
    assert answer["iss"] == server.url


@pytest.mark.seed("S-24")
@pytest.mark.spec("RFC 9396", "7")
@pytest.mark.bar("E8.1", "E16.1")
@pytest.mark.threat(65)
def test_a_person_allows_one_payment_and_a_folder_and_nothing_that_was_written_into_them_runs(
    page: Page, server: Server, app: App, api: Audience, person: Any, arrivals: Arrivals
) -> None:
    schema = {"type": "object", "properties": {"creditorName": {"type": "string"}, "amount": {"type": "string"}}}
    factories.AuthorizationDetailTypeFactory(
        type="payment", title="Pay for you", audience=api, schema=schema, words={"en": {"creditorName": "To"}}
    )
    factories.AuthorizationDetailTypeFactory(type="folder", title="Use a folder", optional=True)
    app.row.authorization_details_types = ["payment", "folder"]
    app.row.save()
    payment = {"type": "payment", "amount": "10.00", "creditorName": " ".join(PAYLOADS)}
    asked = json.dumps(
        [payment, {"type": "folder", "identifier": "Holidays"}, {"type": "folder", "identifier": "Work"}]
    )
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.add_init_script(ALERTS)
    ask(page, server, app, scope="openid", authorization_details=asked)
    sign_in(page, person)
    for said in ("Pay for you", "To", PAYLOADS[0], "10.00"):
        expect(page.get_by_text(said).first).to_be_visible()
    expect(page.locator(".scopes a, .scopes img, .scopes script, .scopes svg:not(.tick svg)")).to_have_count(0)
    page.get_by_role("switch", name="Holidays").check()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    body = call(
        page, server, app, "token", grant_type="authorization_code", code=arrivals.seen[0]["code"],
        redirect_uri=arrivals.callback, code_verifier=app.verifier,
    )  # fmt: skip
    granted = [payment, {"type": "folder", "identifier": "Holidays"}]
    assert body["authorization_details"] == granted
    # the same once more is asked once more, and shows where it can be taken back
    ask(page, server, app, scope="openid", authorization_details=asked)
    expect(page.get_by_role("switch", name="Holidays")).not_to_be_checked()
    page.goto(f"{server.url}/apps")
    expect(page.get_by_text("Holidays")).to_be_visible()
    expect(page.get_by_text(PAYLOADS[1])).to_be_visible()
    assert errors == []


@pytest.mark.seed("S-23")
@pytest.mark.bar("E10.1")
def test_cancel_goes_back_without_a_code(
    any_page: Page, server: Server, app: App, person: Any, arrivals: Arrivals
) -> None:
    ask(any_page, server, app, state="af0ifjsldkj")
    sign_in(any_page, person)
    allow, cancel = (any_page.get_by_role("button", name=name).bounding_box() for name in ("Allow", "Cancel"))
    assert allow is not None
    assert cancel is not None
    assert (allow["width"], allow["height"], allow["y"]) == (cancel["width"], cancel["height"], cancel["y"])
    any_page.get_by_role("button", name="Cancel").click()
    expect(any_page.get_by_role("heading", name="Welcome back")).to_be_visible()
    (answer,) = arrivals.seen
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "af0ifjsldkj", server.url)
    assert not AuthorizationCode.objects.exists()


@pytest.mark.bar("E17.1")
@pytest.mark.bar("E8.1")
@pytest.mark.bar("E9.2")
@pytest.mark.bar("E6.1")
def test_the_pages_are_for_everybody(page: Page, server: Server, app: App, person: Any) -> None:
    ask(page, server, app)
    sign_in(page, person)
    expect(page.get_by_role("group", name="Orders API")).to_be_visible()
    expect(page.get_by_text("Sensitive")).to_be_visible()
    check_page(page, name="consent")
    page.get_by_role("switch", name="Read your orders").check()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/home")
    app.row.accepts_fewer_scopes, app.row.verified = False, True
    app.row.save()
    client_logo.put(app.row, PNG)
    ask(page, server, app)
    picture = page.locator(".client img.mark")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 32
    expect(page.get_by_text("Verified by Example ID")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Know that it is you")).to_be_hidden()
    page.get_by_text("Already allowed").click()
    expect(page.get_by_role("listitem").filter(has_text="Know that it is you")).to_be_visible()
    check_page(page, name="consent for more")


def test_on_a_phone_the_decision_is_in_sight_from_the_start(page: Page, server: Server, app: App, person: Any) -> None:
    page.set_viewport_size(PHONE)
    ask(page, server, app)
    sign_in(page, person)
    for name in ("Allow", "Cancel"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    for control in page.get_by_role("switch").all() + page.get_by_role("button").all() + page.get_by_role("link").all():
        box = control.bounding_box()
        assert box is not None
        if control.inner_text() not in ("Skip to the content", "connected apps"):
            assert min(box["width"], box["height"]) >= 44, control.evaluate("element => element.outerHTML")
    page.keyboard.press("End")
    page.get_by_role("link", name="Terms of Photo Market").scroll_into_view_if_needed()
    link, actions = page.get_by_role("link", name="Terms of Photo Market"), page.get_by_role("button", name="Allow")
    below, bar = link.bounding_box(), actions.bounding_box()
    assert below is not None
    assert bar is not None
    assert below["y"] + below["height"] <= bar["y"], "the last line is hidden by the buttons"


@pytest.mark.bar("E17.2")
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_keyboard_alone_will_do(
    page: Page, server: Server, app: App, person: Any, arrivals: Arrivals, size: ViewportSize
) -> None:
    page.set_viewport_size(size)
    ask(page, server, app)
    sign_in(page, person)
    expect(page.get_by_role("button", name="Allow")).to_be_visible()
    walked: list[str] = []
    while "Allow" not in walked and len(walked) < 20:
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        expect(focused).to_be_in_viewport()
        # the page scrolls with its next frame
        page.wait_for_function(IS_ON_TOP, arg=focused.element_handle(), timeout=5_000)
        walked.append(focused.evaluate("element => element.labels?.[0]?.innerText || element.innerText"))
        if walked[-1].startswith("Place orders"):
            page.keyboard.press("Space")
    assert walked[:2] == ["Skip to the content", "Not you?"]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert AuthorizationCode.objects.get().scope == "openid orders.write"


@pytest.mark.bar("E7")
def test_not_you_lets_somebody_else_answer(
    page: Page, server: Server, app: App, person: Any, arrivals: Arrivals
) -> None:
    other = factories.UserFactory(email="grace@example.org")
    ask(page, server, app)
    sign_in(page, person)
    page.get_by_role("link", name="Not you?").click()
    page.get_by_role("link", name="Use another account").click()
    sign_in(page, other)
    expect(page.get_by_text("grace@example.org")).to_be_visible()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert AuthorizationCode.objects.get().authorization.user == other


@pytest.mark.bar("E10.2")
def test_a_double_click_makes_one_code_and_a_script_lets_no_second_click_through(
    page: Page, server: Server, app: App, person: Any, arrivals: Arrivals
) -> None:
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    ask(page, server, app)
    sign_in(page, person)
    expect(page.get_by_role("button", name="Allow")).to_be_visible()
    posted.clear()
    page.get_by_role("button", name="Allow").dblclick()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert len(posted) == 1
    assert AuthorizationCode.objects.count() == 1


@pytest.mark.bar("E10.2")
def test_a_double_click_without_a_script_makes_one_code_at_most(
    new_context: Callable[..., BrowserContext],
    server: Server,
    app: App,
    person: Any,
    arrivals: Arrivals,
    console: Console,
) -> None:
    console.expect("status of 400")
    page = new_context(java_script_enabled=False).new_page()
    ask(page, server, app)
    sign_in(page, person)
    page.get_by_role("button", name="Allow").dblclick()
    expect(page.get_by_role("heading", name=re.compile("Welcome back|This sign-in is over"))).to_be_visible()
    assert AuthorizationCode.objects.count() == 1


@pytest.mark.bar("E10.4")
def test_the_answer_reaches_an_app_that_owns_a_scheme(page: Page, server: Server, api: Audience, person: Any) -> None:
    uri = "com.example.photos:/done"
    native = factories.app(redirect_uris=uri, token_endpoint_auth_method="none", skip_authorization=False)
    ask(page, server, native, scope="openid")
    sign_in(page, person)
    expect(page.get_by_text("com.example.photos:")).to_be_visible()
    locations: list[str] = []
    page.on("response", lambda response: locations.append(response.headers.get("location", "")))
    page.get_by_role("button", name="Allow").click()
    page.wait_for_timeout(500)
    assert any(location.startswith(f"{uri}?") and "code=" in location for location in locations), locations


@pytest.mark.threat(80)
def test_what_an_app_calls_itself_never_runs(page: Page, server: Server, app: App, person: Any, api: Audience) -> None:
    page.add_init_script(ALERTS)
    ask(page, server, app)
    sign_in(page, person)
    for payload in PAYLOADS:
        app.row.name = app.row.client_uri = app.row.policy_uri = app.row.tos_uri = payload
        app.row.save()
        api.name = payload
        api.save()
        Scope.objects.filter(name="orders.read").update(title=payload, description=payload)
        ask(page, server, app)
        expect(page.get_by_role("heading", level=1)).to_have_text(payload)
        page.goto(f"{server.url}/apps")
    page.wait_for_timeout(100)


def test_an_app_is_removed(any_page: Page, server: Server, app: App, person: Any, arrivals: Arrivals) -> None:
    ask(any_page, server, app)
    sign_in(any_page, person)
    any_page.get_by_role("switch", name="Keep access").check()
    any_page.get_by_role("button", name="Allow").click()
    expect(any_page.get_by_role("heading", name="Welcome back")).to_be_visible()
    code = {"grant_type": "authorization_code", "code": arrivals.seen[0]["code"], "code_verifier": app.verifier}
    tokens = call(any_page, server, app, "token", redirect_uri=app.redirect_uri, **code)
    assert call(any_page, server, app, "introspect", token=tokens["refresh_token"])["active"]
    any_page.goto(f"{server.url}/apps")
    any_page.get_by_role("link", name="Remove Photo Market").click()
    expect(any_page.get_by_text("loses access to your account at once")).to_be_visible()
    any_page.get_by_role("button", name="Remove").click()
    expect(any_page.get_by_text("No app uses your account.")).to_be_visible()
    for token in (tokens["refresh_token"], tokens["access_token"]):
        assert not call(any_page, server, app, "introspect", token=token)["active"]


@pytest.mark.bar("E17.1")
def test_the_pages_of_connected_apps_are_for_everybody(page: Page, server: Server, app: App, person: Any) -> None:
    host = "https://a-long-name-of-a-host.under-another-long-name.photos.example/callback"
    other = factories.ClientFactory(name="ملف الصور", skip_authorization=False, redirect_uris=host)
    for client in (app.row, other):
        factories.AuthorizationFactory(client=client, user=person, scope="openid profile orders.read offline_access")
    page.goto(f"{server.url}/apps")
    sign_in(page, person)
    expect(page.get_by_role("heading", level=2)).to_have_text(["Photo Market", "ملف الصور"])
    check_page(page, name="connected apps")
    page.get_by_role("link", name="Remove Photo Market").click()
    check_page(page, name="remove an app")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("status")).to_contain_text("can no longer use your account")
    check_page(page, name="app removed")
