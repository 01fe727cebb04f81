"""Where a person is signed in, ended from their page; and the mail about a new device."""

import re
from typing import Any

import pytest
from django.test import Client as Browser

from accounts import devices
from accounts.models import User
from oauth_server.models import LogoutDelivery, Session
from tests.flows import App

from .conftest import EMAIL, PASSWORD, submit

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1"


def place(address: str) -> str:
    """What a project sets as PLACE_HOOK."""
    return "Lisbon" if address == "203.0.113.9" else ""


def browser(user_agent: str, address: str) -> Browser:
    return Browser(headers={"user-agent": user_agent}, REMOTE_ADDR=address)


def sign_in(visitor: Browser) -> Any:
    return visitor.post("/account/sign-in/", {"login": EMAIL, "password": PASSWORD})


@pytest.mark.bar("E13.2")
@pytest.mark.threat(82)
def test_sessions_are_shown_and_ended_and_the_apps_are_told(person: User, app: Any, settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "PLACE_HOOK": f"{__name__}.place"}
    app.backchannel_logout_uri = "https://photos.example/logout"
    app.save()
    desk, phone, third = (
        browser(FIREFOX, "203.0.113.9"),
        browser(PHONE, "198.51.100.77"),
        browser("curl/8", "2001:db8:1:2::3"),
    )
    for one in (desk, phone, third):
        sign_in(one)
    rp = App(app, redirect_uri="https://photos.example/callback")
    holder: Any = type("Holder", (), {"open": lambda self, url: _away(phone, url)})()
    tokens = rp.tokens(holder, scope="openid")

    page = desk.get("/account/sessions/")
    shown = [(s["browser"], s["place"], s["is_here"]) for s in page.context["sessions"]]
    assert shown[0] == ("Firefox on Linux", "Lisbon", True)
    assert set(shown[1:]) == {
        ("Safari on iOS", "198.51.100.0/24", False),
        ("Unknown browser", "2001:db8:1::/48", False),
    }
    assert b"This device" in page.content

    on_phone = next(s["row"] for s in page.context["sessions"] if s["browser"] == "Safari on iOS")
    desk.post("/account/sessions/", {"action": "one", "session": str(on_phone.pk)})
    assert list(LogoutDelivery.objects.values_list("session", flat=True)) == [on_phone.pk]
    assert rp.userinfo(tokens["access_token"]).status_code == 401
    assert phone.get("/account/name/").status_code == 302, "the other browser is signed out for every page"
    assert third.get("/account/name/").status_code == 200

    mallory = User.objects.create_user("mallory@example.org", PASSWORD)
    visitor = Browser()
    visitor.post("/account/sign-in/", {"login": mallory.email, "password": PASSWORD})
    adas = Session.objects.get(user=person, address="203.0.113.9")
    for value in (str(adas.pk), "x", ""):
        visitor.post("/account/sessions/", {"action": "one", "session": value})
    assert desk.get("/account/name/").status_code == 200, "nobody ends what is somebody else's"

    desk.post("/account/sessions/", {"action": "others"})
    assert third.get("/account/name/").status_code == 302
    assert desk.get("/account/name/").status_code == 200
    assert submit(desk, desk.get("/account/sessions/"), action="all").request["PATH_INFO"] == "/account/signed-out/"
    assert not Session.objects.filter(user=person, ended_at=None).exists()
    assert visitor.get("/account/name/").status_code == 200


def _away(visitor: Browser, url: str) -> Any:
    response = visitor.get(url)
    while response.status_code in {302, 303} and not response["Location"].startswith("https://photos.example"):
        response = visitor.get(response["Location"])
    return response


@pytest.mark.bar("E13.5")
def test_a_sign_in_on_a_new_device_is_told_once_and_can_be_disowned(person: User, mailoutbox: list[Any]) -> None:
    desk, thief = browser(FIREFOX, "203.0.113.9"), browser(PHONE, "198.51.100.77")
    sign_in(desk)
    assert mailoutbox == [], "the first sign-in of an account is no news"
    sign_in(thief)
    (mail,) = mailoutbox
    assert "on a new device" in mail.subject
    assert "Safari on iOS" in mail.body
    assert "198.51.100.0/24" in mail.body
    for one in (desk, thief):
        one.post("/account/sign-out/")
        sign_in(one)
    assert len(mailoutbox) == 1, "a browser is new once"

    link = re.search(r"http://testserver(/account/\S+)", mail.body)
    assert link is not None, mail.body
    reader = Browser()
    submit(reader, reader.get(link[1]))
    assert not Session.objects.filter(ended_at=None).exists()
    assert thief.get("/account/name/").status_code == 302
    assert sign_in(thief).status_code == 200, "the password is worth nothing any more"
    assert "Choose a new password" in mailoutbox[-1].subject


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (PHONE, "Safari on iOS"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("<script>alert(1)</script>", "Unknown browser"),
    ],
    ids=["firefox", "phone", "edge", "android", "else"],
)
def test_a_browser_is_named_in_two_words(user_agent: str, words: str) -> None:
    assert devices.browser(user_agent) == words


@pytest.mark.threat(80)
def test_a_notice_quotes_nothing_that_a_browser_calls_itself(person: User, mailoutbox: Any) -> None:
    thief = browser("Keep your account: https://evil.example/keep Firefox Linux", "203.0.113.66")
    thief.force_login(person)
    changed = {"oldpassword": PASSWORD, "password1": "another one that is long enough"}
    assert thief.post("/account/password/", changed).status_code == 302
    (mail,) = mailoutbox
    said = mail.body + str(mail.alternatives[0][0])
    assert "203.0.113.66" in said
    assert "Firefox on Linux" in said
    assert "evil.example" not in said
