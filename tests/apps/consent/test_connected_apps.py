"""The page of connected apps: what is there, and what removing does."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model

from consent import connected
from oauth_server import clock
from oauth_server.models import Audience
from tests import factories
from tests.apps.consent.conftest import ALLOW, API, change, events, is_question, scope
from tests.flows import App, Browser, error


def connect(app: App, visitor: Browser, scopes: str = "openid email offline_access", **changes: Any) -> dict[str, Any]:
    """Allow the app everything; its tokens."""
    page = app.authorize(visitor, scope=scopes, **changes)
    if is_question(page):
        visitor.submit(page, ALLOW)
    return app.tokens(visitor, scope=scopes, **changes)


def test_it_lists_what_may_use_the_account_in_words(app: App, visitor: Browser) -> None:
    before = clock.now()
    connect(app, visitor, "openid email orders.read offline_access")
    page = visitor.open("/apps")
    words = page.content.decode()
    for said in ("Photo Market", "rp.example", "See your email address", "Read your orders", "Orders API"):
        assert said in words
    assert "Keep access while you are away" in words
    assert [before <= row.since <= clock.now() for row in page.context["apps"]] == [True]


def test_each_person_sees_their_own(app: App, visitor: Browser) -> None:
    connect(app, visitor)
    other = Browser()
    other.force_sign_in(factories.UserFactory())
    assert other.open("/apps").context["apps"] == []
    assert error(other.submit(visitor.open(f"/apps/{app.row.pk}/remove"))) == (403, "page")
    assert events() == ["consent:given"]


@pytest.mark.parametrize("address", ["/apps", "/apps/1/remove"])
def test_it_is_for_whoever_is_signed_in(db: None, address: str) -> None:
    page = Browser().open(address)
    assert b'name="password"' in page.content
    assert address in page.content.decode().replace("%2F", "/")


@pytest.mark.bar("E11")
def test_an_app_of_the_operator_that_holds_access_is_listed_too(app: App, visitor: Browser) -> None:
    change(app.row, skip_authorization=True)
    assert visitor.open("/apps").context["apps"] == []
    tokens = connect(app, visitor)
    page = visitor.open("/apps")
    assert [row.is_first_party for row in page.context["apps"]] == [True]
    assert "which does not ask before it is used" in page.content.decode()
    visitor.submit(visitor.open(f"/apps/{app.row.pk}/remove"))
    assert visitor.open("/apps").context["apps"] == []
    assert not app.is_active(tokens["access_token"])


@pytest.mark.threat(37)
@pytest.mark.threat(93)
@pytest.mark.bar("E10.3")
def test_removing_ends_access_and_refresh_tokens_at_once(app: App, visitor: Browser) -> None:
    assert 'href="/apps"' in app.authorize(visitor).content.decode()
    first, second = connect(app, visitor), connect(app, visitor)
    confirm = visitor.open(f"/apps/{app.row.pk}/remove")
    assert "loses access to your account at once" in confirm.content.decode()
    assert "already out" not in confirm.content.decode()
    done = visitor.submit(confirm)
    assert done.address == "/apps"
    assert "can no longer use your account" in done.content.decode()
    for tokens in (first, second):
        assert not app.is_active(tokens["access_token"])
        assert not app.is_active(tokens["refresh_token"])
        assert app.userinfo(tokens["access_token"]).status_code == 401
        assert error(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert events()[-1] == "consent:withdrawn"
    assert is_question(app.authorize(visitor, scope="openid email"))


def test_a_code_that_waits_ends_with_the_consent(app: App, visitor: Browser) -> None:
    connect(app, visitor)
    code = app.code(visitor)
    visitor.submit(visitor.open(f"/apps/{app.row.pk}/remove"))
    assert error(app.redeem(code)) == (400, "invalid_grant")


@pytest.mark.bar("E13.1")
def test_it_says_by_when_the_tokens_end_that_an_api_checks_by_itself(
    app: App, orders: Audience, visitor: Browser
) -> None:
    change(orders, token_format="jwt", access_token_lifetime=600)
    with time_machine.travel("2030-05-01T12:00:00+00:00", tick=False):
        visitor.force_sign_in(get_user_model().objects.get())
        connect(app, visitor, "openid orders.read")
        listed = visitor.open("/apps")
        confirm = visitor.open(f"/apps/{app.row.pk}/remove")
        assert 'end by <time datetime="2030-05-01T12:10:00Z">12:10 UTC</time>' in confirm.content.decode()
        assert "end by 12:10 UTC" in visitor.submit(confirm).content.decode()
    assert listed.context["apps"][0].last_used == datetime(2030, 5, 1, 12, tzinfo=UTC)
    assert "Last used on" in listed.content.decode()


def test_an_app_that_is_not_there_leads_back_to_the_list(app: App, visitor: Browser) -> None:
    connect(app, visitor)
    confirm = visitor.open(f"/apps/{app.row.pk}/remove")
    visitor.submit(confirm)
    for again in (visitor.submit(confirm), visitor.open(f"/apps/{app.row.pk}/remove"), visitor.open("/apps/0/remove")):
        assert again.address == "/apps"
    assert events() == ["consent:given", "consent:withdrawn"]


@pytest.mark.threat(81)
def test_removing_takes_a_form_of_this_server(app: App, visitor: Browser) -> None:
    tokens = connect(app, visitor)
    confirm = visitor.open(f"/apps/{app.row.pk}/remove")
    assert error(visitor.submit(confirm, {"csrfmiddlewaretoken": None})) == (403, "page")
    assert app.is_active(tokens["access_token"])


@pytest.mark.threat(79)
@pytest.mark.threat(90)
@pytest.mark.parametrize("address", ["/apps", "/apps/{}/remove"])
def test_its_pages_are_protected(app: App, visitor: Browser, address: str) -> None:
    connect(app, visitor)
    page = visitor.open(address.format(app.row.pk))
    assert page["Cache-Control"] == "no-store"
    for part in ("default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"):
        assert part in page["Content-Security-Policy"]


def test_what_the_operator_ended_is_not_listed(app: App, visitor: Browser, person: Any) -> None:
    change(app.row, skip_authorization=True)
    connect(app, visitor)
    assert len(connected.apps(person)) == 1
    change(app.row, tokens_not_before=clock.now())
    assert connected.apps(person) == []


def test_it_takes_the_same_statements_for_one_app_and_for_many(
    app: App, visitor: Browser, person: Any, django_assert_num_queries: Callable[..., Any]
) -> None:
    connect(app, visitor)
    with django_assert_num_queries(6):
        connected.apps(person)
    for number in range(5):
        connect(factories.app(name=f"App {number}", skip_authorization=False), visitor)
        factories.AuthorizationFactory(user=person)
    with django_assert_num_queries(6):
        found = connected.apps(person)
    assert len(found) == 11


def test_scopes_that_are_gone_are_left_out(app: App, visitor: Browser, person: Any) -> None:
    connect(app, visitor, "openid orders.read")
    scope("orders.read").delete()
    titles = [point.name for app in connected.apps(person) for group in app.groups for point in group.points]
    assert titles == ["openid"]
    assert API not in visitor.open("/apps").content.decode()
