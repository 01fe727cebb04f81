"""Several people on one browser: each has a Django session, and each of their sign-ins lives until it is ended."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session as DjangoSession
from django.test import Client as Browser

from accounts import aside
from accounts.models import User
from oauth_server.models import Client, Session
from tests import flows

from .conftest import CALLBACK, EMAIL, PASSWORD, answered, follow, submit

GRACE = "grace@example.org"


@pytest.fixture
def grace(db: None) -> User:
    return User.objects.create_user(GRACE, PASSWORD)


def sign_in(visitor: Browser, email: str, **query: str) -> Any:
    return visitor.post("/account/sign-in/?other=1", {"login": email, "password": PASSWORD, **query})


def who_is_here(visitor: Browser) -> str:
    return str(User.objects.get(pk=visitor.session["_auth_user_id"]).email)


def choose(visitor: Browser, page: Any, person: User) -> Any:
    return submit(visitor, page, person=str(person.pk))


@pytest.fixture
def both(visitor: Browser, person: User, grace: User) -> Browser:
    """Ada signed in first, then Grace beside her."""
    sign_in(visitor, EMAIL)
    sign_in(visitor, GRACE)
    return visitor


@pytest.mark.threat(82)
def test_who_signs_in_beside_another_ends_nothing_and_each_switch_makes_new_keys(
    visitor: Browser, person: User, grace: User
) -> None:
    sign_in(visitor, EMAIL)
    adas = visitor.cookies["sessionid"].value
    page = visitor.get("/account/sign-in/?other=1")
    assert b"<bdi>Ada Lovelace</bdi> stays signed in" in page.content
    assert visitor.post("/account/sign-in/?other=1", {"login": GRACE, "password": "wrong"}).status_code == 200
    assert who_is_here(visitor) == EMAIL, "a sign-in that failed changes nothing"
    sign_in(visitor, GRACE)
    assert who_is_here(visitor) == GRACE
    assert Session.objects.filter(ended_at=None).count() == 2
    cookie = visitor.cookies[aside.COOKIE.base]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert adas not in cookie.value, "a key is never readable"
    assert "SESSION" not in cookie.value

    old = cookie.value
    page = visitor.get("/account/choose/")
    assert [shown.email for shown in page.context["people"]] == [GRACE, EMAIL]
    assert visitor.get(f"/account/choose/?person={person.pk}").status_code == 200
    assert who_is_here(visitor) == GRACE, "a link switches nobody"
    choose(visitor, page, person)
    assert who_is_here(visitor) == EMAIL
    assert not DjangoSession.objects.filter(pk=adas).exists(), "the key that waited is worth nothing"
    assert visitor.cookies["sessionid"].value not in {adas, ""}

    thief = Browser()
    thief.cookies[aside.COOKIE.base] = old
    assert thief.get("/account/choose/")["Location"].startswith("/account/sign-in/"), "nor is an old copy of the cookie"
    forged = Browser()
    forged.cookies[aside.COOKIE.base] = f'["{visitor.cookies["sessionid"].value}"]'
    assert forged.get("/account/choose/")["Location"].startswith("/account/sign-in/")
    with_check = Browser(enforce_csrf_checks=True)
    with_check.cookies = visitor.cookies
    assert with_check.post("/account/choose/", {"person": str(grace.pk)}).status_code == 403


def test_whoever_signs_in_again_goes_on_with_the_same_sign_in(both: Browser, person: User) -> None:
    before = set(Session.objects.values_list("pk", flat=True))
    sign_in(both, EMAIL)
    assert who_is_here(both) == EMAIL
    assert set(Session.objects.values_list("pk", flat=True)) == before
    page = both.get("/account/choose/")
    assert [shown.email for shown in page.context["people"]] == [EMAIL, GRACE]


def test_a_changed_password_or_a_person_who_is_switched_off_is_not_offered(both: Browser, person: User) -> None:
    person.set_password("another one, quite long")
    person.save()
    assert [shown.email for shown in both.get("/account/choose/").context["people"]] == [GRACE]
    person.set_password(PASSWORD)
    person.save()
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert [shown.email for shown in both.get("/account/choose/").context["people"]] == [GRACE]


@pytest.mark.bar("E3.3")
def test_an_app_that_asks_for_a_choice_gets_the_person_who_is_chosen(
    both: Browser, person: User, grace: User, ask: Callable[..., str]
) -> None:
    page = follow(both, ask(prompt="select_account"))
    assert page.request["PATH_INFO"] == "/account/choose/"
    assert b"to continue to <bdi>Photo Market</bdi>" in page.content
    assert "code" in answered(choose(both, page, person))
    assert who_is_here(both) == EMAIL

    page = follow(both, ask(prompt="select_account login"))
    page = choose(both, page, grace)
    assert page.request["PATH_INFO"] == "/account/confirm/", "and confirms that it is they"
    other = follow(both, page.context["switch_url"])
    assert other.request["PATH_INFO"] == "/account/choose/"
    away = follow(both, other.context["another_url"])
    assert away.request["PATH_INFO"] == "/account/sign-in/"
    assert "code" in answered(submit(both, away, login=EMAIL, password=PASSWORD)), "the request survives the way"


@pytest.mark.bar("E3.2")
def test_hints_name_one_of_those_who_are_signed_in(
    both: Browser, person: User, grace: User, app: Client, ask: Callable[..., str]
) -> None:
    page = follow(both, ask(login_hint=EMAIL))
    assert page.request["PATH_INFO"] == "/account/choose/"
    assert page.context["people"][0].email == EMAIL
    assert "code" in answered(choose(both, page, grace)), "a hint is no order"
    assert "code" in answered(follow(both, ask(login_hint="nobody@example.org")))
    assert "code" in answered(follow(both, ask()))

    rp, ada = flows.App(app, redirect_uri=CALLBACK), flows.Browser()
    ada.http.cookies = both.cookies
    sub = {person: str(person.pk), grace: str(grace.pk)}
    hints: Any = (({}, grace), ({"login_hint": EMAIL}, person), ({"login_hint": GRACE}, grace))
    for hint, meant in hints:
        tokens = rp.tokens(ada, prompt="none", **hint)
        claims = rp.userinfo(tokens["access_token"]).json()
        assert claims["sub"] == sub[meant], hint
        if meant == person:
            adas = tokens["id_token"]
    assert who_is_here(both) == GRACE, "nobody is switched unasked"
    claims = rp.userinfo(rp.tokens(ada, prompt="none", id_token_hint=adas)["access_token"]).json()
    assert claims["sub"] == sub[person]
    page = follow(both, ask(id_token_hint=adas))
    assert [shown.email for shown in page.context["people"]] == [EMAIL], "only who will do"

    # RP-Initiated Logout §2: whom the hint names is signed out, and nobody else
    both.get("/oauth2/sessions/logout", {"id_token_hint": adas})
    assert who_is_here(both) == GRACE
    assert set(Session.objects.filter(ended_at=None).values_list("user", flat=True)) == {grace.pk}


@pytest.mark.bar("E4.2")
def test_signing_out_asks_for_one_or_for_all(both: Browser, person: User, grace: User, ask: Callable[..., str]) -> None:
    page = both.get("/account/sign-out/")
    assert b"Sign everybody out" in page.content
    left = submit(both, page)
    assert left.request["PATH_INFO"] == "/account/choose/"
    assert [shown.email for shown in left.context["people"]] == [EMAIL]
    assert follow(both, ask()).request["PATH_INFO"] == "/account/choose/", "whoever is left is asked, not assumed"
    choose(both, left, person)
    sign_in(both, GRACE)
    out = submit(both, both.get("/account/sign-out/"), who="everybody")
    assert out.request["PATH_INFO"] == "/account/signed-out/"
    assert not Session.objects.filter(ended_at=None).exists()
    assert both.get("/account/choose/")["Location"].startswith("/account/sign-in/")


def test_of_many_people_the_one_who_signed_in_first_is_signed_out(visitor: Browser, db: None) -> None:
    people = [User.objects.create_user(f"p{number}@example.org", PASSWORD) for number in range(aside.MOST + 2)]
    for one in people:
        sign_in(visitor, one.email)
    assert len(visitor.get("/account/choose/").context["people"]) == aside.MOST + 1
    assert list(Session.objects.exclude(ended_at=None).values_list("user", flat=True)) == [people[0].pk]
