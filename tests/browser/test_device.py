"""The pages of a person whose device asks, in a real browser."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from oauth_server.models import DeviceRequest
from tests import factories
from tests.browser.axe import check_page
from tests.browser.test_consent import any_page, sign_in  # noqa: F401
from tests.flows import App
from tests.plugins.servers import Server

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
PHONE: ViewportSize = {"width": 320, "height": 640}


@pytest.fixture
def person(server: Server) -> Any:
    return factories.UserFactory(email="ada@example.org", first_name="Ada", last_name="Lovelace")


@pytest.fixture
def television(server: Server) -> App:
    return factories.app(
        name="Photo Market TV",
        grant_types=[GRANT, "refresh_token"],
        response_types=[],
        redirect_uris="",
        client_uri="https://photos.example",
    )


def call(page: Page, server: Server, app: App, path: str, **values: Any) -> dict[str, Any]:
    headers, _ = app.credentials()
    told: dict[str, Any] = page.request.post(
        f"{server.url}{path}", form=values, headers={**headers, "User-Agent": "PhotoMarket/3.2 (TV)"}
    ).json()
    return told


def begin(page: Page, server: Server, app: App) -> dict[str, Any]:
    return call(page, server, app, "/oauth2/device/auth", scope="openid offline_access")


def poll(page: Page, server: Server, app: App, begun: dict[str, Any]) -> dict[str, Any]:
    return call(page, server, app, "/oauth2/token", grant_type=GRANT, device_code=begun["device_code"])


@pytest.mark.seed("S-75", "S-43")
@pytest.mark.bar("E12.1", "E12.2", "E12.4")
@pytest.mark.spec("RFC 8628", "3.3")
@pytest.mark.parametrize("address", ["/device", "/oauth2/device/verify"])
def test_a_person_types_the_code_and_the_device_goes_on(
    any_page: Page,  # noqa: F811
    server: Server,
    television: App,
    person: Any,
    address: str,
) -> None:
    begun = begin(any_page, server, television)
    any_page.goto(server.url + address)
    sign_in(any_page, person)
    field = any_page.get_by_label("Code")
    expect(field).to_be_focused()
    field.press_sequentially(begun["user_code"].lower().replace("-", " "))
    field.press("Enter")
    expect(any_page.get_by_role("heading", level=1)).to_have_text("Is this the code on your device?")
    expect(any_page.get_by_text(begun["user_code"])).to_be_visible()
    for text in ("Photo Market TV", "127.0.0.1", "PhotoMarket/3.2 (TV)", "Did you start this"):
        expect(any_page.get_by_text(text)).to_be_visible()
    any_page.get_by_role("button", name="Yes, it matches").click()
    expect(any_page.get_by_role("heading", level=1)).to_have_text("Your device is connected")
    any_page.reload()
    expect(any_page.get_by_text("Return to your device")).to_be_visible()
    assert "access_token" in poll(any_page, server, television, begun)


@pytest.mark.seed("S-76")
@pytest.mark.bar("E12.2")
def test_the_link_shows_the_code_and_asks(
    any_page: Page,  # noqa: F811
    server: Server,
    television: App,
    person: Any,
) -> None:
    begun = begin(any_page, server, television)
    any_page.goto(begun["verification_uri_complete"])
    sign_in(any_page, person)
    expect(any_page.get_by_label("Code")).to_have_value(begun["user_code"])
    assert DeviceRequest.objects.get().entries == 0
    any_page.get_by_role("button", name="Continue").click()
    any_page.get_by_role("button", name="Cancel").click()
    expect(any_page.get_by_role("heading", level=1)).to_have_text("Nothing was shared")
    assert poll(any_page, server, television, begun)["error"] == "access_denied"


@pytest.mark.bar("E17.1")
def test_the_pages_are_for_everybody(page: Page, server: Server, television: App, person: Any) -> None:
    begun = begin(page, server, television)
    page.goto(f"{server.url}/device")
    sign_in(page, person)
    check_page(page, name="device")
    page.get_by_label("Code").fill("BBBB-BBBB")
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_role("alert")).to_contain_text("No device waits with this code")
    check_page(page, name="device wrong code")
    page.get_by_label("Code").fill(begun["user_code"])
    page.get_by_role("button", name="Continue").click()
    check_page(page, name="device compare")
    page.get_by_role("button", name="Yes, it matches").click()
    check_page(page, name="device done")


@pytest.mark.bar("E12.2")
def test_on_a_phone_the_question_is_read_before_the_answer(
    page: Page, server: Server, television: App, person: Any
) -> None:
    page.set_viewport_size(PHONE)
    page.goto(begin(page, server, television)["verification_uri_complete"])
    sign_in(page, person)
    page.get_by_role("button", name="Continue").click()
    question, yes, no = (
        page.get_by_text("Did you start this").bounding_box(),
        page.get_by_role("button", name="Yes, it matches").bounding_box(),
        page.get_by_role("button", name="Cancel").bounding_box(),
    )
    assert question is not None
    assert yes is not None
    assert no is not None
    assert question["y"] + question["height"] <= yes["y"]
    assert (yes["width"], yes["height"], yes["y"]) == (no["width"], no["height"], no["y"])
    assert yes["height"] >= 44


def test_not_you_lets_somebody_else_answer(page: Page, server: Server, television: App, person: Any) -> None:
    other = factories.UserFactory(email="grace@example.org")
    begun = begin(page, server, television)
    page.goto(begun["verification_uri_complete"])
    sign_in(page, person)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Not you?").click()
    sign_in(page, other)
    expect(page.get_by_text("grace@example.org")).to_be_visible()
    page.get_by_role("button", name="Yes, it matches").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your device is connected")
    assert DeviceRequest.objects.get().user_id == other.pk
