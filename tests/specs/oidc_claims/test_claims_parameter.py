"""OpenID Connect Core 1.0 §5.5 over HTTP: what a client asks by name comes where it asked for it, as far as the person allowed it."""

import json
from typing import Any

import jwt
import pytest
from django.urls import reverse

from oauth_server.models import Authorization
from tests import factories
from tests.flows import App, Browser, error, parameters

pytestmark = [pytest.mark.django_db, pytest.mark.spec("OpenID Connect Core 1.0", "5.5")]


@pytest.fixture
def person(person: Any) -> Any:
    person.first_name, person.last_name, person.nickname = "Ada", "Lovelace", "The Countess"
    person.save()
    return person


def id_claims(body: dict[str, Any]) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(body["id_token"], options={"verify_signature": False})
    return claims


def about(app: App, body: dict[str, Any]) -> dict[str, Any]:
    claims: dict[str, Any] = app.userinfo(body["access_token"]).json()
    return claims


@pytest.mark.op("B28", "B2")
def test_an_essential_name_for_userinfo_is_there_and_nowhere_else(app: App, signed_in: Browser, person: Any):
    asked = json.dumps({"userinfo": {"name": {"essential": True}}})
    body = app.tokens(signed_in, scope="openid", claims=asked)
    assert about(app, body) == {"sub": str(person.pk), "name": "Ada Lovelace"}
    assert not {"name", "email", "nickname"} & set(id_claims(body))


def test_what_is_asked_for_the_id_token_is_in_it_and_nowhere_else(app: App, signed_in: Browser, person: Any):
    asked = json.dumps({"id_token": {"nickname": None, "email": None, "phone_number": {"essential": True}}})
    body = app.tokens(signed_in, scope="openid", claims=asked)
    claims = id_claims(body)
    # the person has no phone number: left out, and no error, as §5.5.1 has it
    assert (claims["nickname"], claims["email"], claims.get("phone_number")) == (
        "The Countess",
        "ada@example.org",
        None,
    )
    assert about(app, body) == {"sub": str(person.pk)}


@pytest.mark.spec("OpenID Connect Core 1.0", "12.2")
@pytest.mark.op("B30")
def test_a_refresh_gives_the_same_claims(app: App, signed_in: Browser):
    asked = json.dumps({"id_token": {"nickname": None}, "userinfo": {"name": None}})
    body = app.tokens(signed_in, scope="openid offline_access", claims=asked, nonce="n")
    again = app.refresh(body["refresh_token"]).json()
    first, second = id_claims(body), id_claims(again)
    for name in ("iss", "sub", "aud", "auth_time", "nickname", "acr", "sid"):
        assert first[name] == second[name], name
    assert "nonce" not in second
    assert about(app, again)["name"] == "Ada Lovelace"


def test_nothing_asked_by_name_takes_the_place_of_what_the_token_says(app: App, signed_in: Browser, person: Any):
    asked = json.dumps(
        {"id_token": {name: {"value": "x"} for name in ("iss", "aud", "exp", "nonce", "azp", "at_hash", "password")}}
    )
    claims = id_claims(app.tokens(signed_in, scope="openid", claims=asked))
    assert (claims["iss"], claims["aud"]) == ("http://testserver", app.client_id)
    assert not {"nonce", "azp", "password"} & set(claims)
    assert Authorization.objects.get().claims == {}


@pytest.mark.threat(64)
@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[]",
        '{"userinfo":[]}',
        '{"id_token":{"name":1}}',
        '{"id_token":{"acr":{"value":NaN}}}',
        '"\\u0000"',
        "x" * 9_000,
    ],
    ids=lambda bad: bad[:20],
)
def test_what_is_malformed_is_told_to_the_client(app: App, signed_in: Browser, bad: str):
    assert error(app.authorize(signed_in, claims=bad)) == (303, "invalid_request")
    assert error(app.authorize(signed_in, claims=bad, prompt="none")) == (303, "invalid_request")


def test_what_is_unknown_is_ignored(app: App, signed_in: Browser):
    asked = '{"userinfo":{"http://example.info/claims/groups":null,"name#ja-Kana-JP":null},"verified":{}}'
    assert "code" in parameters(app.authorize(signed_in, claims=asked))


# sub and auth_time


