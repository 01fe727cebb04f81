"""Signing out by way of an app: who is signed out unasked, who is asked, and where nobody is ever sent."""

import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth import SESSION_KEY

from oauth_server import issuers
from oauth_server.keys import jose, rotation, store
from oauth_server.models import AuditEvent, Session
from oauth_server.tokens import id_token, logout_token
from tests import factories, forged, jwts
from tests.conftest import Clock
from tests.flows import FORM, App, Browser, pairs, parameters
from tests.specs.oidc_logout.conftest import GOODBYE, LOGOUT

pytestmark = pytest.mark.threat(77)


@pytest.fixture
def hint(quiet_rp: App, signed_in: Browser) -> str:
    token: str = quiet_rp.tokens(signed_in)["id_token"]
    return token


def ask(browser: Browser, method: str = "GET", **values: Any) -> Any:
    """The request of an app, up to a page or the way to the app."""
    body = urlencode(pairs(values))
    if method == "GET":
        return browser.open(f"{LOGOUT}?{body}")
    response = browser.http.post(LOGOUT, body, content_type=FORM, headers={"origin": "https://rp.example"})
    response.address = LOGOUT
    return browser.follow(response)


def is_signed_in(browser: Browser) -> bool:
    return SESSION_KEY in browser.http.session


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.op("L1")
@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2.1")
def test_the_endpoint_is_announced(quiet_rp: App):
    found = quiet_rp.http.get("/.well-known/openid-configuration").json()
    assert found["end_session_endpoint"] == f"http://testserver{LOGOUT}"


@pytest.mark.op("L2")
@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_whoever_the_hint_names_is_signed_out_and_sent_on(quiet_rp: App, signed_in: Browser, hint: str, method: str):
    answer = ask(signed_in, method, id_token_hint=hint, post_logout_redirect_uri=GOODBYE, state="a b&c=é")
    assert answer.status_code == 303
    assert answer["Location"] == f"{GOODBYE}?state=a+b%26c%3D%C3%A9"
    assert not is_signed_in(signed_in)
    assert parameters(quiet_rp.authorize(signed_in, prompt="none"))["error"] == "login_required"


@pytest.mark.op("L3")
@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "3")
@pytest.mark.parametrize(
    ("uri", "state", "expected"),
    [
        (GOODBYE, None, GOODBYE),
        ("https://rp.example/bye?tenant=7", None, "https://rp.example/bye?tenant=7"),
        ("https://rp.example/bye?tenant=7", "x", "https://rp.example/bye?tenant=7&state=x"),
    ],
)
def test_the_address_is_left_as_it_was_registered(
    signed_in: Browser, hint: str, uri: str, state: str | None, expected: str
):
    answer = ask(signed_in, id_token_hint=hint, post_logout_redirect_uri=uri, state=state)
    assert (answer.status_code, answer["Location"]) == (303, expected)


UNREGISTERED = [
    "https://rp.example/other",
    f"{GOODBYE}?foo=bar",
    f"{GOODBYE}/",
    f"{GOODBYE}#x",
    "https://rp.example/GOODBYE",
    "https://RP.example/goodbye",
    "https://rp.example:443/goodbye",
    "https://rp.example/callback",
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://rp.example/bye",
    f"{GOODBYE} https://rp.example/bye?tenant=7",
    "\nhttps://evil.example",
    "x" * 5000,
]


@pytest.mark.op("L4")
@pytest.mark.threat(76)
@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "3.1")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("uri", UNREGISTERED)
def test_an_address_that_is_not_registered_is_a_question_and_leads_nowhere(
    signed_in: Browser, hint: str, uri: str, method: str
):
    page = ask(signed_in, method, id_token_hint=hint, post_logout_redirect_uri=uri, state="x")
    assert page.status_code == 200
    assert "Sign out?" in text(page)
    assert "an address that we cannot check or that is not registered" in text(page)
    assert is_signed_in(signed_in)
    end = signed_in.submit(page, {"decision": "sign_out"})
    assert end.status_code == 200
    assert "You are signed out" in text(end)
    assert not is_signed_in(signed_in)


def _unsigned(hint: str) -> str:
    _, claims = jwts.parts(hint)
    return f"{jwts.part({'alg': 'none', 'typ': 'JWT'})}.{jwts.part(claims)}."


def _by_somebody_else(hint: str) -> str:
    header, claims = jwts.parts(hint)
    return jwts.compact({**header, "alg": "ES256"}, claims, forged.ATTACKER)


