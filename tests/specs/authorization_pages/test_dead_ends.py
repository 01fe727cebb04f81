"""RFC 6749 §4.1.2.1: wherever a request breaks off, its page leads on: to the request once more, and to a proven address of the client."""

from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as HTTP

from oauth_server import clock
from oauth_server.models import Interaction
from tests import factories
from tests.flows import App, Browser, parameters

HOME = "https://photos.example"


@pytest.fixture
def app(app: App) -> App:
    app.row.name, app.row.client_uri = "Photo Market", HOME
    app.row.save()
    return app


def resume_of(page: Any) -> str:
    return parse_qs(urlsplit(page.address).query)["next"][0]


def leads_on(page: Any, browser: Browser, person: Any, name: str = "Photo Market") -> str:
    """The page names the client and goes back to it; its other way on ends at the client with a code. Where that began."""
    html = page.content.decode()
    assert page.status_code == 400
    assert len(page["X-Trace-Id"]) == 32
    assert f"Back to <bdi>{name}</bdi>" in html
    again = unescape(html.partition(">Start again</a>")[0].rpartition('href="')[2].rstrip('"'))
    answer = browser.open(again)
    assert "code" in parameters(browser.sign_in(answer, person) if answer.status_code == 200 else answer)
    return again


@pytest.mark.bar("E4.1")
@pytest.mark.parametrize("case", ["back", "reload", "expired", "bookmark"])
def test_whoever_comes_back_is_led_on(app: App, visitor: Browser, person: Any, case: str) -> None:
    asked = app.authorize(visitor)
    resume = resume_of(asked)
    if case == "expired":
        Interaction.objects.update(expires=clock.now() - timedelta(seconds=1))
    else:
        assert "code" in parameters(visitor.sign_in(asked, person))
    if case == "back":
        # the sign-in page of the history: whoever is signed in goes on where the request is over
        page = visitor.open(asked.address)
    elif case == "bookmark":
        visitor.http.logout()
        page = visitor.open(resume)
    else:
        page = visitor.open(resume)
    assert HOME in page.content.decode()
    leads_on(page, visitor, person)


@pytest.mark.bar("E17.5")
def test_whoever_needs_more_time_has_it_ten_times_and_help_is_in_one_place(
    app: App, visitor: Browser, moving_clock: Any, settings: Any
) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "HELP_URL": "https://id.example/help"}
    asked = app.authorize(visitor)
    resume, place = resume_of(asked), f"http://testserver{asked.address}"
    token = asked.content.decode().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    assert visitor.http.post(resume).status_code == 403
    for _ in range(10):
        moving_clock.move(3590)
        answer = visitor.http.post(resume, {"csrfmiddlewaretoken": token}, headers={"referer": place})
        assert (answer.status_code, answer["Location"]) == (303, asked.address)
    moving_clock.move(3550)
    wanted = {"accept": "application/json", "x-csrftoken": token}
    assert visitor.http.post(resume, headers=wanted).json()["seconds"] < 200, "ten times"
    assert (
        visitor.http.post(resume, headers={"x-csrftoken": token, "referer": "https://evil.example/"})["Location"]
        == resume
    )
    stranger = Browser()
    stranger.http.cookies["csrftoken"] = visitor.cookies["csrftoken"]
    assert stranger.http.post(resume, headers=wanted).status_code == 400, "bound to the browser"
    moving_clock.move(200)
    over = visitor.http.post(resume, headers=wanted)
    assert over.status_code == 400
    for page in (asked, over, visitor.open("/account/register/")):
        assert 'href="https://id.example/help"' in page.content.decode().partition("<footer")[2]


@pytest.mark.bar("E4.1")
def test_two_tabs_with_two_apps_end_each_at_its_own(app: App, visitor: Browser, person: Any) -> None:
    other = factories.app(name="Shelf", redirect_uris="https://shelf.example/callback")
    other.redirect_uri = "https://shelf.example/callback"
    first, second = app.authorize(visitor), other.authorize(visitor)
    assert "code" in parameters(visitor.sign_in(first, person))
    # the second tab was open all the time: its form comes from somebody who is signed in by now
    answer = visitor.open(second.address)
    assert "code" in parameters(answer)
    assert answer["Location"].startswith("https://shelf.example/callback?")
    leads_on(visitor.open(resume_of(second)), visitor, person, "Shelf")


@pytest.mark.bar("E4.1")
@pytest.mark.threat(28)
def test_a_browser_that_lost_its_cookies_starts_again_and_learns_nothing(
    app: App, visitor: Browser, person: Any
) -> None:
    resume = resume_of(app.authorize(visitor, login_hint="ada@example.org", nonce="n-0S6_WzA2Mj"))
    cleared = Browser()
    page = cleared.open(resume)
    told = page.content.decode()
    assert not any(said in told for said in ("ada@example.org", "n-0S6_WzA2Mj", app.request()["code_challenge"]))
    again = leads_on(page, cleared, person)
    assert again == f"{resume}?again=1"
    # the one that began is as it was
    assert Interaction.objects.filter(finished_at=None).count() == 1


@pytest.mark.bar("E4.1")
def test_what_was_pushed_is_begun_again_at_the_client(app: App, visitor: Browser) -> None:
    app.row.initiate_login_uri = "https://photos.example/login?tenant=7"
    app.row.save()
    pushed = app.post("/oauth2/par", **{name: value for name, value in app.request().items() if name != "client_id"})
    asked = visitor.open(f"/oauth2/auth?client_id={app.client_id}&request_uri={pushed.json()['request_uri']}")
    Interaction.objects.update(expires=clock.now() - timedelta(seconds=1))
    html = visitor.open(resume_of(asked)).content.decode()
    assert 'href="https://photos.example/login?tenant=7&amp;iss=http%3A%2F%2Ftestserver"' in html


@pytest.mark.bar("E4.1", "E15.2")
def test_an_address_that_is_not_registered_is_nowhere_a_link(app: App, visitor: Browser) -> None:
    asked = app.authorize(visitor)
    app.row.redirect_uris, app.row.client_uri = "https://moved.example/callback", ""
    app.row.save()
    html = visitor.open(resume_of(asked)).content.decode()
    assert "rp.example" not in html
    for changes in ({"redirect_uri": "https://evil.example/"}, {"client_id": "nobody"}):
        page = app.authorize(visitor, **changes)
        assert page.status_code == 400
        assert "evil.example" not in page.content.decode()
        assert "Location" not in page


@pytest.mark.bar("E15.3")
def test_only_with_debug_the_page_shows_where_the_addresses_part(app: App, visitor: Browser, settings: Any) -> None:
    app.row.redirect_uris = "https://other.example/cb https://rp.example/callback"
    app.row.save()
    asked = {"redirect_uri": "https://rp.example/callbacks?x=<b>"}
    assert "<mark>" not in app.authorize(visitor, **asked).content.decode()
    settings.DEBUG = True
    html = app.authorize(visitor, **asked).content.decode()
    assert "<code>https://rp.example/callback<mark>s?x=&lt;b&gt;</mark></code>" in html
    assert "<code>https://rp.example/callback</code>" in html


def test_under_a_host_that_is_not_ours_there_are_no_pages():
    answer = HTTP().get("/account/sign-in/", headers={"host": "evil.example"})
    assert (answer.status_code, answer.content) == (400, b"Bad Request\n")