@pytest.mark.spec("OpenID Connect Core 1.0", "5.5.1")
@pytest.mark.parametrize("where", ["id_token", "userinfo"])
def test_a_request_about_another_person_signs_that_one_in(app: App, signed_in: Browser, person: Any, where: str):
    bob = factories.UserFactory()

    def about_whom(who: Any) -> str:
        return json.dumps({where: {"sub": {"value": str(who.pk)}}})

    assert "code" in parameters(app.authorize(signed_in, claims=about_whom(person), prompt="none"))
    answer = app.authorize(signed_in, claims=about_whom(bob), prompt="none")
    assert error(answer) == (303, "login_required")
    page = app.authorize(signed_in, claims=about_whom(bob))
    assert page.address.startswith("/account/sign-in/")
    answer = signed_in.sign_in(page, bob)
    assert id_claims(app.redeem(parameters(answer)["code"]).json())["sub"] == str(bob.pk)


@pytest.mark.op("A1")
def test_an_essential_auth_time_is_there(app: App, signed_in: Browser):
    asked = '{"id_token":{"auth_time":{"essential":true}}}'
    assert isinstance(id_claims(app.tokens(signed_in, claims=asked))["auth_time"], int)


# what the person allows


@pytest.fixture
def strange(app: App) -> App:
    """Not the operator's own: people are asked."""
    app.row.skip_authorization = False
    app.row.save()
    return app


ASKED = json.dumps({"userinfo": {"nickname": {"essential": True}, "email": None}, "id_token": {"birthdate": None}})


def offered(page: Any) -> dict[str, bool]:
    points = [point for group in page.context["form"].groups for point in group.points]
    return {str(point.title): point.required for point in points}


@pytest.mark.seed("S-27")
def test_the_page_names_what_is_asked_beyond_the_scopes(strange: App, signed_in: Browser, person: Any):
    page = strange.authorize(signed_in, scope="openid email", claims=ASKED)
    assert offered(page) == {
        "Know that it is you": True,
        "See your email address": True,
        "See your nickname": True,
        "See your date of birth": True,
    }
    body = strange.redeem(parameters(signed_in.submit(page, {"decision": "allow"}))["code"]).json()
    assert about(strange, body)["nickname"] == "The Countess"
    # remembered with the rest, and shown where it can be taken back
    assert "code" in parameters(strange.authorize(signed_in, scope="openid", claims=ASKED, prompt="none"))
    assert "See your nickname" in signed_in.open(reverse("oauth_consent:connected-apps")).content.decode()
    # what was not spoken of yet is asked
    more = json.dumps({"userinfo": {"nickname": None, "gender": None}})
    answer = strange.authorize(signed_in, scope="openid", claims=more, prompt="none")
    assert error(answer) == (303, "consent_required")


def test_who_may_choose_leaves_out_what_is_not_essential(strange: App, signed_in: Browser, person: Any):
    strange.row.accepts_fewer_scopes = True
    strange.row.save()
    page = strange.authorize(signed_in, scope="openid email", claims=ASKED)
    assert offered(page) == {
        "Know that it is you": True,
        "See your email address": False,
        "See your nickname": True,
        "See your date of birth": False,
    }
    # nothing that is optional is ticked: the email that is asked by name goes with its scope
    body = strange.redeem(parameters(signed_in.submit(page, {"decision": "allow"}))["code"]).json()
    assert about(strange, body) == {"sub": str(person.pk), "nickname": "The Countess"}
    assert Authorization.objects.get().claims == {"userinfo": {"nickname": {"essential": True}}}


def test_what_was_not_asked_cannot_be_allowed(strange: App, signed_in: Browser):
    page = strange.authorize(signed_in, scope="openid", claims=ASKED)
    ticked = ["openid", "claim,nickname", "claim,email", "claim,birthdate", "claim,phone_number"]
    answer = signed_in.submit(page, {"decision": "allow", "scope": ticked})
    assert answer.status_code == 400
    assert not Authorization.objects.exists()


def test_a_consent_that_is_taken_back_is_asked_for_again(strange: App, signed_in: Browser, person: Any):
    from consent import decision

    signed_in.submit(strange.authorize(signed_in, scope="openid", claims=ASKED), {"decision": "allow"})
    decision.withdraw(person.pk, strange.row)
    answer = strange.authorize(signed_in, scope="openid", claims=ASKED, prompt="none")
    assert error(answer) == (303, "consent_required")
