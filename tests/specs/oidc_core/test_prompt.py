"""prompt, max_age, login_hint and id_token_hint: what the app may ask of a sign-in, and that it really happens."""

from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest

from oauth_server import issuers
from oauth_server.keys import jose, rotation, store
from oauth_server.models import Interaction, Session
from tests import factories
from tests.conftest import Clock
from tests.flows import PASSWORD, App, Browser, error, leads_away, parameters

SIGN_IN, CONFIRM, REGISTER = "/account/sign-in/", "/account/confirm/", "/account/register/"
CHOOSE = "/account/choose/"


def id_claims(app: App, answer: Any) -> dict[str, Any]:
    body = app.redeem(parameters(answer)["code"]).json()
    found: dict[str, Any] = jwt.decode(body["id_token"], options={"verify_signature": False})
    return found


def shown(answer: Any) -> str:
    """The page at which the browser ended."""
    assert answer.status_code == 200, answer
    return urlsplit(answer.address).path


@pytest.mark.op("B12", "B15", "B19")
@pytest.mark.threat(83)
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.1")
@pytest.mark.parametrize(
    ("asked", "nobody", "somebody"),
    [
        ({}, SIGN_IN, None),
        ({"prompt": "login"}, SIGN_IN, CONFIRM),
        ({"prompt": "select_account"}, SIGN_IN, CHOOSE),
        ({"prompt": "create"}, REGISTER, REGISTER),
        ({"max_age": "0"}, SIGN_IN, CONFIRM),
        ({"max_age": "3600"}, SIGN_IN, None),
        ({"login_hint": "bob@example.org"}, SIGN_IN, None),
        ({"prompt": "consent"}, SIGN_IN, None),
    ],
    ids=str,
)
def test_which_page_is_shown(app: App, person: Any, asked: dict[str, str], nobody: str | None, somebody: str | None):
    stranger, known = Browser(), Browser()
    known.force_sign_in(person)
    assert shown(app.authorize(stranger, **asked)) == nobody
    answer = app.authorize(known, **asked)
    if somebody is None:
        assert "code" in parameters(answer)
    else:
        assert shown(answer) == somebody


@pytest.mark.op("B13", "B14")
@pytest.mark.threat(83, 13)
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.6")
@pytest.mark.parametrize(
    ("asked", "nobody", "somebody"),
    [
        ({}, "login_required", None),
        ({"max_age": "3600"}, "login_required", None),
        ({"max_age": "0"}, "login_required", "login_required"),
        ({"login_hint": "bob@example.org"}, "login_required", None),
        ({"scope": "unknown"}, "invalid_scope", "invalid_scope"),
    ],
    ids=str,
)
def test_without_a_page_there_is_an_answer_at_once(
    app: App, person: Any, asked: dict[str, str], nobody: str, somebody: str | None
):
    stranger, known = Browser(), Browser()
    known.force_sign_in(person)
    assert error(stranger.get(app.authorize_url(prompt="none", **asked))) == (303, nobody)
    answer = known.get(app.authorize_url(prompt="none", **asked))
    assert error(answer) == (303, somebody or "")
    assert not Interaction.objects.exists()
    assert "oauth_server_browser" not in known.cookies


@pytest.mark.op("B12")
@pytest.mark.threat(83)
@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "0"}], ids=str)
def test_who_is_signed_in_signs_in_again(
    app: App, person: Any, signed_in: Browser, moving_clock: Clock, asked: dict[str, str]
):
    first = id_claims(app, app.authorize(signed_in))
    moving_clock.move(100)
    page = app.authorize(signed_in, **asked)
    # a wrong password is none, and going on without one is neither
    assert not leads_away(signed_in.sign_in(page, person, "wrong password of nobody"))
    resume = "/oauth2/interaction/" + page.address.partition("interaction%2F")[2].partition("&")[0]
    assert not leads_away(signed_in.open(resume))
    again = id_claims(app, signed_in.sign_in(page, person))
    assert again["auth_time"] - first["auth_time"] >= 100
    assert again["sid"] == first["sid"]
    assert again["sub"] == str(person.pk)


@pytest.mark.op("B15", "B16")
@pytest.mark.threat(83)
@pytest.mark.parametrize(("seconds", "again"), [(299, False), (300, False), (301, True)])
def test_a_sign_in_that_is_too_old_is_not_enough(
    app: App, person: Any, visitor: Browser, moving_clock: Clock, seconds: int, again: bool
):
    visitor.force_sign_in(person)
    first = id_claims(app, app.authorize(visitor, max_age=300))
    moving_clock.move(seconds)
    answer = app.authorize(visitor, max_age=300)
    assert leads_away(answer) is not again
    if again:
        assert error(app.authorize(visitor, max_age=300, prompt="none")) == (303, "login_required")
        answer = visitor.sign_in(answer, person)
    assert id_claims(app, answer)["auth_time"] - first["auth_time"] == (seconds if again else 0)


