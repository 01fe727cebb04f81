"""Who may register, what they accept, and how the sign-in page asks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.utils import timezone

from accounts import invitations
from accounts.models import Acceptance, Invitation, Terms, User

from .conftest import EMAIL, PASSWORD, answered, follow, link_in, submit

NEW = "grace@example.org"


@pytest.fixture
def given(settings: Any) -> Callable[..., None]:
    def change(**values: Any) -> None:
        settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, **values}

    return change


def register(visitor: Browser, page: Any, **values: str) -> Any:
    return submit(visitor, page, password1=PASSWORD, **values)


def test_by_invitation_the_link_makes_one_account_with_its_address(
    visitor: Browser,
    person: User,
    given: Callable[..., None],
    mailoutbox: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    given(SIGN_UP="invitation")
    page = visitor.get("/account/register/")
    assert b"made by invitation" in page.content
    assert visitor.post("/account/register/", {"email": NEW, "password1": PASSWORD}).status_code == 200
    assert b"Create an account" not in visitor.get("/account/sign-in/").content
    with django_capture_on_commit_callbacks(execute=True):
        first = invitations.invite(NEW.upper(), by=person)
        second = invitations.invite(NEW)
    old, link = (link_in(mail) for mail in mailoutbox)
    assert mailoutbox[-1].to == [NEW]
    assert not Invitation.objects.filter(pk=first.pk).exists(), "a new one takes the place of the old one"
    assert b"too old" in visitor.get(old).content
    assert link.split("/")[-2] not in str(Invitation.objects.values()), "the token is nowhere"
    with pytest.raises(ValidationError):
        invitations.invite(EMAIL)

    page = visitor.get(link)
    assert f'value="{NEW}"' in page.content.decode()
    assert submit(visitor, page, password1="short").status_code == 200, "a fault costs no invitation"
    register(visitor, page, email="else@example.org")
    user = User.objects.exclude(pk=person.pk).get()
    assert (user.email, user.email_verified) == (NEW, True)
    second.refresh_from_db()
    assert second.used_at is not None
    again = Browser()
    assert b"too old" in again.get(link).content
    assert b"too old" in again.post(link, {"email": NEW, "password1": PASSWORD}).content
    assert User.objects.count() == 2

    User.objects.filter(pk=user.pk).delete()
    Invitation.objects.update(used_at=None, expires=timezone.now() - timedelta(seconds=1))
    assert b"too old" in again.get(link).content
    given(SIGN_UP="closed")
    Invitation.objects.update(expires=timezone.now() + timedelta(days=1))
    assert again.post(link, {"password1": PASSWORD}).status_code == 200
    assert User.objects.count() == 1, "closed is closed"
    assert "create" not in again.get("/.well-known/openid-configuration").json()["prompt_values_supported"]


@pytest.mark.bar("E2.1")
def test_the_identifier_can_be_asked_first(
    visitor: Browser, person: User, given: Callable[..., None], ask: Callable[..., str]
) -> None:
    page = follow(visitor, ask())
    assert b'name="password"' in page.content, "one page, unless the setting says otherwise"
    given(IDENTIFIER_FIRST=True)
    page = follow(visitor, ask(login_hint=EMAIL))
    assert b'name="password"' not in page.content
    assert f'value="{EMAIL}"' in page.content.decode()
    assert b"Error:" in submit(visitor, page, login="no address").content
    shown = [submit(visitor, page, login=name) for name in ("nobody@example.org", EMAIL)]
    bodies = [one.content.decode().replace("nobody@example.org", EMAIL) for one in shown]
    assert [one.status_code for one in shown] == [200, 200]
    assert _plain(bodies[0]) == _plain(bodies[1]), "known or not, the same page"
    wrong = submit(visitor, shown[1], login=EMAIL, password="wrong")
    assert b'type="hidden" name="login"' in wrong.content
    assert b"are not correct" in wrong.content
    assert "code" in answered(submit(visitor, wrong, login=EMAIL, password=PASSWORD))


def _plain(html: str) -> str:
    """Without what is random."""
    return "\n".join(line for line in html.splitlines() if "csrfmiddlewaretoken" not in line and "nonce" not in line)


def test_new_terms_are_accepted_at_sign_up_and_in_the_middle_of_a_flow(
    visitor: Browser, person: User, given: Callable[..., None], ask: Callable[..., str]
) -> None:
    given(ACCEPT_TERMS=True)
    visitor.post("/account/sign-in/", {"login": EMAIL, "password": PASSWORD})
    assert "code" in answered(follow(visitor, ask())), "nothing to accept yet"
    first = Terms.objects.create(version="1", text="Be kind.\n\n<b>Really</b>")
    Terms.objects.create(version="3", text="Later.", in_force_from=timezone.now() + timedelta(days=1))
    assert answered(follow(visitor, ask(prompt="none")))["error"] == "interaction_required"
    page = follow(visitor, ask())
    assert page.request["PATH_INFO"] == "/account/terms/"
    assert b"to continue to <bdi>Photo Market</bdi>" in page.content
    assert b"&lt;b&gt;Really" in visitor.get("/account/terms/1/").content
    for unknown in ("9", "%00", "%ed%a0%80"):
        assert visitor.get(f"/account/terms/{unknown}/").status_code == 302
    second = Terms.objects.create(version="2", url="https://example.org/terms")
    stale = submit(visitor, page, decision="accept", version="1")
    assert b"version <bdi>2</bdi>" in stale.content, "what was not shown is not accepted"
    assert "code" in answered(submit(visitor, stale, decision="accept", version="2"))
    assert list(Acceptance.objects.values_list("user", "terms")) == [(person.pk, second.pk)]
    assert "code" in answered(follow(visitor, ask(prompt="none")))

    other = Browser()
    page = follow(other, ask(prompt="create"))
    assert b"I accept the terms of service" in page.content
    values = {"email": NEW, "password1": PASSWORD, "terms_version": "2"}
    assert submit(other, page, **values).status_code == 200
    assert not User.objects.filter(email=NEW).exists()
    assert submit(other, page, **{**values, "terms_version": "1", "terms": "on"}).status_code == 200
    assert not User.objects.filter(email=NEW).exists()
    assert "code" in answered(submit(other, page, **values, terms="on")), "nothing is asked twice"
    assert Acceptance.objects.filter(user__email=NEW, terms=second).exists()
    assert not Acceptance.objects.filter(terms=first).exists()

    Acceptance.objects.filter(user=person).delete()
    page = follow(visitor, ask())
    assert answered(submit(visitor, page, decision="decline"))["error"] == "access_denied"


def test_user_names_are_asked_for_where_the_project_wants_them(
    visitor: Browser, person: User, settings: Any, ask: Callable[..., str]
) -> None:
    settings.ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
    settings.ACCOUNT_LOGIN_METHODS = {"email", "username"}
    settings.ACCOUNT_SIGNUP_FIELDS = ["email*", "username", "password1*"]
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SIGN_IN_FAILURES": 3}
    page = follow(visitor, ask(prompt="create"))
    assert "code" in answered(register(visitor, page, email=NEW, username="grace"))
    other = Browser()
    for login in ("grace", NEW):
        browser = Browser()
        assert "code" in answered(submit(browser, follow(browser, ask()), login=login, password=PASSWORD))
    codes = [
        other.post("/account/sign-in/", {"login": login, "password": "x"}).status_code for login in ("grace", NEW) * 2
    ]
    assert codes == [200, 200, 200, 429], "two names of one account are one account"