def _of_another_issuer(hint: str) -> str:
    other = factories.IssuerFactory()
    _, claims = jwts.parts(hint)
    return jose.sign(claims, store.active(other, "RS256"), typ="JWT")


def _as_a_logout_token(hint: str) -> str:
    _, claims = jwts.parts(hint)
    key = store.active(issuers.first(), "RS256")
    return jose.sign({**claims, "events": {logout_token.EVENT: {}}}, key, typ=logout_token.TYP)


def _for_nobody(hint: str) -> str:
    _, claims = jwts.parts(hint)
    return jose.sign({**claims, "aud": "nobody"}, store.active(issuers.first(), "RS256"), typ="JWT")


BAD_HINTS: dict[str, Callable[[str], str | None]] = {
    "none": lambda hint: None,
    "alg none": _unsigned,
    "foreign key": _by_somebody_else,
    "another issuer": _of_another_issuer,
    "a logout token": _as_a_logout_token,
    "of no client": _for_nobody,
    "cut": lambda hint: hint[:-5],
    "no JWT": lambda hint: "x.y.z",
    "long": lambda hint: hint + "x" * 30_000,
}


@pytest.mark.op("L5")
@pytest.mark.threat(78, 43)
@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
@pytest.mark.parametrize("bad", BAD_HINTS)
def test_without_a_good_hint_the_person_is_asked_and_stays_here(quiet_rp: App, signed_in: Browser, hint: str, bad: str):
    page = ask(
        signed_in,
        "POST",
        id_token_hint=BAD_HINTS[bad](hint),
        client_id=quiet_rp.client_id,
        post_logout_redirect_uri=GOODBYE,
    )
    assert page.status_code == 200
    assert "We do not send you there" in text(page)
    assert is_signed_in(signed_in)
    end = signed_in.submit(page, {"decision": "sign_out"})
    assert (end.status_code, is_signed_in(signed_in)) == (200, False)


@pytest.mark.op("L6")
@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
@pytest.mark.parametrize("values", [{}, {"state": "x"}, {"logout_hint": "ada"}, {"client_id": "unknown"}], ids=str)
def test_without_anything_the_person_is_asked_and_told(signed_in: Browser, values: dict[str, str]):
    page = ask(signed_in, **values)
    assert "Sign out?" in text(page)
    assert is_signed_in(signed_in)
    end = signed_in.submit(page, {"decision": "sign_out"})
    assert "You are signed out" in text(end)
    assert not is_signed_in(signed_in)


@pytest.mark.op("L6")
@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_hint_alone_signs_out_and_a_page_says_so(signed_in: Browser, hint: str, method: str):
    end = ask(signed_in, method, id_token_hint=hint)
    assert (end.status_code, is_signed_in(signed_in)) == (200, False)
    assert "You are signed out" in text(end)


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
def test_an_expired_hint_is_as_good(quiet_rp: App, signed_in: Browser, person: Any, moving_clock: Clock):
    hint = quiet_rp.tokens(signed_in)["id_token"]
    moving_clock.move(5 * 86_400)
    signed_in.force_sign_in(person)
    assert ask(signed_in, id_token_hint=hint, post_logout_redirect_uri=GOODBYE)["Location"] == GOODBYE
    assert not is_signed_in(signed_in)


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
def test_a_hint_of_an_app_that_chose_another_algorithm_is_as_good(signed_in: Browser):
    app = factories.app(algorithm="EdDSA", post_logout_redirect_uris=GOODBYE)
    rotation.provide(app.row.issuer)
    hint = app.tokens(signed_in)["id_token"]
    assert ask(signed_in, id_token_hint=hint, post_logout_redirect_uri=GOODBYE)["Location"] == GOODBYE


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
def test_a_hint_about_somebody_else_is_a_question(quiet_rp: App, signed_in: Browser, hint: str):
    other = factories.UserFactory()
    signed_in.force_sign_in(other)
    page = ask(signed_in, id_token_hint=hint, post_logout_redirect_uri=GOODBYE, state="x")
    assert page.status_code == 200
    assert "somebody else than you" in text(page)
    assert is_signed_in(signed_in)
    # whoever says yes goes where the app may send them
    assert signed_in.submit(page, {"decision": "sign_out"})["Location"] == f"{GOODBYE}?state=x"
    assert not is_signed_in(signed_in)


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
def test_the_client_beside_the_hint_has_to_be_its_own(quiet_rp: App, signed_in: Browser, hint: str):
    good = ask(signed_in, id_token_hint=hint, client_id="another", post_logout_redirect_uri=GOODBYE)
    assert (good.status_code, is_signed_in(signed_in)) == (200, True)
    answer = ask(signed_in, id_token_hint=hint, client_id=quiet_rp.client_id, post_logout_redirect_uri=GOODBYE)
    assert answer["Location"] == GOODBYE


