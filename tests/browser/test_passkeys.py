"""Passkeys in a real browser with a virtual authenticator, second factors without script and by keyboard."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.authenticator import KEY, give, totp
from tests.browser.test_accounts import app, ask, is_back_at_the_app, person, sign_in
from tests.plugins.servers import Server

__all__ = ["app", "ask", "person"]


class Authenticator:
    """The browser's own place for passkeys, with somebody who touches it."""

    def __init__(self, page: Page) -> None:
        self._devtools = page.context.new_cdp_session(page)
        self._devtools.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.id = self._devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def touched(self, enabled: bool) -> None:
        self._send("setAutomaticPresenceSimulation", enabled=enabled)

    def unlocked(self, is_verified: bool) -> None:
        self._send("setUserVerified", isUserVerified=is_verified)

    def _send(self, command: str, **values: Any) -> None:
        self._devtools.send(f"WebAuthn.{command}", {"authenticatorId": self.id, **values})


@pytest.fixture
def authenticator(page: Page) -> Authenticator:
    return Authenticator(page)


def sign_out(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/account/sign-out/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()


@pytest.mark.bar("E1.1", "E1.2", "E1.3", "E13.3", "E13.4")
def test_a_passkey_from_the_offer_to_the_autofill_the_button_and_its_end(
    page: Page, person: Any, ask: Callable[..., None], server: Server, authenticator: Authenticator
) -> None:
    ask(page)
    sign_in(page)
    expect(page.get_by_role("heading", name="Sign in faster next time")).to_be_visible()
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("They are shown only now.")).to_be_visible()
    expect(page.locator("[data-codes] li")).to_have_count(10)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.path().read_text().split("\n")[:10] == copied.split("\n")
    page.get_by_role("link", name="I have kept them").click()
    is_back_at_the_app(page)
    sign_out(page, server)
    # the autofill: nothing is typed
    ask(page)
    is_back_at_the_app(page)
    sign_out(page, server)
    # the button, while the autofill waits; a second try works
    authenticator.touched(False)
    ask(page)
    expect(page.get_by_label("Email")).to_have_attribute("autocomplete", "username webauthn")
    button = page.get_by_role("button", name="Sign in with a passkey")
    authenticator.unlocked(False)
    authenticator.touched(True)
    # the autofill waits again, with a challenge of its own: nobody touches anything until it does
    with page.expect_response(re.compile("passkey")):
        button.click()
    authenticator.touched(False)
    expect(page.get_by_role("alert")).to_contain_text("The passkey did not work")
    expect(button).to_be_enabled()
    page.wait_for_timeout(500)
    authenticator.unlocked(True)
    authenticator.touched(True)
    button.click()
    is_back_at_the_app(page)
    # after the password it is the second factor
    sign_out(page, server)
    authenticator.touched(False)
    ask(page)
    sign_in(page)
    expect(page.get_by_role("heading", name="Confirm with your second factor")).to_be_visible()
    expect(page.get_by_text("to continue to Photo Market")).to_be_visible()
    authenticator.touched(True)
    page.get_by_role("button", name="Use your passkey").click()
    is_back_at_the_app(page)
    page.goto(f"{server.url}/account/security/")
    expect(page.get_by_text("Last used on")).to_be_visible()
    page.get_by_role("link", name=re.compile("Rename")).click()
    page.get_by_label("Name").fill("This laptop")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove This laptop").click()
    expect(page.get_by_text("This is your last second factor")).to_be_visible()
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("You have none yet.")).to_be_visible()
    subjects = [mail["subject"] for mail in server.mails]
    assert "A passkey was added at Example ID" in subjects
    assert "A passkey was removed at Example ID" in subjects


@pytest.mark.bar("E17.5")
def test_the_second_step_tells_when_its_time_ends_and_gives_more(
    page: Page, person: Any, server: Server, ask: Callable[..., None]
) -> None:
    give(person, "totp")
    page.clock.install()
    ask(page)
    sign_in(page)
    page.get_by_label("Code from your app").fill("123")
    notice = page.get_by_role("complementary", name="Time left")
    page.clock.fast_forward("12:50")
    expect(notice).to_be_hidden()
    page.clock.fast_forward("01:00")
    expect(notice.get_by_role("alert")).to_contain_text("This page waits for you until")
    page.get_by_role("button", name="I need more time").click()
    expect(notice).to_be_hidden()
    expect(page.get_by_label("Code from your app")).to_have_value("123")
    page.get_by_label("Code from your app").fill(totp(KEY))
    page.get_by_role("button", name="Continue").click()
    is_back_at_the_app(page)


@pytest.mark.bar("E1.3")
def test_not_now_is_remembered_and_the_request_goes_on(
    page: Page, person: Any, ask: Callable[..., None], server: Server, authenticator: Authenticator
) -> None:
    ask(page)
    sign_in(page)
    page.get_by_role("button", name="Not now").click()
    is_back_at_the_app(page)
    sign_out(page, server)
    ask(page)
    sign_in(page)
    is_back_at_the_app(page)


@pytest.mark.bar("E1.4", "E13.4", "E16.1")
def test_second_factors_without_script(
    new_context: Callable[..., BrowserContext], person: Any, ask: Callable[..., None], server: Server
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    ask(page)
    expect(page.get_by_text("Without one, sign in with your password.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    sign_in(page)
    is_back_at_the_app(page)
    page.goto(f"{server.url}/account/security/totp/")
    key = page.locator("dd code").inner_text()
    page.get_by_label("Code from the app").fill(totp(key))
    page.get_by_role("button", name="Add the app").click()
    expect(page.locator("[data-codes] li")).to_have_count(10)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    code = download.value.path().read_text().split("\n")[3]
    page.reload()
    expect(page.get_by_text("You have 10 codes left.")).to_be_visible()
    other = new_context(java_script_enabled=False).new_page()
    ask(other)
    sign_in(other)
    other.get_by_label("Code from your app").fill(code)
    other.get_by_role("button", name="Continue").click()
    is_back_at_the_app(other)


@pytest.mark.bar("E5.3", "E17.2", "E2.2")
def test_a_sign_in_and_a_step_up_by_keyboard_alone(
    page: Page, person: Any, ask: Callable[..., None], server: Server
) -> None:
    ask(page)
    page.get_by_label("Email").focus()
    page.keyboard.type("ada@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery staple")
    page.keyboard.press("Tab")
    show = page.get_by_role("button", name="Show password")
    expect(show).to_be_focused()
    page.keyboard.press("Space")
    expect(show).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#id_password")).to_have_attribute("type", "text")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    is_back_at_the_app(page)
    give(person, "totp")
    ask(page, acr_values="2")
    expect(page.get_by_text("Photo Market asks you to confirm it is you.")).to_be_visible()
    expect(page.get_by_role("link", name="Use your password")).to_have_count(0)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "code":
            break
    page.keyboard.type(totp(KEY))
    page.keyboard.press("Enter")
    is_back_at_the_app(page)
