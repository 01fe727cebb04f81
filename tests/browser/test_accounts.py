"""Sign-in, registration and the pages of an account, in a real browser, with and without script and mouse."""

import gzip
import re
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect
from pytest_httpserver import HTTPServer

from oauth_server import clock
from oauth_server.models import Interaction
from tests import factories
from tests.apps.accounts.test_next_url import ELSEWHERE
from tests.browser.axe import check_page
from tests.browser.conftest import Console
from tests.flows import PASSWORD, App
from tests.plugins.servers import Server

NEW = "grace@example.org"
NEW_PASSWORD = "a quite different and longer one"
HOME = (
    """<!doctype html><html lang="en"><title>Photo Market</title><link rel="icon" href="data:,"><h1>Welcome back</h1>"""
)

# Milliseconds until the largest part of the page was painted
LARGEST = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
  .observe({ type: 'largest-contentful-paint', buffered: true }))"""


@pytest.fixture
def person(server: Server) -> Any:
    return factories.UserFactory(email="ada@example.org", first_name="Ada", last_name="Lovelace")


@pytest.fixture
def app(server: Server, httpserver: HTTPServer) -> App:
    """A first-party app on this device; its callback leads onward, as those of real apps do."""
    onward = httpserver.url_for("/home").replace("127.0.0.1", "localhost")
    httpserver.expect_request("/callback").respond_with_data(status=302, headers={"Location": onward})
    httpserver.expect_request("/home").respond_with_data(HOME, content_type="text/html")
    callback = httpserver.url_for("/callback").replace("localhost", "127.0.0.1")
    app = factories.app(
        name="Photo Market",
        redirect_uris=f"https://photos.example/callback {callback}",
        policy_uri="https://photos.example/privacy",
        tos_uri="https://photos.example/terms",
        skip_authorization=True,
    )
    app.redirect_uri = callback
    return app


@pytest.fixture
def ask(server: Server, app: App) -> Callable[..., None]:
    """The app sends the browser to the server."""

    def go(page: Page, **changes: str) -> None:
        page.goto(server.url + app.authorize_url(**changes))

    return go


def sign_in(page: Page, email: str = "ada@example.org", password: str = PASSWORD) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def is_back_at_the_app(page: Page) -> None:
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()


def link_in(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(r"http://\S+", body.get_content())
    assert found is not None
    return found[0]


@pytest.mark.bar("E3.1", "E15.4", "E17.1", "E17.3")
def test_sign_in_says_for_whom_names_what_is_wrong_and_ends_at_the_app(
    page: Page, person: Any, ask: Callable[..., None]
) -> None:
    ask(page, login_hint="ada@example.org")
    expect(page).to_have_title("Sign in · Example ID")
    expect(page.get_by_text("to continue to Photo Market")).to_be_visible()
    expect(page.get_by_text("photos.example", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Privacy at Photo Market")).to_be_visible()
    expect(page.get_by_label("Email")).to_have_value("ada@example.org")
    check_page(page, name="sign-in")
    sign_in(page, password="wrong")
    expect(page).to_have_title(re.compile("^Error: Sign in"))
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Email")).to_have_value("ada@example.org")
    check_page(page, name="sign-in refused")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    is_back_at_the_app(page)


@pytest.mark.seed("S-16")
@pytest.mark.bar("E16.1", "E4.1")
def test_registration_in_the_middle_of_a_flow_without_script_and_with_the_back_button(
    new_context: Callable[..., BrowserContext], ask: Callable[..., None]
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    ask(page)
    page.get_by_role("link", name="Create an account").click()
    expect(page.get_by_text("to continue to Photo Market")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.go_forward()
    page.get_by_label("Email").fill(NEW)
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    is_back_at_the_app(page)


@pytest.mark.bar("E17.1")
def test_registration_can_be_used_by_everybody(page: Page, ask: Callable[..., None]) -> None:
    ask(page, prompt="create", login_hint=NEW)
    expect(page.get_by_label("Email")).to_have_value(NEW)
    check_page(page, name="registration")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("alert").get_by_role("link", name=re.compile("too short")).click()
    expect(page.get_by_label("Password")).to_be_focused()
    check_page(page, name="registration refused")


@pytest.mark.bar("E17.2")
def test_sign_in_by_keyboard_alone(page: Page, person: Any, ask: Callable[..., None]) -> None:
    ask(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    for field, typed in (("Email", "ada@example.org"), ("Password", PASSWORD)):
        page.keyboard.press("Tab")
        expect(page.get_by_label(field)).to_be_focused()
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.type(typed)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Show password")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    is_back_at_the_app(page)


def test_a_forgotten_password_is_reset_on_the_way(
    page: Page, person: Any, server: Server, ask: Callable[..., None]
) -> None:
    ask(page)
    page.get_by_role("link", name="Forgot your password?").click()
    check_page(page, name="reset")
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("We have sent a mail")).to_be_visible()
    check_page(page, name="reset sent")
    page.goto(link_in(server.mails[-1]))
    check_page(page, name="new password")
    page.get_by_label("New Password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save and continue").click()
    is_back_at_the_app(page)


@pytest.mark.bar("E3.3", "E13.2", "E17.1")
def test_two_people_on_one_browser_choose_who_goes_on(
    page: Page, person: Any, server: Server, ask: Callable[..., None], console: Console
) -> None:
    factories.UserFactory(email=NEW)
    ask(page)
    sign_in(page)
    is_back_at_the_app(page)
    ask(page, prompt="login")
    expect(page.get_by_text("Photo Market asks you to confirm it is you.")).to_be_visible()
    expect(page.get_by_text("Ada Lovelace")).to_be_visible()
    check_page(page, name="confirm")
    page.get_by_role("link", name="Not you?").click()
    expect(page.get_by_text("to continue to Photo Market")).to_be_visible()
    page.get_by_role("link", name="Use another account").click()
    expect(page.get_by_text("Ada Lovelace stays signed in on this browser.")).to_be_visible()
    sign_in(page, NEW)
    is_back_at_the_app(page)

    ask(page, prompt="select_account")
    expect(page.get_by_role("heading", name="Choose an account")).to_be_visible()
    check_page(page, name="choose")
    page.get_by_role("button", name=re.compile("Ada Lovelace")).click()
    is_back_at_the_app(page)

    # in another tab somebody else goes on; the form that is open here says so, and starts again
    page.goto(f"{server}/account/name/")
    other = page.context.new_page()
    other.goto(f"{server}/account/choose/")
    other.get_by_role("button", name=re.compile(NEW)).click()
    expect(other.get_by_role("heading", name="Your account")).to_be_visible()
    console.expect("status of 403")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="This form is no longer valid")).to_be_visible()
    page.get_by_role("link", name="Start again").click()
    expect(page.get_by_role("heading", name="Your name")).to_be_visible()

    page.goto(f"{server}/account/sessions/")
    expect(page.get_by_text("This device", exact=True)).to_be_visible()
    check_page(page, name="sessions")
    page.goto(f"{server}/account/sign-out/")
    expect(page.get_by_text("Ada Lovelace")).to_be_visible()
    check_page(page, name="sign out of several")
    page.get_by_role("button", name="Sign everybody out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()


@pytest.mark.bar("E17.1")
def test_the_pages_of_an_account_can_be_used_by_everybody(page: Page, person: Any, server: Server) -> None:
    page.goto(f"{server}/account/")
    sign_in(page)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    check_page(page, name="account")
    for link, button in (("Your name", "Save"), ("Email address", "Send the mail")):
        page.get_by_role("navigation").get_by_role("link", name=link).click()
        expect(page.get_by_role("button", name=button, exact=True)).to_be_visible()
        check_page(page, name=f"account {link}")
        page.get_by_role("link", name="Back to your account").click()
    page.goto(f"{server}/account/password/")
    page.get_by_label("Current Password").fill("wrong")
    page.get_by_role("button", name="Save").click()
    check_page(page, name="account password refused")
    page.goto(f"{server}/account/sign-out/")
    check_page(page, name="sign-out")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    check_page(page, name="signed out")


@pytest.mark.bar("E4.2")
def test_signed_out_in_another_tab_the_first_one_finds_its_way(
    page: Page, context: BrowserContext, person: Any, server: Server, ask: Callable[..., None]
) -> None:
    ask(page)
    sign_in(page)
    is_back_at_the_app(page)
    ask(page, prompt="login")
    other = context.new_page()
    other.goto(f"{server}/account/sign-out/")
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="You are signed out")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    sign_in(page)
    is_back_at_the_app(page)


@pytest.mark.bar("E4.2", "E4.3", "E15.1")
def test_a_form_whose_token_is_gone_gets_a_page_with_a_way_on(
    page: Page, context: BrowserContext, console: Console, person: Any, ask: Callable[..., None]
) -> None:
    ask(page)
    context.clear_cookies(name="csrftoken")
    console.expect("status of 403")
    sign_in(page)
    expect(page.get_by_role("heading", name="This form is no longer valid")).to_be_visible()
    check_page(page, name="stale form")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status")).to_have_text("Copied.")
    assert page.locator(".facts code").nth(1).inner_text() in page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("link", name="Start again").click()
    expect(page.get_by_label("Email")).to_have_value("ada@example.org")
    expect(page.get_by_label("Password")).to_have_value("")
    sign_in(page)
    is_back_at_the_app(page)


@pytest.mark.threat(76)
def test_no_next_leads_a_browser_away(page: Page, person: Any, server: Server) -> None:
    page.goto(f"{server}/account/sign-in/")
    sign_in(page)
    for payload in ELSEWHERE:
        page.goto(f"{server}/account/sign-in/?next={quote(payload)}")
        assert page.url == f"{server}/account/", payload


@pytest.mark.bar("E17.3", "E18.1", "E18.4")
def test_pages_reflow_keep_their_targets_large_and_follow_the_scheme_but_on_paper(
    page: Page, ask: Callable[..., None]
) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce", forced_colors="active")
    ask(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.emulate_media(color_scheme="dark", forced_colors="none")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 20, 18)"
    for element in page.locator("main a, main button, main input:not([type=hidden])").all():
        box = element.bounding_box()
        assert box is not None
        assert box["height"] >= 44, element.inner_html()
    # dark by choice is for screens
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(232, 239, 235)"
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(20, 32, 27)"
    expect(page.get_by_role("contentinfo")).to_be_hidden()


@pytest.mark.bar("E4.1")
def test_back_reload_two_tabs_expiry_a_bookmark_and_lost_cookies_all_lead_on(
    page: Page, context: BrowserContext, console: Console, server: Server, person: Any, app: App, ask: Any
) -> None:
    def leads_on(name: str) -> None:
        expect(page.get_by_role("link", name=f"Back to {name}")).to_be_visible()
        page.get_by_role("link", name="Start again").click()

    console.expect("status of 400")
    shelf = factories.app(name="Shelf", redirect_uris=app.redirect_uri, skip_authorization=True)
    shelf.redirect_uri = app.redirect_uri
    tab = context.new_page()
    tab.goto(server.url + shelf.authorize_url())
    ask(page)
    bookmark = page.url
    sign_in(page)
    is_back_at_the_app(page)
    tab.reload()
    is_back_at_the_app(tab)
    page.go_back()
    page.reload()
    leads_on("Photo Market")
    is_back_at_the_app(page)
    page.goto(bookmark)
    leads_on("Photo Market")
    is_back_at_the_app(page)
    ask(page, prompt="login")
    Interaction.objects.update(expires=clock.now())
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    leads_on("Photo Market")
    expect(page.get_by_text("Photo Market asks you to confirm it is you.")).to_be_visible()
    context.clear_cookies()
    page.reload()
    sign_in(page)
    leads_on("Photo Market")
    expect(page.get_by_text("Photo Market asks you to confirm it is you.")).to_be_visible()


@pytest.mark.bar("E17.5")
def test_the_end_of_the_time_is_told_before_and_put_off_without_typing_anything_twice(
    page: Page, person: Any, ask: Callable[..., None], new_context: Callable[..., BrowserContext]
) -> None:
    page.clock.install()
    ask(page)
    notice, before = page.get_by_role("complementary", name="Time left"), Interaction.objects.get().expires
    page.get_by_label("Email").fill("ada@example.org")
    page.clock.fast_forward("57:50")
    expect(notice).to_be_hidden()
    page.clock.fast_forward("01:00")
    expect(notice.get_by_role("alert")).to_contain_text("This page waits for you until")
    check_page(page, name="time nearly over")
    page.get_by_role("button", name="I need more time").click()
    expect(notice).to_be_hidden()
    assert Interaction.objects.get().expires > before
    expect(page.get_by_label("Email")).to_have_value("ada@example.org")
    page.clock.fast_forward("01:00:01")
    expect(notice.get_by_role("alert")).to_have_text("The time is over. Open the page again to start again.")

    plain = new_context(java_script_enabled=False).new_page()
    ask(plain, prompt="create")
    before = Interaction.objects.latest("created").expires
    plain.get_by_role("button", name="I need more time").click()
    expect(plain.get_by_role("heading", name="Create your account")).to_be_visible()
    assert Interaction.objects.latest("created").expires > before
    expect(plain.get_by_role("textbox")).to_have_count(2)  # nothing is typed twice


@pytest.mark.bar("E16.3")
def test_the_first_view_weighs_little(page: Page, ask: Callable[..., None]) -> None:
    seen: list[Response] = []
    page.on("response", lambda response: seen.append(response))
    ask(page)
    page.wait_for_load_state("networkidle")
    bodies = {response.url: response.body() for response in seen if response.ok}
    assert len(bodies) >= 3
    assert sum(len(gzip.compress(body)) for body in bodies.values()) < 20_000
    assert sum(len(gzip.compress(body)) for url, body in bodies.items() if url.endswith(".js")) < 10_000


@pytest.mark.long
@pytest.mark.bar("E16.3")
def test_the_largest_part_of_the_first_view_is_there_within_a_second(page: Page, ask: Callable[..., None]) -> None:
    painted = []
    for _ in range(5):
        ask(page)
        painted.append(page.evaluate(LARGEST))
    assert sorted(painted)[2] < 1000, painted
