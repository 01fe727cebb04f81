"""RFC 6749 §4.3: the password grant, off unless it is switched on, and as careful as the sign-in page."""

from typing import Any

import pytest

from oauth_server.models import AccessToken, Authorization, Client, Session
from oauth_server.policy import people
from tests import factories
from tests.flows import PASSWORD, App, error
from tests.jwts import parts


@pytest.fixture
def on(settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "PASSWORD_GRANT": True, "SIGN_IN_FAILURES": 3}


@pytest.fixture
def legacy(on: None, db: None) -> App:
    return factories.app(grant_types=["password", "refresh_token"], response_types=[], redirect_uris="")


def ask(app: App, person: Any, **changes: Any) -> Any:
    good = {
        "grant_type": "password",
        "username": person.get_username(),
        "password": PASSWORD,
        "scope": "openid offline_access",
    }
    return app.token(**{**good, **changes})


@pytest.mark.seed("S-46", "S-71")
@pytest.mark.threat(63)
def test_by_default_there_is_no_such_grant(person: Any, db: None):
    app = factories.app(grant_types=["password"])
    assert error(ask(app, person)) == (400, "unsupported_grant_type")
    assert "password" not in app.http.get("/.well-known/openid-configuration").json()["grant_types_supported"]


@pytest.mark.seed("S-62", "S-71")
@pytest.mark.threat(63)
def test_it_needs_the_setting_and_the_client(on: None, app: App, person: Any):
    assert "password" in app.http.get("/.well-known/openid-configuration").json()["grant_types_supported"]
    assert error(ask(app, person)) == (400, "unauthorized_client")


@pytest.mark.seed("S-71")
@pytest.mark.spec("RFC 6749", "4.3")
def test_a_password_brings_tokens(legacy: App, person: Any):
    answer = ask(legacy, person)
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    told = answer.json()
    assert set(told) == {"access_token", "id_token", "refresh_token", "token_type", "scope", "expires_in"}
    claims = parts(told["id_token"])[1]
    assert (claims["sub"], claims["aud"], claims["amr"]) == (str(person.pk), legacy.client_id, ["pwd"])
    assert {"auth_time", "sid"} <= set(claims)
    assert legacy.is_active(told["access_token"])
    assert legacy.refresh(told["refresh_token"]).status_code == 200


@pytest.mark.parametrize("unlucky", [{"token_endpoint_auth_method": "none"}, {"registration_source": "dcr"}])
@pytest.mark.seed("S-71")
@pytest.mark.threat(63)
def test_only_a_confidential_client_of_the_operator_has_it(on: None, person: Any, unlucky: dict[str, str]):
    if "registration_source" in unlucky:
        sources = [value for value, _ in Client._meta.get_field("registration_source").choices]
        unlucky = {"registration_source": next(value for value in sources if value != "manual")}
    app = factories.app(grant_types=["password"], **unlucky)
    assert error(ask(app, person)) == (400, "unauthorized_client")
    assert not AccessToken.objects.exists()


@pytest.mark.seed("S-71")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"password": "wrong"}, "invalid_grant"),
        ({"username": "nobody@example.org"}, "invalid_grant"),
        ({"username": "x" * 2000}, "invalid_grant"),
        ({"password": "x" * 2000}, "invalid_grant"),
        ({"password": None}, "invalid_request"),
        ({"username": None}, "invalid_request"),
        ({"scope": "unknown"}, "invalid_scope"),
        ({"resource": "https://unknown.example"}, "invalid_target"),
    ],
)
def test_what_is_wrong_is_refused(legacy: App, person: Any, changes: dict[str, Any], expected: str):
    assert error(ask(legacy, person, **changes)) == (400, expected)
    assert not Session.objects.exists()


@pytest.mark.seed("S-71")
def test_nobody_learns_who_has_an_account(legacy: App, person: Any):
    """One body for a wrong password, for nobody, and for those who may not."""
    without = factories.UserFactory(email="without@example.org")
    without.set_unusable_password()
    without.save()
    inactive = factories.UserFactory(email="inactive@example.org", is_active=False)
    bodies = {ask(legacy, person, password="wrong").content, ask(legacy, person, username="nobody@example.org").content}
    bodies |= {ask(legacy, one).content for one in (without, inactive)}
    assert len(bodies) == 1


@pytest.mark.seed("S-71")
def test_a_second_factor_keeps_a_password_from_being_enough(legacy: App, person: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(people, "NEEDS_MORE_THAN_PASSWORD", [lambda user: user.pk == person.pk])
    assert error(ask(legacy, person)) == (400, "invalid_grant")
    other = factories.UserFactory(email="grace@example.org")
    assert ask(legacy, other).status_code == 200


@pytest.mark.seed("S-71")
@pytest.mark.threat(86)
def test_guesses_count_per_account_and_address(legacy: App, person: Any):
    for _ in range(3):
        assert error(ask(legacy, person, password="wrong")) == (400, "invalid_grant")
    refused = ask(legacy, person)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    other = factories.UserFactory(email="grace@example.org")
    assert ask(legacy, other).status_code == 200


def test_a_right_password_clears_the_count(legacy: App, person: Any):
    for _ in range(2):
        ask(legacy, person, password="wrong")
    assert ask(legacy, person).status_code == 200
    assert error(ask(legacy, person, password="wrong")) == (400, "invalid_grant")


@pytest.mark.threat(37)
def test_a_new_password_ends_what_the_old_one_brought(legacy: App, person: Any):
    told = ask(legacy, person).json()
    person.set_password("another good long password")
    person.save()
    assert error(legacy.refresh(told["refresh_token"])) == (400, "invalid_grant")


def test_a_refresh_token_by_the_rules_of_the_client(legacy: App, person: Any):
    assert "refresh_token" not in ask(legacy, person, scope="openid").json()
    Client.objects.filter(pk=legacy.row.pk).update(refresh_token_rule="always")
    assert "refresh_token" in ask(legacy, person, scope="openid").json()


def test_a_switch_that_is_turned_off_again_ends_it(legacy: App, person: Any, settings: Any):
    assert ask(legacy, person).status_code == 200
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "PASSWORD_GRANT": False}
    assert error(ask(legacy, person)) == (400, "unsupported_grant_type")
    assert Authorization.objects.count() == 1
