"""What a request may say about the pages, and how one that another site's form sends finds its browser."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from oauth_server.models import Interaction
from tests import factories
from tests.flows import FORM, App, Browser, error, leads_away, pairs, parameters

LOGO = "https://cdn.rp.example/logo.png"


def post(app: App, browser: Browser, **changes: Any) -> Any:
    """A form of another site: the browser sends none of its Lax cookies along."""
    stranger = Browser()
    answer = stranger.http.post("/oauth2/auth", urlencode(pairs(app.request(**changes))), content_type=FORM)
    answer.address = "/oauth2/auth"
    assert not answer.cookies, "the browser would lose the cookies that it has"
    return answer


# by a form


@pytest.mark.op("B24")
@pytest.mark.threat(15, 28)
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.1")
def test_a_posted_request_goes_on_with_the_browsers_cookies(app: App, signed_in: Browser):
    kept = post(app, signed_in, prompt="none")
    assert kept.status_code == 303
    assert kept["Location"].startswith("/oauth2/interaction/")
    assert "code" in parameters(signed_in.get(kept["Location"]))


@pytest.mark.threat(28)
def test_a_posted_request_is_of_the_browser_that_opens_it_first(app: App, person: Any):
    first, second = Browser(), Browser()
    kept = post(app, first)
    page = first.open(kept["Location"])
    assert not leads_away(page)
    assert error(second.open(kept["Location"])) == (400, "page")
    assert "code" in parameters(first.sign_in(page, person))


@pytest.mark.threat(28)
def test_a_posted_request_takes_no_place_of_one_that_waits(app: App, person: Any):
    browser = Browser()
    waiting = app.authorize(browser)
    browser.open(post(app, browser)["Location"])
    assert "code" in parameters(browser.sign_in(waiting, person))


@pytest.mark.parametrize(
    ("change", "expected"), [({"scope": "unknown"}, "invalid_scope"), ({"max_age": "x"}, "invalid_request")], ids=str
)
def test_a_posted_request_with_a_fault_is_refused_at_once(
    app: App, signed_in: Browser, change: dict[str, str], expected: str
):
    assert error(post(app, signed_in, **change)) == (303, expected)
    assert not Interaction.objects.exists()


@pytest.mark.threat(14)
def test_prompt_none_by_a_form_is_answered_at_the_app(app: App):
    browser = Browser()
    assert error(browser.open(post(app, browser, prompt="none")["Location"])) == (303, "login_required")


# display, languages


@pytest.mark.op("B11")
@pytest.mark.spec("OpenID Connect Core 1.0", "15.1")
@pytest.mark.parametrize("display", ["page", "popup", "touch", "wap", "hologram"])
def test_any_display_is_a_normal_sign_in(app: App, person: Any, display: str):
    browser = Browser()
    assert "code" in parameters(browser.sign_in(app.authorize(browser, display=display), person))


@pytest.mark.op("B19")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.1")
@pytest.mark.parametrize(
    ("ui_locales", "expected"),
    [
        ("de", "de"),
        ("xx de en", "de"),
        ("fr-CA", "fr"),
        ("xx", "en"),
        ("x" * 1900, "en"),
        ("../../etc", "en"),
        ("de\n", "en"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_pages_are_in_the_first_language_that_there_is(app: App, visitor: Browser, ui_locales: str, expected: str):
    page = app.authorize(visitor, ui_locales=ui_locales, claims_locales="xx")
    assert page.status_code == 200
    assert f'<html lang="{expected}"' in page.content.decode()


def test_the_language_holds_on_the_page_that_stops_a_request(signed_in: Browser):
    stranger = factories.app(registration_source="dcr")
    page = stranger.authorize(signed_in, scope="unknown", ui_locales="de")
    assert '<html lang="de"' in page.content.decode()


@pytest.mark.threat(27)
def test_ui_locales_without_end_are_refused(app: App, visitor: Browser):
    assert error(app.authorize(visitor, ui_locales="x" * 3000)) == (303, "invalid_request")


# logo, policy and terms


@pytest.fixture
def shown(db: None) -> App:
    return factories.app(
        logo_uri=LOGO, policy_uri="https://rp.example/privacy", tos_uri="https://rp.example/terms", name="Notes"
    )


@pytest.mark.op("D11")
@pytest.mark.bar("E6.1")
@pytest.mark.spec("OpenID Connect Dynamic Client Registration 1.0", "2")
def test_the_sign_in_page_shows_logo_policy_and_terms(shown: App, visitor: Browser, settings: Any):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "CLIENT_LOGOS": True}
    page = shown.authorize(visitor)
    html, policy = page.content.decode(), page["Content-Security-Policy"]
    assert f'<img class="mark" src="{LOGO}" alt="" referrerpolicy="no-referrer">' in html
    assert "img-src 'self' https://cdn.rp.example;" in policy
    assert 'href="https://rp.example/privacy"' in html
    assert 'href="https://rp.example/terms"' in html


@pytest.mark.bar("E6.1")
@pytest.mark.threat(73)
def test_without_the_setting_nothing_is_loaded_from_the_client(shown: App, visitor: Browser):
    page = shown.authorize(visitor)
    assert "<img" not in page.content.decode()
    assert "cdn.rp.example" not in page["Content-Security-Policy"]
    assert 'href="https://rp.example/privacy"' in page.content.decode()


@pytest.mark.threat(79, 80)
@pytest.mark.parametrize(
    "logo", ["http://rp.example/l.png", "https://rp.example;script-src/l.png", "javascript:alert(1)", "https:///l.png"]
)
def test_a_logo_is_https_from_one_host(shown: App, visitor: Browser, settings: Any, logo: str):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "CLIENT_LOGOS": True}
    shown.row.logo_uri = logo
    shown.row.save()
    page = shown.authorize(visitor)
    assert "<img" not in page.content.decode()
    assert "img-src 'self';" in page["Content-Security-Policy"]


@pytest.mark.bar("E6.1")
def test_the_consent_page_shows_it_and_pages_without_a_request_do_not(shown: App, signed_in: Browser, settings: Any):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "CLIENT_LOGOS": True}
    shown.row.skip_authorization = False
    shown.row.save()
    page = shown.authorize(signed_in)
    assert LOGO in page.content.decode()
    assert "https://cdn.rp.example" in page["Content-Security-Policy"]
    apps = signed_in.submit(page, {"decision": "allow"})
    assert "code" in parameters(apps)
    listed = signed_in.open(reverse("oauth_consent:connected-apps"))
    assert LOGO not in listed.content.decode()
