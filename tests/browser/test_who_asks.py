"""Who asks, who answers, and where the answer goes, as people see it; the pages are made in this process and shown in Chromium."""

from typing import Any

import pytest
from django.test import override_settings
from playwright.sync_api import Page, Request, expect

from oauth_server.deeds import client_logo
from tests.apps.admin.test_logo import PNG
from tests.browser.pages_of_consent import consent, consent_self_declared
from tests.browser.registry import Stage
from tests.browser.show import show

LOGO = "https://cdn.photos.example/logo.png"


@pytest.fixture
def stage(db: None) -> Stage:
    return Stage()


@pytest.mark.bar("E6.1")
def test_only_the_setting_lets_the_browser_load_a_clients_own_logo(
    stage: Stage, page: Page, settings: Any, console: Any
) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "cdn.photos" in request.url else None)
    stage.app.row.logo_uri = LOGO
    stage.app.row.save()
    show(page, consent(stage), stage.signed_in)
    expect(page.locator(".client .mark")).to_have_text("PM")
    assert asked == []
    with override_settings(OAUTH_SERVER={**settings.OAUTH_SERVER, "CLIENT_LOGOS": True}):
        response = consent(stage)
    assert "img-src 'self' https://cdn.photos.example;" in response.headers["Content-Security-Policy"]
    show(page, response, stage.signed_in)
    assert [request.url for request in asked] == [LOGO]
    assert "referer" not in asked[0].headers
    # what an operator uploaded goes first, and comes from here
    client_logo.put(stage.app.row, PNG)
    console.expect("status of 404")  # the picture is in the transaction of this test: test_consent.py sees it
    show(page, consent(stage), stage.signed_in)
    expect(page.locator(".client img.mark")).to_have_attribute("src", f"/oauth2/logo/{stage.app.row.logo}.png")
    assert len(asked) == 1


@pytest.mark.bar("E6.1", "E6.2")
def test_verified_or_a_standing_warning_and_the_end_of_a_long_host_in_sight(stage: Stage, page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    show(page, consent(stage), stage.signed_in)
    expect(page.get_by_text("Not verified.")).to_be_visible()
    for name in ("Home page of Photo Market", "Privacy at Photo Market", "Terms of Photo Market"):
        expect(page.get_by_role("link", name=name)).to_have_attribute("rel", "noopener noreferrer nofollow")
    stage.app.row.verified, stage.app.row.publisher = True, "Photo Market Ltd"
    stage.app.row.save()
    show(page, consent(stage), stage.signed_in)
    expect(page.get_by_text("Verified by Example ID")).to_be_visible()
    expect(page.get_by_text("Published by Photo Market Ltd")).to_be_visible()
    expect(page.get_by_text("Not verified.")).to_have_count(0)
    stage.app.row.verified = False
    show(page, consent_self_declared(stage), stage.signed_in)
    expect(page.get_by_text("This app registered itself")).to_be_visible()
    expect(page.get_by_text("Published by")).to_have_count(0)
    for said in page.locator("bdi[dir=ltr]").filter(has_text="photos.example").all():
        assert said.inner_text().endswith("photos.example")
    domain = page.locator(".client .domain")
    assert domain.inner_text().startswith("…")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.bar("E6.3", "E7", "E8.1", "E9.1", "E10.3")
def test_where_the_browser_goes_who_answers_and_what_for(stage: Stage, page: Page) -> None:
    for uri, said in (
        ("https://photos.example:8443/callback", "You will be sent to https://photos.example:8443"),
        ("http://127.0.0.1:4446/callback", "You will be sent to an app on this device (127.0.0.1:4446)."),
        (
            "com.example.photos:/done",
            "You will be sent to the app on this device that opens com.example.photos: links.",
        ),
    ):
        stage.app.row.redirect_uris = stage.app.redirect_uri = uri
        stage.app.row.save()
        show(page, consent(stage), stage.signed_in)
        expect(page.get_by_text(said)).to_be_visible()
    answers = page.locator(".person").first
    expect(answers).to_contain_text("Ada Lovelace")
    expect(answers).to_contain_text("ada@example.org")
    expect(answers.locator(".avatar")).to_have_text("AL")
    expect(answers.get_by_role("link", name="Not you?")).to_be_visible()
    headings = page.locator("form.card legend, form.card h2").all_inner_texts()
    assert headings == ["About you", "Orders API https://api.photos.example", "For how long"]
    sensitive = page.get_by_role("listitem").filter(has_text="Place orders for you").locator(".sensitive")
    expect(sensitive).to_have_text("Sensitive")
    expect(sensitive.locator("svg")).to_be_visible()
    expect(page.get_by_text("until you remove it or for 365 days")).to_be_visible()
    expect(page.get_by_text("You can remove this access at any time in connected apps")).to_be_visible()
