"""The page in the middle of a request: what it asks, what its answer buys, and what a forged answer does not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine

from consent import decision
from consent.models import Consent
from oauth_server import clock
from oauth_server.models import Audience, AuthorizationCode, Interaction
from tests import factories
from tests.apps.consent.conftest import ALLOW, API, CANCEL, change, events, is_question, offered, scope
from tests.flows import CALLBACK, FORM, App, Browser, error, parameters

EVERYTHING = "openid email orders.read orders.write"


def allow(visitor: Browser, page: Any, *scopes: str) -> Any:
    """Press Allow; with scopes: with these ticked instead of what the page has."""
    return visitor.submit(page, {**ALLOW, **({"scope": scopes} if scopes else {})})


def press(visitor: Browser, page: Any) -> Any:
    """Allow openid; the answer to the form itself."""
    values = {**ALLOW, "scope": "openid", "page": page.context["form"].fields["page"].initial, **csrf_of(page)}
    return visitor.http.post(
        page.address, urlencode(values), content_type=FORM, headers={"origin": "http://testserver"}
    )


def csrf_of(page: Any) -> dict[str, str]:
    return {"csrfmiddlewaretoken": str(page.context["csrf_token"])}


# What it buys


@pytest.mark.seed("S-17")
@pytest.mark.seed("S-26")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.4")
def test_a_person_signs_in_allows_and_the_app_gets_its_tokens(app: App, person: Any) -> None:
    visitor = Browser()
    page = visitor.sign_in(app.authorize(visitor, scope="openid email orders.read offline_access"), person)
    assert is_question(page)
    words = page.content.decode()
    for said in ("Photo Market", "rp.example", "Ada Lovelace", "ada@example.org", "See your email address"):
        assert said in words
    for said in ("Read your orders", "Orders API", API, "Keep access while you are away", "https://rp.example"):
        assert said in words
    answer = app.redeem(parameters(allow(visitor, page))["code"]).json()
    assert answer["scope"] == "openid email orders.read offline_access"
    assert {"access_token", "refresh_token", "id_token"} <= set(answer)
    assert events() == ["consent:given"]


@pytest.mark.seed("S-24")
@pytest.mark.bar("E8.4")
def test_what_was_not_ticked_is_in_no_token(choosy: App, visitor: Browser) -> None:
    page = choosy.authorize(visitor, scope="openid email orders.read offline_access")
    assert offered(page) == {"openid": True, "email": False, "orders.read": False, "offline_access": False}
    answer = choosy.redeem(parameters(allow(visitor, page, "openid", "offline_access"))["code"]).json()
    assert answer["scope"] == "openid offline_access"
    token = answer["access_token"]
    seen = choosy.introspect(token).json()
    assert seen["scope"] == "openid offline_access"
    assert API not in seen["aud"]
    assert "email" not in choosy.userinfo(token).json()
    refreshed = choosy.refresh(answer["refresh_token"]).json()
    assert refreshed["scope"] == "openid offline_access"
    assert choosy.refresh(refreshed["refresh_token"], scope="openid email").json()["error"] == "invalid_scope"


@pytest.mark.seed("S-24")
@pytest.mark.bar("E8.4")
def test_a_narrower_grant_is_for_no_api_that_the_question_did_not_name(choosy: App, visitor: Browser) -> None:
    listed: Audience = factories.AudienceFactory(identifier="https://listed.example")
    choosy.row.audiences.set([listed])
    page = choosy.authorize(visitor, scope="openid orders.read")
    assert "listed.example" not in page.content.decode()
    answer = choosy.redeem(parameters(allow(visitor, page, "openid"))["code"]).json()
    assert choosy.introspect(answer["access_token"]).json()["aud"] == ["http://testserver"]


@pytest.mark.seed("S-23")
@pytest.mark.seed("S-32")
@pytest.mark.bar("E10.1")
def test_cancel_tells_the_app_and_leaves_nothing(app: App, visitor: Browser) -> None:
    answer = visitor.submit(app.authorize(visitor), CANCEL)
    assert answer["Location"].startswith(CALLBACK + "?")
    told = parameters(answer)
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", "af0ifjsldkj", "http://testserver")
    assert "code" not in told
    assert not AuthorizationCode.objects.exists()
    assert not Consent.objects.exists()
    assert events() == ["consent:denied"]
    assert is_question(app.authorize(visitor))


@pytest.mark.seed("S-24")
def test_nothing_ticked_is_a_denial(choosy: App, visitor: Browser) -> None:
    page = choosy.authorize(visitor, scope="orders.read orders.write")
    assert parameters(visitor.submit(page, ALLOW))["error"] == "access_denied"
    assert not AuthorizationCode.objects.exists()
    assert not Consent.objects.exists()


# What is remembered


@pytest.mark.bar("E9.2")
def test_what_was_allowed_is_not_asked_again_and_what_is_new_is(app: App, visitor: Browser) -> None:
    allow(visitor, app.authorize(visitor, scope="openid email"))
    assert app.tokens(visitor, scope="openid email")["scope"] == "openid email"
    assert app.tokens(visitor, scope="openid")["scope"] == "openid"
    page = app.authorize(visitor, scope="openid email orders.read")
    assert offered(page) == {"orders.read": True}
    assert [point.name for point in page.context["allowed"]] == ["openid", "email"]
    assert "Already allowed" in page.content.decode()
    assert "code" in parameters(allow(visitor, page))


@pytest.mark.bar("E9.3")
def test_what_was_declined_is_not_asked_for_ever(choosy: App, visitor: Browser) -> None:
    allow(visitor, choosy.authorize(visitor, scope="openid email"), "openid")
    assert choosy.tokens(visitor, scope="openid email")["scope"] == "openid"
    page = choosy.authorize(visitor, scope="openid email", prompt="consent")
    assert offered(page) == {"openid": True, "email": False}
    allow(visitor, page, "openid", "email")
    assert choosy.tokens(visitor, scope="openid email")["scope"] == "openid email"


@pytest.mark.bar("E9.3")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.1")
def test_prompt_consent_asks_every_time_once_and_filled_in(choosy: App, visitor: Browser) -> None:
    allow(visitor, choosy.authorize(visitor, scope="openid email orders.read"), "openid", "email")
    for _ in range(2):
        page = choosy.authorize(visitor, scope="openid email orders.read", prompt="consent")
        ticked = {point.name for group in page.context["form"].groups for point in group.points if point.ticked}
        assert ticked == {"openid", "email"}
        answer = choosy.redeem(parameters(visitor.submit(page, ALLOW))["code"]).json()
        assert answer["scope"] == "openid email"


@pytest.mark.bar("E9.4")
def test_consent_outlives_the_tokens(app: App, visitor: Browser) -> None:
    allow(visitor, app.authorize(visitor))
    token = app.tokens(visitor)["access_token"]
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        assert not app.is_active(token)
        assert "code" in parameters(app.authorize(visitor))


@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.6")
def test_prompt_none_works_with_a_remembered_consent_alone(app: App, visitor: Browser) -> None:
    refused = parameters(app.authorize(visitor, prompt="none"))
    assert (refused["error"], refused["state"]) == ("consent_required", "af0ifjsldkj")
    allow(visitor, app.authorize(visitor))
    assert "code" in parameters(app.authorize(visitor, prompt="none"))
    assert parameters(app.authorize(visitor, prompt="none", scope="openid email"))["error"] == "consent_required"


@pytest.mark.bar("E11")
@pytest.mark.threat(93)
def test_a_first_party_app_is_never_asked_about_and_one_that_registered_itself_always(
    app: App, visitor: Browser
) -> None:
    change(app.row, skip_authorization=True)
    assert app.tokens(visitor, scope="openid email")["scope"] == "openid email"
    assert "code" in parameters(app.authorize(visitor, prompt="consent"))
    change(app.row, registration_source="dcr")
    assert is_question(app.authorize(visitor))


@pytest.mark.bar("E8.5")
def test_scopes_without_consent_open_no_page(app: App, visitor: Browser) -> None:
    change(scope("openid"), skip_consent=True)
    change(scope("orders.read"), skip_consent=True)
    assert app.tokens(visitor, scope="openid orders.read")["scope"] == "openid orders.read"
    assert offered(app.authorize(visitor, scope="openid email orders.read")) == {"email": True}


@pytest.mark.threat(93)
def test_a_native_app_without_secret_is_asked_about_each_time(orders: Audience, visitor: Browser) -> None:
    uri = "http://127.0.0.1:4446/callback"
    native = factories.app(redirect_uris=uri, token_endpoint_auth_method="none", skip_authorization=False)
    for _ in range(2):
        page = native.authorize(visitor)
        assert is_question(page)
        assert "an app on this device" in page.content.decode()
        assert "code" in parameters(allow(visitor, page))
    assert parameters(native.authorize(visitor, prompt="none"))["error"] == "consent_required"


# What a forged answer does not buy


@pytest.mark.bar("E8.3")
@pytest.mark.threat(28)
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"scope": ["openid", "email", "orders.write"]}, 400),
        ({"scope": ["openid", "email", "admin"]}, 400),
        ({"scope": ["email"]}, 400),
        ({"scope": None}, 400),
        ({"decision": "yes"}, 400),
        ({"decision": None}, 400),
        ({"page": "0" * 64}, 403),
        ({"page": None}, 403),
        ({"page": "\u00e9"}, 403),
    ],
)
def test_a_changed_form_adds_nothing(choosy: App, visitor: Browser, changes: dict[str, Any], status: int) -> None:
    page = choosy.authorize(visitor, scope="openid email")
    answer = visitor.submit(page, {**ALLOW, **changes})
    assert error(answer) == (status, "page")
    assert "Location" not in answer
    assert not Consent.objects.exists()
    assert not AuthorizationCode.objects.exists()
    assert answer.context["restart_url"] == page.address
    assert is_question(visitor.open(answer.context["restart_url"]))


@pytest.mark.threat(28)
def test_parameters_beside_the_answer_change_nothing(choosy: App, visitor: Browser) -> None:
    page = choosy.authorize(visitor, scope="openid")
    extra = {"redirect_uri": "https://evil.example", "client_id": "other", "state": "x", "resource": API, "user": "1"}
    answer = visitor.submit(page, {**ALLOW, **extra})
    assert answer["Location"].startswith(CALLBACK + "?")
    assert parameters(answer)["state"] == "af0ifjsldkj"
    assert choosy.redeem(parameters(answer)["code"]).json()["scope"] == "openid"


@pytest.mark.threat(81)
def test_without_its_token_the_form_does_nothing(app: App, visitor: Browser) -> None:
    page = app.authorize(visitor)
    answer = visitor.submit(page, {**ALLOW, "csrfmiddlewaretoken": None})
    assert error(answer) == (403, "page")
    assert answer.context["restart_url"] == page.address
    assert not Consent.objects.exists()


@pytest.mark.threat(81)
@pytest.mark.threat(28)
def test_somebody_elses_form_does_nothing(app: App, visitor: Browser, person: Any) -> None:
    page = app.authorize(visitor)
    other = factories.UserFactory()
    visitor.force_sign_in(other)
    fresh = visitor.open(page.address)
    answer = visitor.submit(page, {**ALLOW, **csrf_of(fresh)})
    assert error(answer) == (403, "page")
    assert answer.context["code"] == "another_person"
    assert not Consent.objects.exists()
    assert "code" in parameters(allow(visitor, fresh))
    assert list(Consent.objects.values_list("user", flat=True)) == [other.pk]


@pytest.mark.threat(28)
def test_the_address_of_the_page_opens_in_no_other_browser(app: App, visitor: Browser, person: Any) -> None:
    page = app.authorize(visitor)
    thief = Browser()
    thief.force_sign_in(person)
    assert error(thief.open(page.address)) == (400, "page")
    body = urlencode({**ALLOW, "scope": "openid", "page": "x"})
    response = thief.http.post(page.address, body, content_type=FORM)
    assert response.status_code == 403
    assert not Consent.objects.exists()


# What changes while the page is open


@pytest.mark.bar("E6.4")
@pytest.mark.threat(37)
@pytest.mark.parametrize("answered", [False, True], ids=["before-the-answer", "before-the-code"])
@pytest.mark.parametrize(
    "changes", [{"redirect_uris": "https://elsewhere.example/callback"}, {"enabled": False}, {"response_types": []}]
)
def test_a_client_that_changed_meanwhile_gets_no_code(
    app: App, visitor: Browser, changes: dict[str, Any], answered: bool
) -> None:
    page = app.authorize(visitor)
    onward = press(visitor, page)["Location"] if answered else ""
    change(app.row, **changes)
    answer = visitor.open(onward) if answered else allow(visitor, page)
    assert "code" not in (parameters(answer) if answer.status_code == 303 else {})
    assert not AuthorizationCode.objects.exists()
    assert Consent.objects.exists() is answered


@pytest.mark.bar("E6.4")
def test_a_scope_that_the_client_lost_meanwhile_is_not_granted(app: App, visitor: Browser) -> None:
    page = app.authorize(visitor, scope="openid email")
    app.row.scopes.remove(scope("email"))
    assert parameters(allow(visitor, page))["error"] == "invalid_scope"
    assert not Consent.objects.exists()


@pytest.mark.bar("E4.2")
@pytest.mark.parametrize("go_on", [lambda visitor, page: visitor.open(page.address), allow])
def test_signed_out_in_another_tab_leads_to_the_sign_in_page_and_back(
    app: App, visitor: Browser, person: Any, go_on: Callable[[Browser, Any], Any]
) -> None:
    page = app.authorize(visitor)
    visitor.http.session.flush()
    del visitor.http.cookies["sessionid"]
    sign_in = go_on(visitor, page)
    assert b'name="password"' in sign_in.content
    assert not Consent.objects.exists()
    back = visitor.sign_in(sign_in, person)
    assert is_question(back)
    assert "code" in parameters(allow(visitor, back))


@pytest.mark.bar("E4.1")
def test_back_and_reload_after_the_answer_end_in_a_way_on(app: App, visitor: Browser) -> None:
    page = app.authorize(visitor)
    assert is_question(visitor.open(page.address))
    allow(visitor, page)
    for again in (visitor.open(page.address), allow(visitor, page), visitor.submit(page, CANCEL)):
        assert error(again) == (400, "page")
        assert again.context["restart_url"]
        assert again.context["back_url"] == CALLBACK
        assert "code" in parameters(visitor.open(again.context["restart_url"]))


@pytest.mark.bar("E4.1")
def test_an_expired_page_can_be_started_again(app: App, visitor: Browser) -> None:
    page = app.authorize(visitor)
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        for late in (visitor.open(page.address), allow(visitor, page)):
            assert error(late) == (400, "page")
            assert not Consent.objects.exists()
            assert is_question(visitor.open(late.context["restart_url"]))
    assert error(visitor.open("/consent/nobody-knows-this")) == (400, "page")


@pytest.mark.bar("E4.1")
def test_two_tabs_of_one_browser_do_not_mix(app: App, choosy: App, visitor: Browser) -> None:
    first, second = app.authorize(visitor, state="one"), choosy.authorize(visitor, state="two")
    assert parameters(allow(visitor, second))["state"] == "two"
    assert parameters(allow(visitor, first))["state"] == "one"


def test_what_another_tab_settled_is_not_asked_twice(app: App, visitor: Browser) -> None:
    first, second = app.authorize(visitor, state="one"), app.authorize(visitor, state="two")
    allow(visitor, first)
    assert parameters(visitor.open(second.address))["state"] == "two"


def test_cancel_is_heard_even_when_nothing_is_open_any_more(app: App, visitor: Browser) -> None:
    first, second = app.authorize(visitor), app.authorize(visitor)
    allow(visitor, first)
    assert parameters(visitor.submit(second, CANCEL))["error"] == "access_denied"


def test_a_withdrawal_between_answer_and_code_asks_again(app: App, visitor: Browser, person: Any) -> None:
    answer = press(visitor, app.authorize(visitor, prompt="consent"))
    assert answer.status_code == 303
    decision.withdraw(person.pk, app.row)
    page = visitor.open(answer["Location"])
    assert b"Shall we go on" in page.content
    assert not AuthorizationCode.objects.exists()
    assert is_question(visitor.open(page.context["restart_url"]))


# The page itself


@pytest.mark.bar("E7")
def test_not_you_leads_to_somebody_elses_sign_in_and_back_with_the_request(app: App, visitor: Browser) -> None:
    page = app.authorize(visitor)
    for said in ("Ada Lovelace", "ada@example.org", ">AL</span>", "Not you?"):
        assert said in page.content.decode()
    other = factories.UserFactory(email="grace@example.org")
    choice = visitor.open(page.context["switch_url"])
    sign_in = visitor.open(choice.context["another_url"])
    assert b'name="login"' in sign_in.content
    back = visitor.sign_in(sign_in, other)
    assert is_question(back)
    assert back.context["person"] == other
    assert "code" in parameters(allow(visitor, back))
    assert list(Consent.objects.values_list("user", flat=True)) == [other.pk]


@pytest.mark.threat(79)
@pytest.mark.threat(90)
@pytest.mark.threat(15)
def test_the_page_has_the_headers_of_a_page_that_may_lead_to_a_client(app: App, visitor: Browser) -> None:
    page = app.authorize(visitor)
    policy = page["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action" not in policy
    assert page["X-Frame-Options"] == "DENY"
    assert page["Cache-Control"] == "no-store"
    answer = press(visitor, page)
    assert (answer.status_code, answer["Cache-Control"]) == (303, "no-store")


HOSTILE = "<b>x</b>\"'><script>alert(1)</script>{{ 7|add:7 }}{% now 'Y' %}"


@pytest.mark.threat(80)
def test_names_and_words_are_text_and_never_markup(app: App, visitor: Browser) -> None:
    change(app.row, name=HOSTILE, client_uri="javascript:alert(1)")
    change(scope("orders.read"), title=HOSTILE[:120], description=HOSTILE)
    audience = scope("orders.read").audience
    assert audience is not None
    change(audience, name=HOSTILE)
    for page in (app.authorize(visitor, scope="openid orders.read"), *_after_allowing(app, visitor)):
        words = page.content.decode()
        assert "<b>x</b>" not in words
        assert "<script>" not in words
        assert "&lt;b&gt;x&lt;/b&gt;" in words
        assert "javascript:" not in words
        assert "{% now" in words


def _after_allowing(app: App, visitor: Browser) -> list[Any]:
    allow(visitor, app.authorize(visitor, scope="openid orders.read"))
    return [visitor.open("/apps"), visitor.open(f"/apps/{app.row.pk}/remove")]


@pytest.mark.bar("E6.2")
@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"verified": True}, "Verified by"),
        ({}, "Anybody can choose a name like this"),
        ({"registration_source": "dcr"}, "self-declared by"),
        ({"registration_source": "cimd"}, "self-declared by"),
    ],
)
def test_it_says_whether_the_operator_knows_the_app(
    app: App, visitor: Browser, columns: dict[str, Any], said: str
) -> None:
    change(app.row, **columns)
    page = app.authorize(visitor).content.decode()
    assert said in page
    assert ("Not verified" in page) is (said != "Verified by")


@pytest.mark.bar("E6.2")
def test_of_a_long_host_the_end_stays_in_sight(app: App, visitor: Browser) -> None:
    host = ".".join(["login-example-com"] * 13 + ["evil", "example"]).rjust(253, "a")
    assert len(host) == 253
    app.redirect_uri = f"https://{host}/callback"
    change(app.row, redirect_uris=app.redirect_uri)
    page = app.authorize(visitor).content.decode()
    assert "com.evil.example</bdi>" in page
    assert "…" in page


@pytest.mark.bar("E6.3")
@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("https://rp.example/callback", "https://rp.example</bdi>"),
        ("http://127.0.0.1:4446/callback", "an app on this device"),
        ("http://localhost:4446/callback", "an app on this device"),
        ("com.example.app:/done", "com.example.app:</bdi>"),
    ],
)
def test_it_says_where_the_browser_will_be_sent(orders: Audience, visitor: Browser, uri: str, said: str) -> None:
    app = factories.app(redirect_uris=uri, token_endpoint_auth_method="none", skip_authorization=False)
    page = app.authorize(visitor)
    assert said in page.content.decode()
    assert allow(visitor, page)["Location"].startswith(uri)


@pytest.mark.bar("E8.1")
def test_scopes_are_in_words_grouped_and_marked(app: App, visitor: Browser) -> None:
    page = app.authorize(visitor, scope=f"{EVERYTHING} offline_access")
    titles = [(str(group.title), group.identifier) for group in page.context["form"].groups]
    assert titles == [("About you", ""), ("Orders API", API), ("For how long", "")]
    assert page.content.decode().count("Sensitive") == 1
    change(scope("orders.write"), sensitive=False)
    assert app.authorize(visitor, scope=EVERYTHING).content.decode().count("Sensitive") == 0


@pytest.mark.bar("E9.1")
@pytest.mark.parametrize(
    ("lifetime", "said"),
    [
        (86_400 * 40, "for 40 days."),
        (86_400, "for 1 day."),
        (86_400 * 1.5, "for 36 hours."),
        (86_400 * 2.5, "for 3 days."),
        (600, "for 1 hour."),
    ],
)
def test_offline_access_says_how_long(app: App, visitor: Browser, settings: Any, lifetime: float, said: str) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "REFRESH_TOKEN_LIFETIME": int(lifetime)}
    page = app.authorize(visitor, scope="openid offline_access").content.decode()
    assert "Keep access while you are away" in page
    assert f"It can use all this when you are not there, until you remove it or {said}" in page


def test_an_issuer_with_a_path_of_its_own_asks_on_the_same_page(person: Any, visitor: Browser) -> None:
    issuer = factories.IssuerFactory()
    app = factories.app(issuer=issuer, skip_authorization=False)
    page = app.authorize(visitor)
    assert is_question(page)
    answer = parameters(allow(visitor, page))
    assert answer["iss"] == issuer.identifier
    assert app.redeem(answer["code"]).status_code == 200


def test_a_remembered_consent_writes_nothing(
    app: App, visitor: Browser, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    allow(visitor, app.authorize(visitor))
    rows = Interaction.objects.count()
    before = Consent.objects.values().get()
    app.authorize(visitor)
    assert Interaction.objects.count() == rows
    assert Consent.objects.values().get() == before
