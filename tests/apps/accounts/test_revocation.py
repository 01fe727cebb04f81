"""A new password ends what apps got before it, wherever the server is asked."""

from typing import Any

import pytest

from tests import factories
from tests.flows import PASSWORD, App, Browser, error, parameters

from .conftest import link_in

NEW_PASSWORD = "a quite different and longer one"


@pytest.fixture
def app(db: None) -> App:
    return factories.app()


@pytest.fixture
def somebody(db: None) -> Any:
    return factories.UserFactory(email="grace@example.org")


@pytest.fixture
def tokens(app: App, somebody: Any) -> dict[str, Any]:
    elsewhere = Browser()
    elsewhere.force_sign_in(somebody)
    return app.tokens(elsewhere, scope="openid offline_access")


def assert_dead(app: App, tokens: dict[str, Any]) -> None:
    assert not app.is_active(tokens["access_token"])
    assert not app.is_active(tokens["refresh_token"])
    assert app.userinfo(tokens["access_token"]).status_code == 401
    assert error(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.threat(37)
def test_a_changed_password_ends_them_and_leaves_this_browser_signed_in(
    app: App, somebody: Any, tokens: dict[str, Any]
) -> None:
    here = Browser()
    here.sign_in(here.open("/account/sign-in/"), somebody)
    app.code(here)
    page = here.open("/account/password/")
    here.submit(page, {"oldpassword": PASSWORD, "password1": NEW_PASSWORD})
    somebody.refresh_from_db()
    assert somebody.check_password(NEW_PASSWORD)
    assert_dead(app, tokens)
    assert "code" in parameters(app.authorize(here, prompt="none", max_age=60))


@pytest.mark.threat(37)
def test_a_reset_one_ends_them(app: App, somebody: Any, tokens: dict[str, Any], mailoutbox: list[Any]) -> None:
    here = Browser()
    here.submit(here.open("/account/password/reset/"), {"email": somebody.email})
    here.submit(here.open(link_in(mailoutbox[0])), {"password1": NEW_PASSWORD})
    somebody.refresh_from_db()
    assert somebody.check_password(NEW_PASSWORD)
    assert_dead(app, tokens)
    assert "code" in parameters(app.authorize(here))


@pytest.mark.threat(37)
def test_a_wrong_old_password_ends_nothing(app: App, somebody: Any, tokens: dict[str, Any]) -> None:
    here = Browser()
    here.force_sign_in(somebody)
    here.submit(here.open("/account/password/"), {"oldpassword": "wrong", "password1": NEW_PASSWORD})
    assert app.is_active(tokens["access_token"])


@pytest.mark.threat(37, 95)
@pytest.mark.parametrize("is_usable", [True, False])
def test_one_that_staff_set_or_took_away_ends_them(
    app: App, somebody: Any, tokens: dict[str, Any], is_usable: bool
) -> None:
    office = Browser()
    office.force_sign_in(factories.UserFactory(is_staff=True, is_superuser=True))
    page = office.open(f"/admin/oauth_accounts/user/{somebody.pk}/password/")
    set_it = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    office.submit(page, set_it if is_usable else {"usable_password": "false", "unset-password": "x"})
    somebody.refresh_from_db()
    assert somebody.has_usable_password() is is_usable
    assert_dead(app, tokens)