def test_a_hint_of_an_app_that_is_switched_off_leads_nowhere(quiet_rp: App, signed_in: Browser, hint: str):
    quiet_rp.row.enabled = False
    quiet_rp.row.save()
    page = ask(signed_in, id_token_hint=hint, post_logout_redirect_uri=GOODBYE)
    assert (page.status_code, is_signed_in(signed_in)) == (200, True)


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
def test_whoever_is_signed_out_already_goes_on_at_once(visitor: Browser, signed_in: Browser, hint: str):
    ask(signed_in, id_token_hint=hint)
    assert ask(visitor, id_token_hint=hint, post_logout_redirect_uri=GOODBYE, state="x")["Location"].startswith(GOODBYE)
    assert "You are signed out" in text(ask(visitor))


@pytest.mark.threat(14, 76)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_client_that_registered_itself_sends_nobody_away_with_a_hint_of_its_own(
    quiet_rp: App, signed_in: Browser, hint: str, method: str
):
    quiet_rp.row.registration_source = "dcr"
    quiet_rp.row.save()
    answer = ask(Browser(), method, id_token_hint=hint, post_logout_redirect_uri=GOODBYE, state="s")
    assert answer.status_code == 200
    assert f'href="{GOODBYE}?state=s"' in text(answer)
    known = ask(signed_in, method, id_token_hint=hint, post_logout_redirect_uri=GOODBYE, state="s")
    assert (known.status_code, known["Location"]) == (303, f"{GOODBYE}?state=s")


def test_whoever_wants_to_stay_stays(signed_in: Browser):
    end = signed_in.submit(ask(signed_in), {"decision": "stay"})
    assert "You are still signed in" in text(end)
    assert is_signed_in(signed_in)


@pytest.mark.threat(81)
def test_the_answer_to_the_question_needs_the_pages_token(signed_in: Browser):
    page = ask(signed_in)
    assert b"csrfmiddlewaretoken" in page.content
    answer = signed_in.http.post(
        f"{LOGOUT}/confirm", {"decision": "sign_out"}, headers={"origin": "https://evil.example"}
    )
    assert (answer.status_code, is_signed_in(signed_in)) == (403, True)


def test_a_question_that_was_open_for_long_signs_out_and_stays_here(
    quiet_rp: App, signed_in: Browser, hint: str, moving_clock: Clock
):
    signed_in.force_sign_in(factories.UserFactory())
    page = ask(signed_in, id_token_hint=hint, post_logout_redirect_uri=GOODBYE)
    moving_clock.move(3601)
    end = signed_in.submit(page, {"decision": "sign_out"})
    assert (end.status_code, is_signed_in(signed_in)) == (200, False)


def test_an_address_that_is_unregistered_meanwhile_leads_nowhere(quiet_rp: App, signed_in: Browser, hint: str):
    signed_in.force_sign_in(factories.UserFactory())
    page = ask(signed_in, id_token_hint=hint, post_logout_redirect_uri=GOODBYE)
    quiet_rp.row.post_logout_redirect_uris = ""
    quiet_rp.row.save()
    assert signed_in.submit(page, {"decision": "sign_out"}).status_code == 200


@pytest.mark.parametrize("value", ["x", "", "AAAA", "=" * 100, "é", "x" * 5000])
def test_a_request_that_is_not_ours_is_a_question(signed_in: Browser, value: str):
    page = ask(signed_in, logout_request=value)
    assert (page.status_code, is_signed_in(signed_in)) == (200, True)


def test_a_request_of_one_issuer_is_nothing_at_another(signed_in: Browser, hint: str):
    other = factories.IssuerFactory()
    response = signed_in.http.post(
        LOGOUT, urlencode({"id_token_hint": hint, "post_logout_redirect_uri": GOODBYE}), content_type=FORM
    )
    page = signed_in.get(f"/{other.slug}{response['Location']}")
    assert (page.status_code, is_signed_in(signed_in)) == (200, True)
    assert "We do not send you there" in text(page)


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
def test_a_form_of_another_site_gets_no_cookie_and_its_get_decides(quiet_rp: App, signed_in: Browser, hint: str):
    """A cross-site POST carries no Lax cookie, so its answer may not change any."""
    stranger = Browser()
    response = stranger.http.post(
        LOGOUT, urlencode({"id_token_hint": hint, "post_logout_redirect_uri": GOODBYE, "state": "x"}), content_type=FORM
    )
    assert response.status_code == 303
    assert not response.cookies
    assert hint not in response["Location"]
    response.address = LOGOUT
    assert signed_in.follow(response)["Location"] == f"{GOODBYE}?state=x"
    assert not is_signed_in(signed_in)