@pytest.mark.threat(83)
def test_the_clients_own_limit_counts_where_the_request_names_none(
    person: Any, signed_in: Browser, moving_clock: Clock
):
    app = factories.app(default_max_age=60)
    assert leads_away(app.authorize(signed_in))
    moving_clock.move(61)
    assert not leads_away(app.authorize(signed_in))
    assert leads_away(app.authorize(signed_in, max_age=3600))


@pytest.mark.threat(83)
def test_signing_in_once_answers_one_request(app: App, person: Any, signed_in: Browser, moving_clock: Clock):
    page = app.authorize(signed_in, prompt="login")
    moving_clock.move(5)
    assert leads_away(signed_in.sign_in(page, person))
    moving_clock.move(5)
    assert not leads_away(app.authorize(signed_in, prompt="login"))


@pytest.mark.threat(28, 83)
def test_prompt_cannot_be_taken_out_of_a_request_under_way(app: App, signed_in: Browser):
    page = app.authorize(signed_in, prompt="login")
    resume = "/oauth2/interaction/" + page.address.partition("interaction%2F")[2].partition("&")[0]
    assert not leads_away(signed_in.open(resume + "?prompt=none&max_age=99999"))


def test_the_hint_is_in_the_form(app: App, visitor: Browser):
    page = app.authorize(visitor, login_hint="<ada>@example.org")
    assert b'value="&lt;ada&gt;@example.org"' in page.content


# id_token_hint


@pytest.fixture
def hint(app: App, signed_in: Browser) -> str:
    token: str = app.tokens(signed_in)["id_token"]
    return token


@pytest.mark.op("B18")
@pytest.mark.threat(78)
@pytest.mark.seed("S-59")
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.1")
def test_the_person_of_the_hint_is_let_through(app: App, signed_in: Browser, hint: str):
    assert "code" in parameters(app.authorize(signed_in, id_token_hint=hint))
    assert "code" in parameters(app.authorize(signed_in, id_token_hint=hint, prompt="none"))


@pytest.mark.threat(78)
def test_a_hint_may_have_expired_and_its_tokens_be_gone(app: App, signed_in: Browser, hint: str, moving_clock: Clock):
    from oauth_server.tokens import revoke

    revoke.client(app.row)
    moving_clock.move(7200)
    assert "code" in parameters(app.authorize(signed_in, id_token_hint=hint, prompt="none"))


@pytest.mark.threat(78)
@pytest.mark.spec("OpenID Connect Core 1.0", "3.1.2.1")
def test_a_hint_outlives_the_key_that_signed_it(app: App, signed_in: Browser, hint: str, moving_clock: Clock):
    issuer = issuers.first()
    kid = jwt.get_unverified_header(hint)["kid"]
    rotation.rotate(issuer, "RS256", force=True)
    moving_clock.move(rotation.longest_lifetime(issuer) + 1)
    rotation.retire(issuer)
    assert kid not in {key["kid"] for key in store.published(issuer)}
    assert "code" in parameters(app.authorize(signed_in, id_token_hint=hint, prompt="none"))


@pytest.mark.threat(78)
def test_somebody_else_signs_in_or_the_app_is_told(app: App, hint: str, person: Any):
    bob, other = factories.UserFactory(), Browser()
    other.force_sign_in(bob)
    assert error(app.authorize(other, id_token_hint=hint, prompt="none")) == (303, "login_required")
    page = app.authorize(other, id_token_hint=hint)
    assert shown(page) == SIGN_IN
    # the wrong person stays the wrong person
    assert not leads_away(other.sign_in(page, bob))
    answer = other.sign_in(app.authorize(other, id_token_hint=hint), person)
    assert id_claims(app, answer)["sub"] == str(person.pk)


@pytest.mark.threat(78)
def test_nobody_signed_in_is_no_match(app: App, hint: str):
    assert error(app.authorize(Browser(), id_token_hint=hint, prompt="none")) == (303, "login_required")


def forged(claims: dict[str, Any], **header: Any) -> str:
    return jwt.encode(claims, "", algorithm="none", headers=header)


