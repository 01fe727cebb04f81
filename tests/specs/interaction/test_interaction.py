"""A request that waits behind pages: bound to its browser, answered once, and never a dead end."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from oauth_server.models import Authorization, AuthorizationCode, Interaction
from tests import factories
from tests.conftest import Clock
from tests.flows import App, Browser, error, leads_away, parameters

COOKIE = "oauth_server_browser"


def resume_of(page: Any) -> str:
    """The address at which the request behind a page goes on."""
    return parse_qs(urlsplit(page.address).query)["next"][0]


def ways_on(page: Any) -> list[str]:
    found = re.findall(r'<a [^>]*class="btn[^"]*"[^>]*href="([^"]+)"', page.content.decode())
    return [link.replace("&amp;", "&") for link in found]


@pytest.mark.seed("S-50")
@pytest.mark.threat(28)
def test_a_request_without_a_page_leaves_no_row_and_no_cookie(app: App, signed_in: Browser):
    app.code(signed_in)
    assert not Interaction.objects.exists()
    assert COOKIE not in signed_in.cookies


@pytest.mark.seed("S-50", "S-16")
@pytest.mark.threat(28, 94)
def test_the_whole_request_waits_at_the_server(app: App, visitor: Browser, person: Any):
    page = app.authorize(visitor, nonce="the-nonce-of-the-request", login_hint="ada@example.org", state="täst ü&=?")
    address = resume_of(page)
    assert "/oauth2/interaction/" in address
    for secret in (app.client_id, "the-nonce-of-the-request", "callback", "openid"):
        assert secret not in address
    cookie = visitor.http.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    row = Interaction.objects.get()
    assert address.rpartition("/")[2] not in str(vars(row))
    assert cookie.value not in str(vars(row))
    found = parameters(visitor.sign_in(page, person))
    assert found["state"] == "täst ü&=?"
    assert app.redeem(found["code"]).status_code == 200


@pytest.mark.seed("S-50")
def test_a_posted_request_survives_the_sign_in(app: App, visitor: Browser, person: Any):
    from urllib.parse import urlencode

    from tests.flows import FORM, pairs

    response = visitor.http.post("/oauth2/auth", urlencode(pairs(app.request(nonce="n2"))), content_type=FORM)
    response.address = "/oauth2/auth"
    found = parameters(visitor.sign_in(visitor.follow(response), person))
    assert (found["state"], app.redeem(found["code"]).status_code) == ("af0ifjsldkj", 200)


@pytest.mark.seed("S-16")
def test_somebody_registers_in_the_middle_of_it(app: App, visitor: Browser, settings: Any):
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    page = app.authorize(visitor, prompt="create")
    answer = visitor.submit(page, {"email": "new@example.org", "password1": "a very good password indeed"})
    body = app.redeem(parameters(answer)["code"]).json()
    assert app.userinfo(body["access_token"]).json()["sub"] == str(Authorization.objects.get().user_id)


@pytest.mark.threat(66, 121)
def test_what_nobody_asked_for_is_not_kept(app: App, visitor: Browser, person: Any):
    page = app.authorize(visitor, user_id="1", settled="x", garbage="g" * 5000, claims_locales="de")
    row = Interaction.objects.get()
    assert set(row.request) == {name for name, value in app.request().items() if value is not None}
    assert "code" in parameters(visitor.sign_in(page, person))


# one browser


@pytest.mark.threat(28, 82)
@pytest.mark.parametrize("cookie", [None, "", "x", "b" * 43])
def test_another_browser_cannot_take_it_over(app: App, visitor: Browser, person: Any, cookie: str | None):
    resume = resume_of(app.authorize(visitor))
    victim = Browser()
    victim.force_sign_in(person)
    if cookie is not None:
        victim.http.cookies[COOKIE] = cookie
    answer = victim.open(resume)
    assert error(answer) == (400, "page")
    assert "Location" not in answer
    assert not AuthorizationCode.objects.exists()
    # nothing about the request is told but whose it is
    assert not any(str(app.request()[name]) in answer.content.decode() for name in ("state", "code_challenge"))
    # and the one that began can go on
    visitor.force_sign_in(person)
    assert "code" in parameters(visitor.open(resume))


@pytest.mark.threat(28, 82)
def test_a_handle_that_nobody_gave(signed_in: Browser):
    for handle in ("x", "a" * 43, "%00", "%ff", "a" * 3000, "..", "<script>"):
        answer = signed_in.get(f"/oauth2/interaction/{handle}")
        assert answer.status_code in {400, 404}
        assert b"<script>" not in answer.content


@pytest.mark.threat(28, 82)
def test_the_sign_in_page_of_a_strangers_request_shows_no_app(app: App, visitor: Browser):
    page = app.authorize(visitor)
    assert app.row.name in page.content.decode()
    other = Browser().open(page.address)
    assert app.row.name not in other.content.decode()


@pytest.mark.threat(28)
def test_parameters_at_the_address_change_nothing(app: App, visitor: Browser, person: Any):
    resume = resume_of(app.authorize(visitor, scope="openid"))
    visitor.force_sign_in(person)
    answer = visitor.open(f"{resume}?scope=openid+email&redirect_uri=https://evil.example&state=x&client_id=y")
    found = parameters(answer)
    assert found["state"] == "af0ifjsldkj"
    assert app.redeem(found["code"]).json()["scope"] == "openid"


@pytest.mark.threat(71)
@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_only_a_get_goes_on(app: App, visitor: Browser, person: Any, method: str):
    resume = resume_of(app.authorize(visitor))
    visitor.force_sign_in(person)
    assert visitor.http.generic(method, resume).status_code in {403, 405}
    assert not AuthorizationCode.objects.exists()
    assert "code" in parameters(visitor.open(resume))


# once


@pytest.mark.threat(28)
def test_of_two_clicks_one_gets_a_code_and_the_other_a_way_on(app: App, visitor: Browser, person: Any):
    resume = resume_of(app.authorize(visitor))
    visitor.force_sign_in(person)
    assert "code" in parameters(visitor.open(resume))
    second = visitor.open(resume)
    assert error(second) == (400, "page")
    assert AuthorizationCode.objects.count() == 1
    restart = next(link for link in ways_on(second) if "/oauth2/auth?" in link)
    assert "code" in parameters(visitor.open(restart))
    assert AuthorizationCode.objects.count() == 2


@pytest.mark.threat(28)
def test_back_after_the_end_leads_on(app: App, visitor: Browser, person: Any):
    page = app.authorize(visitor)
    assert leads_away(visitor.sign_in(page, person))
    # the back button shows the sign-in page again
    again = visitor.open(page.address)
    assert again.status_code in {200, 400}
    assert again.status_code == 200 or ways_on(again)


def test_reload_shows_the_same_page_and_makes_no_second_request(app: App, visitor: Browser, person: Any):
    page = app.authorize(visitor)
    assert visitor.open(page.address).status_code == 200
    assert Interaction.objects.count() == 1
    assert "code" in parameters(visitor.sign_in(visitor.open(page.address), person))


def test_two_tabs_do_not_disturb_each_other(app: App, visitor: Browser, person: Any):
    other = factories.app()
    one = app.authorize(visitor, state="one", scope="openid email")
    two = other.authorize(visitor, state="two", scope="openid")
    found = parameters(visitor.sign_in(one, person))
    assert (found["state"], app.redeem(found["code"]).json()["scope"]) == ("one", "openid email")
    # the second tab still shows its form; its person is already there
    resumed = parameters(visitor.open(resume_of(two)))
    assert (resumed["state"], other.redeem(resumed["code"]).json()["scope"]) == ("two", "openid")


def test_a_step_that_is_left_open_shows_a_page_and_no_circle(app: App, visitor: Browser):
    page = app.authorize(visitor)
    again = visitor.open(resume_of(page))
    assert again.status_code == 200
    assert any("/account/sign-in/" in link for link in ways_on(again))
    assert visitor.open(next(link for link in ways_on(again) if "sign-in" in link)).status_code == 200


# for a while


@pytest.mark.threat(118)
def test_after_an_hour_it_is_over_with_a_way_on(app: App, visitor: Browser, person: Any, moving_clock: Clock):
    resume = resume_of(app.authorize(visitor))
    visitor.force_sign_in(person)
    moving_clock.move(3600)
    answer = visitor.open(resume)
    assert error(answer) == (400, "page")
    assert not AuthorizationCode.objects.exists()
    assert "code" in parameters(visitor.open(next(link for link in ways_on(answer) if "/oauth2/auth?" in link)))


@pytest.mark.threat(118)
def test_just_before_it_is_not(app: App, visitor: Browser, person: Any, moving_clock: Clock):
    resume = resume_of(app.authorize(visitor))
    visitor.force_sign_in(person)
    moving_clock.move(3599)
    assert "code" in parameters(visitor.open(resume))


# as long as the client is what it was


@pytest.mark.threat(13, 28, 37)
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"redirect_uris": "https://rp.example/new"}, (400, "page")),
        ({"enabled": False}, (400, "page")),
        ({"response_types": []}, (303, "unauthorized_client")),
        ({"grant_types": ["client_credentials"]}, (303, "unauthorized_client")),
    ],
    ids=str,
)
def test_what_changed_meanwhile_counts(
    app: App, visitor: Browser, person: Any, change: dict[str, Any], expected: tuple[int, str]
):
    resume = resume_of(app.authorize(visitor))
    for name, value in change.items():
        setattr(app.row, name, value)
    app.row.save()
    visitor.force_sign_in(person)
    assert error(visitor.open(resume)) == expected
    assert not AuthorizationCode.objects.exists()


@pytest.mark.threat(37)
def test_a_scope_that_was_taken_away_meanwhile_is_refused(app: App, visitor: Browser, person: Any):
    resume = resume_of(app.authorize(visitor, scope="openid email"))
    app.row.scopes.remove(app.row.issuer.scopes.get(name="email"))
    visitor.force_sign_in(person)
    assert error(visitor.open(resume)) == (303, "invalid_scope")


@pytest.mark.threat(37)
def test_a_deleted_client_leaves_a_page(app: App, visitor: Browser, person: Any):
    resume = resume_of(app.authorize(visitor))
    app.row.delete()
    visitor.force_sign_in(person)
    assert error(visitor.open(resume)) == (400, "page")


# consent


@pytest.fixture
def strange_app(db: None) -> App:
    """One that is not the operator's: the person is asked."""
    return factories.app(skip_authorization=False)