@pytest.mark.parametrize(
    ("query", "status"),
    [("state=a&state=b", 400), ("state=%00", 400), ("state=%ff", 400), ("x=" + "y" * 10_000, 200)],
)
def test_malformed_requests_are_a_page(signed_in: Browser, query: str, status: int):
    page = signed_in.get(f"{LOGOUT}?{query}")
    assert (page.status_code, is_signed_in(signed_in)) == (status, True)


@pytest.mark.parametrize("method", ["put", "delete", "head", "options", "patch"])
def test_other_methods_sign_nobody_out(signed_in: Browser, hint: str, method: str):
    answer = getattr(signed_in.http, method)(f"{LOGOUT}?id_token_hint={hint}")
    assert (answer.status_code, is_signed_in(signed_in)) == (405, True)


def test_a_state_that_is_too_long_is_never_cut(signed_in: Browser, hint: str):
    page = ask(signed_in, "POST", id_token_hint=hint, post_logout_redirect_uri=GOODBYE, state="x" * 2001)
    assert (page.status_code, is_signed_in(signed_in)) == (200, True)


def test_what_an_app_got_wrong_is_in_the_audit_log(signed_in: Browser, hint: str):
    ask(signed_in, id_token_hint=hint, post_logout_redirect_uri="https://evil.example/")
    reasons = AuditEvent.objects.filter(event="request:refused").values_list("reason", flat=True)
    assert list(reasons) == ["invalid_request: post_logout_redirect_uri is not registered"]


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0", "2")
def test_the_language_of_the_pages_may_be_asked_for(signed_in: Browser, settings: Any):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    assert '<html lang="de"' in text(ask(signed_in, ui_locales="xx de-AT en"))
    assert '<html lang="en"' in text(ask(signed_in, ui_locales="xx"))


# What a sign-out ends


@pytest.fixture
def online(quiet_rp: App, signed_in: Browser) -> dict[str, Any]:
    return quiet_rp.tokens(signed_in, scope="openid")


def test_what_lives_while_somebody_is_signed_in_ends_and_the_rest_stays(
    quiet_rp: App, signed_in: Browser, online: dict[str, Any]
):
    offline = quiet_rp.tokens(signed_in, scope="openid offline_access")
    ask(signed_in, id_token_hint=online["id_token"])
    assert not quiet_rp.is_active(online["access_token"])
    assert quiet_rp.is_active(offline["access_token"])
    assert quiet_rp.refresh(offline["refresh_token"]).status_code == 200


def test_other_browsers_stay_signed_in(quiet_rp: App, signed_in: Browser, person: Any, online: dict[str, Any]):
    elsewhere = Browser()
    elsewhere.force_sign_in(person)
    theirs = quiet_rp.tokens(elsewhere)
    ask(signed_in, id_token_hint=online["id_token"])
    assert is_signed_in(elsewhere)
    assert quiet_rp.is_active(theirs["access_token"])


def test_a_session_ends_once_and_for_good(quiet_rp: App, signed_in: Browser, online: dict[str, Any]):
    ask(signed_in, id_token_hint=online["id_token"])
    session = Session.objects.get()
    assert session.ended_at is not None
    assert list(AuditEvent.objects.values_list("event", flat=True)).count("session:ended") == 1


def test_many_families_end_in_few_statements(
    quiet_rp: App, signed_in: Browser, online: dict[str, Any], django_assert_max_num_queries: Any
):
    for _ in range(20):
        quiet_rp.code(signed_in, prompt="none")
    with django_assert_max_num_queries(25):
        ask(signed_in, id_token_hint=online["id_token"])
    assert not quiet_rp.is_active(online["access_token"])


def test_a_random_hint_never_makes_the_server_fail(signed_in: Browser):
    for _ in range(50):
        raw = secrets.token_bytes(60).decode("latin-1")
        assert ask(signed_in, id_token_hint=raw, post_logout_redirect_uri=raw, state=raw).status_code in {200, 400}


def test_our_token_typ_is_what_a_hint_has(hint: str):
    assert jwts.parts(hint)[0]["typ"] == id_token.TYP
