"""The page that tells apps through the browser: whose pages it holds, with what, and where it goes on to."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.contrib.auth import SESSION_KEY

from oauth_server import pages
from oauth_server.models import Session, SessionClient
from tests import factories, jwts
from tests.flows import App, Browser, parameters
from tests.specs.oidc_logout.conftest import GOODBYE, LOGOUT

# an app's page may do its work, and not take the person elsewhere
SANDBOX = "allow-scripts allow-same-origin allow-forms"


def frames(page: Any) -> list[str]:
    return [
        unescape(source)
        for source in re.findall(rf'<iframe hidden sandbox="{SANDBOX}" src="([^"]*)"', page.content.decode())
    ]


def policy(page: Any) -> dict[str, str]:
    directives = (part.strip().partition(" ") for part in page["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in directives}


def sign_out(browser: Browser, hint: str, **values: str) -> Any:
    return browser.open(f"{LOGOUT}?{urlencode({'id_token_hint': hint, **values})}")


def onward(page: Any) -> str:
    (found,) = re.findall(r'id="onward" href="([^"]*)"', page.content.decode())
    return unescape(found)


@pytest.mark.op("N1")
@pytest.mark.spec("OpenID Connect Front-Channel Logout 1.0", "3")
@pytest.mark.parametrize("is_on", [True, False])
def test_it_is_announced_while_it_is_on(rp: App, switch: Callable[..., None], is_on: bool):
    switch(FRONTCHANNEL_LOGOUT=is_on)
    found = rp.http.get("/.well-known/openid-configuration").json()
    for member in ("frontchannel_logout_supported", "frontchannel_logout_session_supported"):
        assert found.get(member, False) is is_on
    assert "end_session_endpoint" in found


@pytest.mark.op("N2", "N3")
@pytest.mark.bar("E16.2")
@pytest.mark.spec("OpenID Connect Front-Channel Logout 1.0", "2")
def test_the_page_holds_the_apps_page_with_iss_and_sid_and_goes_on(rp: App, signed_in: Browser):
    hint = rp.tokens(signed_in)["id_token"]
    page = sign_out(signed_in, hint, post_logout_redirect_uri=GOODBYE, state="x&y")
    assert page.status_code == 200
    (source,) = frames(page)
    where = urlsplit(source)
    assert f"{where.scheme}://{where.netloc}{where.path}" == "https://rp.example/frontchannel"
    sid = jwts.parts(hint)[1]["sid"]
    assert parse_qsl(where.query) == [("tenant", "7"), ("iss", "http://testserver"), ("sid", sid)]
    assert onward(page) == f"{GOODBYE}?state=x%26y"
    assert policy(page)["frame-src"] == "https://rp.example/frontchannel"
    assert policy(page)["script-src"] == "'self'"
    assert policy(page)["frame-ancestors"] == "'none'"
    assert "form-action" not in policy(page)
    # it works without script: a visible link, and a refresh
    assert f'<noscript><meta http-equiv="refresh" content="5;url={GOODBYE}?state=x%26y"></noscript>' in unescape(
        page.content.decode()
    )
    assert SESSION_KEY not in signed_in.http.session
    assert parameters(rp.authorize(signed_in, prompt="none"))["error"] == "login_required"


@pytest.mark.spec("OpenID Connect Front-Channel Logout 1.0", "3")
def test_every_app_of_the_sign_in_is_told_once_and_no_other(rp: App, signed_in: Browser):
    second = factories.app(frontchannel_logout_uri="https://second.example/out")
    never = factories.app(frontchannel_logout_uri="https://never.example/out")
    without_openid = factories.app(frontchannel_logout_uri="https://machine.example/out")
    for app in (rp, second, second):
        hint = app.tokens(signed_in)["id_token"]
    without_openid.code(signed_in, scope="email")
    assert never.row.enabled
    page = sign_out(signed_in, hint)
    assert [urlsplit(source).netloc for source in frames(page)] == ["rp.example", "second.example"]
    assert onward(page) == "/oauth2/sessions/signed-out"
    sids = {dict(parse_qsl(urlsplit(source).query))["sid"] for source in frames(page)}
    assert len(sids) == 2


@pytest.mark.spec("OpenID Connect Front-Channel Logout 1.0", "3")
def test_an_app_of_another_issuer_is_told_under_its_own_name(rp: App, signed_in: Browser):
    other = factories.IssuerFactory()
    theirs = factories.app(issuer=other, frontchannel_logout_uri="https://theirs.example/out")
    hint = rp.tokens(signed_in)["id_token"]
    theirs.code(signed_in)
    page = sign_out(signed_in, hint)
    issuers = [dict(parse_qsl(urlsplit(source).query))["iss"] for source in frames(page)]
    assert issuers == ["http://testserver", f"http://testserver/{other.slug}"]


def test_an_app_that_is_switched_off_or_has_no_address_any_more_is_left_out(rp: App, signed_in: Browser):
    hint = rp.tokens(signed_in)["id_token"]
    rp.row.frontchannel_logout_uri = ""
    rp.row.save()
    assert sign_out(signed_in, hint, post_logout_redirect_uri=GOODBYE)["Location"] == GOODBYE


def test_switched_off_there_is_no_page(rp: App, signed_in: Browser, switch: Callable[..., None]):
    switch(FRONTCHANNEL_LOGOUT=False)
    hint = rp.tokens(signed_in)["id_token"]
    assert sign_out(signed_in, hint, post_logout_redirect_uri=GOODBYE)["Location"] == GOODBYE


def test_apps_of_another_browser_are_not_loaded_here(rp: App, quiet_rp: App, signed_in: Browser, person: Any):
    elsewhere = Browser()
    elsewhere.force_sign_in(person)
    rp.code(elsewhere)
    hint = quiet_rp.tokens(signed_in)["id_token"]
    assert sign_out(signed_in, hint, post_logout_redirect_uri=GOODBYE).status_code == 303


@pytest.mark.spec("OpenID Connect Front-Channel Logout 1.0", "3")
def test_the_accounts_own_sign_out_tells_them_too(rp: App, signed_in: Browser):
    rp.code(signed_in)
    page = signed_in.submit(signed_in.open("/account/sign-out/"))
    assert len(frames(page)) == 1
    assert onward(page) == "/account/signed-out/"
    assert policy(page)["frame-src"] == "https://rp.example/frontchannel"
    assert SESSION_KEY not in signed_in.http.session
    assert Session.objects.get().ended_at is not None


def test_the_question_of_an_app_leads_there_as_well(rp: App, signed_in: Browser):
    rp.code(signed_in)
    page = signed_in.submit(signed_in.open(LOGOUT), {"decision": "sign_out"})
    assert len(frames(page)) == 1


def test_what_a_sign_in_told_is_kept_once(rp: App, signed_in: Browser, person: Any):
    for _ in range(3):
        rp.code(signed_in)
    (row,) = SessionClient.objects.all()
    assert (row.client_id, row.sub, row.session_id) == (rp.row.pk, str(person.pk), Session.objects.get().pk)
    assert row.expires == Session.objects.get().expires


def test_an_app_that_cannot_be_told_costs_no_row(quiet_rp: App, signed_in: Browser):
    quiet_rp.code(signed_in)
    assert not SessionClient.objects.exists()


@pytest.mark.threat(80)
@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://rp.example/out?x=1", "https://rp.example/out"),
        ("https://rp.example:8443", "https://rp.example:8443"),
        ("https://rp.example?x=1", "https://rp.example"),
        ("http://localhost:1/a%3Bb", "http://localhost:1/a%3Bb"),
        # what would end the directive, or begin another one, is left to the origin
        ("https://rp.example/out;script-src *", "https://rp.example"),
        ("https://rp.example/a,b", "https://rp.example"),
        ("https://rp.example/a b", "https://rp.example"),
        ("https://rp.example;x", ""),
        ("https://rp.example https://evil.example", ""),
        ("https://*/", ""),
        ("https://user@rp.example/", ""),
        ("https://[::1]/", ""),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//rp.example/", ""),
        ("", ""),
    ],
)
def test_a_policy_names_an_address_and_nothing_more(url: str, source: str):
    assert pages.frame_source(url) == source


@pytest.mark.threat(80)
def test_what_no_policy_can_name_is_not_on_the_page(rp: App, signed_in: Browser):
    hint = rp.tokens(signed_in)["id_token"]
    rp.row.frontchannel_logout_uri = "javascript:alert(1)"
    rp.row.save()
    assert sign_out(signed_in, hint, post_logout_redirect_uri=GOODBYE).status_code == 303
    rp.row.frontchannel_logout_uri = 'https://rp.example/"><script>alert(1)</script>'
    rp.row.save()
    hint = rp.tokens(signed_in, prompt=None)["id_token"] if SESSION_KEY in signed_in.http.session else hint
    signed_in.force_sign_in(Session.objects.first().user)
    page = sign_out(signed_in, rp.tokens(signed_in)["id_token"])
    assert b"<script>alert" not in page.content


@pytest.mark.spec("OpenID Connect Front-Channel Logout 1.0", "2")
def test_signing_out_in_the_admin_tells_the_apps_too(rp: App, signed_in: Browser):
    sid = jwts.parts(rp.tokens(signed_in)["id_token"])[1]["sid"]
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="([^"]*)"', signed_in.open(LOGOUT).content.decode())[:1]
    where, headers = "/admin/logout/", {"origin": "http://testserver"}
    assert signed_in.http.get(where).status_code == 405
    assert signed_in.http.post(where, headers=headers).status_code == 403
    assert SESSION_KEY in signed_in.http.session
    page = signed_in.http.post(where, {"csrfmiddlewaretoken": token}, headers=headers)
    (source,) = frames(page)
    assert ("sid", sid) in parse_qsl(urlsplit(source).query)
    assert SESSION_KEY not in signed_in.http.session
    assert Session.objects.get().ended_at is not None
