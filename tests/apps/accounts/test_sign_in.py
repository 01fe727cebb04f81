"""Sign-in, sign-out, and what is said when it does not work."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client as Browser
from django.test import override_settings

from accounts.models import User
from oauth_server.models import AuditEvent, Client
from tests import flows

from .conftest import CALLBACK, EMAIL, PASSWORD, answered, follow, plain, submit


def sign_in(visitor: Browser, email: str = EMAIL, password: str = PASSWORD, **headers: str) -> Any:
    return visitor.post("/account/sign-in/", {"login": email, "password": password}, headers=headers)


@pytest.mark.bar("E2.1")
def test_a_person_signs_in_with_their_address(visitor: Browser, person: User) -> None:
    page = visitor.get("/account/sign-in/").content.decode()
    assert 'autocomplete="username webauthn"' in page
    assert 'autocomplete="current-password"' in page
    response = sign_in(visitor, "ADA@example.ORG")
    assert (response.status_code, response["Location"]) == (302, "/account/")
    assert b"Ada Lovelace" in visitor.get("/account/").content


def test_whoever_is_signed_in_is_not_asked_again(visitor: Browser, person: User) -> None:
    visitor.force_login(person)
    assert visitor.get("/account/sign-in/")["Location"] == "/account/"
    assert visitor.get("/account/register/?next=/account/name/")["Location"] == "/account/name/"


@pytest.mark.threat(85)
@pytest.mark.bar("E5.1")
def test_known_and_unknown_account_get_the_same_answer(visitor: Browser, person: User) -> None:
    known, unknown = sign_in(visitor, password="wrong"), sign_in(visitor, "nobody@example.org", "wrong")
    assert known.status_code == unknown.status_code == 200
    assert (
        plain(known).replace(EMAIL, "X").split("csrfmiddlewaretoken")[0]
        == (plain(unknown).replace("nobody@example.org", "X").split("csrfmiddlewaretoken")[0])
    )


@pytest.mark.threat(85)
@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"])
def test_an_unknown_account_costs_the_work_of_a_wrong_password(
    visitor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.create_user(EMAIL, PASSWORD)
    hashed: list[str] = []
    encode = PBKDF2PasswordHasher.encode

    def counted(self: PBKDF2PasswordHasher, password: str, *args: Any, **kwargs: Any) -> str:
        hashed.append(password)
        return encode(self, password, *args, **kwargs)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", counted)
    sign_in(visitor, EMAIL, "wrong-for-the-known")
    sign_in(visitor, "nobody@example.org", "wrong-for-nobody")
    assert hashed == ["wrong-for-the-known", "wrong-for-nobody"]


def test_what_was_typed_stays_but_never_the_password(visitor: Browser, person: User) -> None:
    page = sign_in(visitor, password="wrong-password-of-ada").content.decode()
    assert f'value="{EMAIL}"' in page
    assert "wrong-password-of-ada" not in page


@pytest.mark.bar("E15.4")
def test_an_error_is_in_the_title_and_first_on_the_page(visitor: Browser, person: User) -> None:
    page = sign_in(visitor, password="wrong").content.decode()
    assert "<title>Error: Sign in" in page
    assert 'role="alert" tabindex="-1" autofocus' in page
    missing = visitor.post("/account/sign-in/", {"login": "", "password": "x"}).content.decode()
    assert '<a href="#id_login">' in missing


@pytest.mark.bar("E5.2")
@pytest.mark.threat(86)
def test_too_many_tries_are_refused_with_the_time_to_come_back(visitor: Browser, person: User, settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SIGN_IN_FAILURES": 3}
    assert [sign_in(visitor, password="wrong").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = sign_in(visitor)
    assert refused.status_code == 429, "the right password is not heard either"
    assert int(refused["Retry-After"]) > 0
    assert b"Try again after" in refused.content
    assert "_auth_user_id" not in visitor.session


@pytest.mark.threat(86)
def test_a_forged_forwarded_header_is_no_other_address(visitor: Browser, person: User, settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SIGN_IN_FAILURES": 2}
    answers = [
        sign_in(visitor, password="wrong", **{"X-Forwarded-For": f"203.0.113.{number}"}).status_code
        for number in range(3)
    ]
    assert answers == [200, 200, 429]


@pytest.mark.threat(87)
def test_the_account_is_not_locked_for_everybody_else(visitor: Browser, person: User, settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SIGN_IN_FAILURES": 1}
    assert sign_in(visitor, password="wrong").status_code == 200
    assert sign_in(visitor).status_code == 429
    elsewhere = Browser(REMOTE_ADDR="198.51.100.7")
    assert sign_in(elsewhere).status_code == 302


@pytest.mark.threat(87)
@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
def test_guesses_from_many_addresses_are_counted_together(
    person: User, settings: Any, moving_clock: Any, email: str
) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SIGN_IN_FAILURES_PER_ACCOUNT": 3}
    answers = [sign_in(Browser(REMOTE_ADDR=f"198.51.100.{number}"), email, "wrong").status_code for number in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    moving_clock.move(59 * 60)
    assert sign_in(Browser(REMOTE_ADDR="198.51.100.9"), email, "wrong").status_code == 429
    moving_clock.move(2 * 60)
    assert sign_in(Browser(REMOTE_ADDR="198.51.100.9"), email, "wrong").status_code == 200, (
        "nobody is locked out for good"
    )


@pytest.mark.threat(86)
def test_guesses_at_many_accounts_from_one_address_are_counted_together(db: None) -> None:
    answers = [sign_in(Browser(), f"p{number}@example.org", "wrong").status_code for number in range(31)]
    assert answers == [200] * 30 + [429]
    assert sign_in(Browser(REMOTE_ADDR="198.51.100.7"), "p1@example.org", "wrong").status_code == 200


@pytest.mark.threat(87)
def test_whoever_signed_in_before_is_heard_where_they_did(
    visitor: Browser, person: User, app: Client, ask: Callable[..., str], settings: Any
) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SIGN_IN_FAILURES_PER_ACCOUNT": 1}
    assert "code" in answered(submit(visitor, follow(visitor, ask()), login=EMAIL, password=PASSWORD))
    visitor.logout()
    for number in range(2):
        sign_in(Browser(REMOTE_ADDR=f"198.51.100.{number}"), password="wrong")
    assert sign_in(Browser(REMOTE_ADDR="198.51.100.7")).status_code == 429
    assert sign_in(visitor, "ADA@example.org").status_code == 302
    assert sign_in(Browser(REMOTE_ADDR="198.51.100.7")).status_code == 302, "the right password ends it"


def test_a_success_forgets_the_failures(visitor: Browser, person: User, settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SIGN_IN_FAILURES": 2}
    for _ in range(3):
        assert sign_in(visitor, password="wrong").status_code == 200
        assert sign_in(visitor).status_code == 302
        visitor.logout()


def test_a_refused_sign_in_is_recorded_without_what_was_typed(visitor: Browser, person: User) -> None:
    sign_in(visitor, password="wrong")
    sign_in(visitor, "a-password-in-the-wrong-field@example.org", "wrong")
    events = AuditEvent.objects.filter(event="person:refused").order_by("at")
    assert [event.user_id for event in events] == [str(person.pk), ""]
    assert all(event.address == "127.0.0.1" and event.trace_id for event in events)
    assert "wrong-field" not in repr([vars(event) for event in events])


def test_an_account_that_is_switched_off_gets_a_page_that_says_so(visitor: Browser, person: User) -> None:
    User.objects.update(is_active=False)
    response = sign_in(visitor)
    assert response["Location"] == "/account/inactive/"
    assert b"switched it off" in follow(visitor, response["Location"]).content
    assert "_auth_user_id" not in visitor.session


@pytest.mark.threat(82)
def test_the_session_has_a_new_identifier_after_sign_in_and_after_confirming(visitor: Browser, person: User) -> None:
    visitor.get("/account/sign-in/")
    session = visitor.session
    session["before"] = True
    session.save()
    first = session.session_key
    sign_in(visitor)
    second = visitor.session.session_key
    visitor.post("/account/confirm/", {"password": PASSWORD})
    assert len({first, second, visitor.session.session_key}) == 3


@pytest.mark.threat(81)
@pytest.mark.parametrize(
    "path", ["sign-in/", "register/", "sign-out/", "confirm/", "password/", "password/reset/", "email/", "name/"]
)
def test_a_form_without_its_token_gets_a_page_with_a_way_on(person: User, path: str) -> None:
    visitor = Browser(enforce_csrf_checks=True)
    visitor.force_login(person)
    response = visitor.post(f"/account/{path}?next=/account/")
    assert response.status_code == 403
    assert f'href="/account/{path}?next=/account/"' in response.content.decode()
    assert response["X-Trace-Id"] in response.content.decode()


@pytest.mark.threat(81)
def test_sign_out_needs_a_post(visitor: Browser, person: User) -> None:
    visitor.force_login(person)
    assert visitor.get("/account/sign-out/").status_code == 200
    assert "_auth_user_id" in visitor.session
    assert visitor.post("/account/sign-out/")["Location"] == "/account/signed-out/"
    assert "_auth_user_id" not in visitor.session
    page = visitor.get("/account/signed-out/").content.decode()
    assert "You are signed out" in page
    assert 'href="/account/sign-in/"' in page


@pytest.mark.seed("S-17")
@pytest.mark.bar("E3.1")
def test_in_the_middle_of_a_flow_the_page_says_for_whom_and_goes_on(
    visitor: Browser, person: User, ask: Callable[..., str]
) -> None:
    page = follow(visitor, ask(login_hint=EMAIL))
    text = page.content.decode()
    assert "to continue to <bdi>Photo Market</bdi>" in text
    assert "photos.example" in text
    assert 'href="https://photos.example/privacy"' in text
    assert f'value="{EMAIL}"' in text
    assert EMAIL not in page.request["QUERY_STRING"], "the hint is the server's, not the address's"
    assert {"code", "state", "iss"} == set(answered(submit(visitor, page, login=EMAIL, password=PASSWORD)))


@pytest.mark.bar("E3.2")
@pytest.mark.threat(83)
@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "0"}])
def test_a_person_who_has_to_sign_in_again_confirms_that_it_is_they(
    visitor: Browser, person: User, ask: Callable[..., str], asked: dict[str, str]
) -> None:
    sign_in(visitor)
    page = follow(visitor, ask(**asked))
    assert page.request["PATH_INFO"] == "/account/confirm/"
    assert b"asks you to confirm it is you" in page.content
    assert b"Ada Lovelace" in page.content
    wrong = submit(visitor, page, password="wrong")
    assert wrong.status_code == 200
    assert set(answered(submit(visitor, wrong, password=PASSWORD))) == {"code", "state", "iss"}


@pytest.mark.threat(78)
@pytest.mark.bar("E3.2")
def test_an_app_that_means_somebody_else_gets_a_sign_in_page_that_says_so(
    visitor: Browser, person: User, app: Client, ask: Callable[..., str]
) -> None:
    ada = flows.Browser()
    ada.force_sign_in(person)
    hint = flows.App(app, redirect_uri=CALLBACK).tokens(ada, scope="openid")["id_token"]
    visitor.force_login(User.objects.create_user("grace@example.org", PASSWORD))
    page = follow(visitor, ask(id_token_hint=hint))
    assert page.request["PATH_INFO"] == "/account/sign-in/"
    assert b"<bdi>grace@example.org</bdi> stays signed in" in page.content
    assert "code" in answered(submit(visitor, page, login=EMAIL, password=PASSWORD))
    assert visitor.session["_auth_user_id"] == str(person.pk)


def test_an_account_without_a_password_signs_in_again_instead_of_confirming(
    visitor: Browser, person: User, ask: Callable[..., str]
) -> None:
    sign_in(visitor)
    person.set_unusable_password()
    User.objects.update(password=person.password)
    visitor.force_login(User.objects.get())
    page = follow(visitor, ask(prompt="login"))
    assert page.request["PATH_INFO"] == "/account/sign-in/"


@pytest.mark.bar("E4.2")
def test_signed_in_in_another_tab_the_first_tab_goes_on(
    visitor: Browser, person: User, ask: Callable[..., str]
) -> None:
    page = follow(visitor, ask())
    sign_in(visitor)
    again = follow(visitor, page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"])
    assert "code" in answered(again)


@pytest.mark.bar("E4.3")
def test_a_form_that_is_valid_no_longer_keeps_what_was_typed_but_for_secrets(person: User) -> None:
    visitor = Browser(enforce_csrf_checks=True)
    path, sent = "/account/register/", {"email": "grace@example.org", "password1": PASSWORD, "next": "/account/name/"}
    for origin, kept in (("https://evil.example", b""), ("null", b""), ("http://testserver", b"grace@example.org")):
        refused = visitor.post(path, sent, headers={"origin": origin})
        assert refused.status_code == 403
        page = visitor.get(path)
        assert (b'value="grace@example.org"' in page.content) is bool(kept), origin
    assert PASSWORD.encode() not in page.content
    cookie = visitor.cookies["oauth_server_typed"]
    assert (cookie["httponly"], cookie["path"], cookie["max-age"]) == (True, path, 300)
    assert "grace" not in cookie.value
    stranger = Browser(enforce_csrf_checks=True)
    stranger.cookies["oauth_server_typed"] = cookie.value[:-4] + "AAAA"
    assert b"grace" not in stranger.get(path).content