@pytest.mark.threat(43, 47, 78)
@pytest.mark.seed("S-59")
@pytest.mark.parametrize(
    "kind",
    [
        "access token",
        "jwt access token",
        "refresh token",
        "code",
        "none",
        "hmac",
        "other key",
        "other client",
        "changed",
        "logout token",
        "no kid",
        "withdrawn key",
        "long",
        "text",
        "other issuer",
    ],
)
def test_nothing_else_is_a_hint(app: App, signed_in: Browser, hint: str, kind: str):
    claims = jwt.decode(hint, options={"verify_signature": False})
    kid = jwt.get_unverified_header(hint)["kid"]
    issuer = issuers.first()
    signer = store.active(issuer, "RS256")
    audience = factories.AudienceFactory(token_format="jwt")
    app.row.audiences.add(audience)
    tokens = app.tokens(signed_in, scope="openid offline_access", resource=audience.identifier)
    _, _, private = jose.generate("RS256")
    foreign = jose.load(private)
    head, _, signature = hint.split(".")
    match kind:
        case "access token":
            bad = app.tokens(signed_in)["access_token"]
        case "jwt access token":
            bad = tokens["access_token"]
        case "refresh token":
            bad = tokens["refresh_token"]
        case "code":
            bad = app.code(signed_in)
        case "none":
            bad = forged(claims, kid=kid)
        case "hmac":
            bad = jwt.encode(claims, "k" * 32, algorithm="HS256", headers={"kid": kid})
        case "other key":
            bad = jose.sign(claims, jose.PrivateKey(kid, "RS256", foreign.key), typ="JWT")
        case "other client":
            bad = factories.app().tokens(signed_in)["id_token"]
        case "changed":
            bad = ".".join((head, jwt.encode({**claims, "sub": "x"}, "k" * 32).split(".")[1], signature))
        case "logout token":
            bad = jose.sign(claims, signer, typ="logout+jwt")
        case "no kid":
            bad = jwt.encode(claims, "k" * 32, algorithm="HS256")
        case "withdrawn key":
            bad = hint
            issuer.keys.filter(kid=kid).update(state="revoked")
        case "long":
            bad = hint + "A" * 20_000
        case "other issuer":
            bad = jose.sign({**claims, "iss": "https://other.example"}, signer, typ="JWT")
        case _:
            bad = "a.b.c"
    assert error(app.authorize(signed_in, id_token_hint=bad)) == (303, "invalid_request")
    assert error(app.authorize(signed_in, id_token_hint=bad, prompt="none")) == (303, "invalid_request")


# whose sign-in it is


@pytest.mark.threat(82)
@pytest.mark.asvs("7.2.4")
def test_each_sign_in_has_a_session_id_of_its_own(app: App, person: Any, visitor: Browser):
    page = app.authorize(visitor)
    before = visitor.cookies.get("sessionid")
    first = id_claims(app, visitor.sign_in(page, person))
    during = visitor.cookies["sessionid"]
    assert during != before
    visitor.sign_in(app.authorize(visitor, prompt="login"), person)
    assert visitor.cookies["sessionid"] != during
    visitor.submit(visitor.open("/account/sign-out/"), {})
    second = id_claims(app, visitor.sign_in(app.authorize(visitor), person))
    assert second["sid"] != first["sid"]
    assert Session.objects.filter(ended_at=None).count() == 1


@pytest.mark.threat(82)
def test_two_clients_see_two_names_of_one_sign_in(app: App, signed_in: Browser):
    other = factories.app()
    one, two = (id_claims(client, client.authorize(signed_in)) for client in (app, other))
    assert one["sid"] != two["sid"]
    assert one["sub"] == two["sub"]


@pytest.mark.threat(82)
def test_a_sign_in_that_is_left_keeps_the_person_or_none(app: App, person: Any, signed_in: Browser):
    app.authorize(signed_in, prompt="login")
    assert id_claims(app, app.authorize(signed_in))["sub"] == str(person.pk)


@pytest.mark.threat(82)
def test_another_person_brings_nothing_of_the_first_along(app: App, person: Any, signed_in: Browser):
    first = id_claims(app, app.authorize(signed_in))
    bob = factories.UserFactory()
    signed_in.http.post("/account/sign-out/")
    signed_in.submit(signed_in.open("/account/sign-out/"), {})
    second = id_claims(app, signed_in.sign_in(app.authorize(signed_in), bob))
    assert (second["sub"], second["sid"] == first["sid"]) == (str(bob.pk), False)


@pytest.mark.threat(37, 82)
def test_a_session_that_was_ended_asks_again_and_then_goes_on(app: App, person: Any, signed_in: Browser):
    from oauth_server.tokens import revoke

    tokens = app.tokens(signed_in)
    revoke.session(Session.objects.get())
    assert not app.is_active(tokens["access_token"])
    assert error(app.authorize(signed_in, prompt="none")) == (303, "login_required")
    page = app.authorize(signed_in)
    assert shown(page) in {SIGN_IN, CONFIRM}
    answer = signed_in.sign_in(page, person, PASSWORD)
    assert "code" in parameters(answer)


@pytest.mark.threat(38, 118)
def test_a_session_has_an_end(app: App, signed_in: Browser, settings: Any, moving_clock: Clock):
    app.code(signed_in)
    moving_clock.move(settings.SESSION_COOKIE_AGE - 1)
    assert "code" in parameters(app.authorize(signed_in, prompt="none"))
    moving_clock.move(1)
    assert error(app.authorize(signed_in, prompt="none")) == (303, "login_required")