@pytest.mark.seed("S-23", "S-32")
@pytest.mark.spec("RFC 6749", "4.1.2.1")
def test_whoever_denies_sends_the_app_an_error(strange_app: App, signed_in: Browser):
    page = strange_app.authorize(signed_in, scope="openid email")
    answer = signed_in.submit(page, {"decision": "cancel"})
    assert answer.status_code == 303
    assert answer["Location"].startswith(str(strange_app.redirect_uri) + "?")
    found = parameters(answer)
    assert (found["error"], found["state"], found["iss"]) == ("access_denied", "af0ifjsldkj", "http://testserver")
    assert not AuthorizationCode.objects.exists()
    assert not Authorization.objects.exists()


@pytest.mark.seed("S-23", "S-32")
def test_whoever_allows_sends_it_a_code(strange_app: App, signed_in: Browser):
    page = strange_app.authorize(signed_in, scope="openid email")
    answer = signed_in.submit(page, {"decision": "allow"})
    assert answer["Location"].startswith(str(strange_app.redirect_uri) + "?")
    assert strange_app.redeem(parameters(answer)["code"]).json()["scope"] == "openid email"


@pytest.mark.threat(83)
def test_without_a_page_nobody_consents(strange_app: App, signed_in: Browser):
    assert error(strange_app.authorize(signed_in, prompt="none")) == (303, "consent_required")


