"""CWE-601, RFC 9700 §4.11: `next` leads back into this server and nowhere else."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser
from django.test import RequestFactory

from accounts import next_url
from accounts.models import User

from .conftest import EMAIL, PASSWORD

EVIL = "evil.example"
ELSEWHERE = [
    f"//{EVIL}",
    f"///{EVIL}",
    f"////{EVIL}",
    f"/\\{EVIL}",
    f"\\\\{EVIL}",
    f"\\/{EVIL}",
    f"/\\/{EVIL}",
    f"//\\{EVIL}",
    f"/\t/{EVIL}",
    f"/\n/{EVIL}",
    f"/\r/{EVIL}",
    f"/\r\n/{EVIL}",
    f"\t//{EVIL}",
    f" //{EVIL}",
    f"\x00//{EVIL}",
    f"\x01//{EVIL}",
    f"\x0b//{EVIL}",
    f"\x0c//{EVIL}",
    f"\x1f//{EVIL}",
    f"\x7f//{EVIL}",
    f"/\x00/{EVIL}",
    f"/\x0b/{EVIL}",
    f"\u00a0//{EVIL}",
    f"\u2028//{EVIL}",
    f"\u3000//{EVIL}",
    f"\ufeff//{EVIL}",
    f"\u200b//{EVIL}",
    f"/\u2044{EVIL}",
    f"/\uff0f{EVIL}",
    f"\uff0f\uff0f{EVIL}",
    f"http://{EVIL}",
    f"https://{EVIL}",
    f"HTTPS://{EVIL}",
    f"https:{EVIL}",
    f"https:/{EVIL}",
    f"https:\\{EVIL}",
    f"https:\\\\{EVIL}",
    f"https:///{EVIL}",
    f"http:{EVIL}",
    f"http:///{EVIL}",
    f"ht\ttps://{EVIL}",
    f"https\t://{EVIL}",
    f"https://{EVIL}/testserver",
    f"https://testserver.{EVIL}",
    f"https://testserver@{EVIL}",
    f"https://testserver:80@{EVIL}",
    f"https://{EVIL}#testserver",
    f"https://{EVIL}?testserver",
    f"https://{EVIL}\\testserver",
    f"https://{EVIL}\\@testserver",
    f"https://{EVIL}%2f@testserver",
    f"//testserver@{EVIL}",
    f"//testserver:80@{EVIL}/",
    f"//{EVIL}\\@testserver",
    "http://testserver:81/",
    "http://testserver.:80@x/",
    "https://[::1]/",
    "https://[",
    "http://[testserver",
    "//[",
    "http://127.0.0.1/",
    "http://2130706433/",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript://testserver/%0aalert(1)",
    "javascript://%0aalert(1)//testserver",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "ftp://testserver/",
    "blob:https://testserver/1",
    "about:blank",
    "view-source:http://testserver/",
    "mailto:eve@evil.example",
    f"//{EVIL}/%2e%2e",
    f"/\u0000\\{EVIL}",
    f"/path\\..\\..\\{EVIL}",
    "/pa th",
    "/ä",
    "",
]
INSIDE = [
    "/",
    "/account/",
    "/account/?a=1&b=2#c",
    "/oauth2/interaction/abc-_",
    "/%2F%2Fevil.example",
    "http://testserver/account/",
]


@pytest.mark.threat(76)
def test_there_are_eighty_ways_out_that_are_tried() -> None:
    assert len(set(ELSEWHERE)) >= 80


@pytest.mark.threat(76)
@pytest.mark.parametrize("url", ELSEWHERE)
def test_a_url_that_leads_away_is_no_next(url: str) -> None:
    request = RequestFactory().get("/", {"next": url})
    assert not next_url.is_own(request, url)
    assert next_url.of(request) == ""


@pytest.mark.parametrize("url", INSIDE)
def test_a_url_of_this_server_is_a_next(url: str) -> None:
    assert next_url.of(RequestFactory().get("/", {"next": url})) == url
    assert next_url.of(RequestFactory().post("/", {"next": url})) == url


def test_over_https_a_next_does_not_lead_back_to_http() -> None:
    request = RequestFactory().get("/", {"next": "http://testserver/account/"}, secure=True)
    assert next_url.of(request) == ""


@pytest.mark.threat(76)
@pytest.mark.parametrize("url", ELSEWHERE[::4])
def test_sign_in_ends_on_this_server_whatever_next_says(visitor: Browser, person: User, url: str) -> None:
    response = visitor.post("/account/sign-in/", {"login": EMAIL, "password": PASSWORD, "next": url})
    assert (response.status_code, response["Location"]) == (302, "/account/")


@pytest.mark.threat(76)
@pytest.mark.parametrize("path", ["/account/sign-in/", "/account/register/", "/account/sign-out/", "/account/confirm/"])
def test_pages_do_not_repeat_a_next_that_leads_away(visitor: Browser, person: User, path: str) -> None:
    if path in {"/account/sign-out/", "/account/confirm/"}:
        visitor.force_login(person)
    response = visitor.get(path, {"next": f"https://{EVIL}/"})
    assert response.status_code == 200
    # the footer leads back to this very page, by an address in which it is a value
    page, _, footer = response.content.decode().partition("<footer")
    assert EVIL not in page
    assert f"//{EVIL}" not in footer


@pytest.mark.threat(76)
def test_sign_out_ends_on_this_server_whatever_next_says(
    visitor: Browser, person: User, ask: Callable[..., str]
) -> None:
    visitor.force_login(person)
    response = visitor.post("/account/sign-out/", {"next": f"//{EVIL}"})
    assert (response.status_code, response["Location"]) == (302, "/account/signed-out/")