@pytest.mark.threat(81, 28)
def test_an_answer_without_the_pages_token_or_from_elsewhere_is_refused(strange_app: App, signed_in: Browser):
    page = strange_app.authorize(signed_in)
    assert signed_in.http.post(page.address, {"decision": "allow"}).status_code == 403
    forged = Browser()
    forged.http.cookies.update(signed_in.http.cookies)
    for missing in ("csrftoken", COOKIE):
        value = forged.http.cookies.pop(missing)
        answer = forged.submit(page, {"decision": "allow"})
        assert not leads_away(answer)
        forged.http.cookies[missing] = value.value
    assert not AuthorizationCode.objects.exists()


@pytest.mark.threat(81, 82)
def test_the_answer_is_the_person_s_who_was_asked(strange_app: App, signed_in: Browser):
    page = strange_app.authorize(signed_in)
    bob = factories.UserFactory()
    signed_in.force_sign_in(bob)
    answer = signed_in.submit(page, {"decision": "allow"})
    assert not leads_away(answer)
    assert not AuthorizationCode.objects.exists()


@pytest.mark.threat(26)
def test_the_app_is_named_where_it_asks(strange_app: App, signed_in: Browser):
    page = strange_app.authorize(signed_in).content.decode()
    assert strange_app.row.name in page
    assert "rp.example" in page


@pytest.mark.threat(90, 91)
def test_no_page_of_it_is_kept_framed_or_told_to_others(strange_app: App, visitor: Browser, person: Any):
    sign_in = strange_app.authorize(visitor)
    consent = visitor.sign_in(sign_in, person)
    over = visitor.open("/oauth2/interaction/x")
    for page in (sign_in, consent, over):
        assert page["Cache-Control"] == "no-store"
        assert page["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
        assert page["Referrer-Policy"] in {"no-referrer", "same-origin"}
        # nothing comes from another site
        assert not re.findall(r'(?:src|href)="(?:https?:)?//(?!rp\.example)', page.content.decode())
