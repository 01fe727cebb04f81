"""RFC 7662: what a token is, told to its client and its audience, and to nobody else."""

from typing import Any

import pytest

from oauth_server import conf
from oauth_server.models import AccessToken, AuditEvent, Client
from tests import factories
from tests.flows import App, Browser, error

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 7662", "2.2")]

FORMATS = ("opaque", "jwt")


@pytest.fixture(params=FORMATS)
def api(request: pytest.FixtureRequest, db: None) -> Any:
    """An API that takes tokens of this format, with the client under which it introspects."""
    audience = factories.AudienceFactory(identifier="https://orders.example", token_format=request.param)
    audience.introspectors.add(factories.ClientFactory(name="Orders API"))
    return audience


@pytest.fixture
def resource_server(api: Any) -> App:
    return introspector_of(api)


def introspector_of(audience: Any) -> App:
    from oauth_server.client_auth import secret

    row = audience.introspectors.get()
    return App(row, secret.issue(row))


@pytest.fixture
def token(app: App, api: Any, signed_in: Browser) -> str:
    app.row.scopes.add(factories.ScopeFactory(name="orders:read", audience=api))
    value: str = app.tokens(signed_in, scope="orders:read")["access_token"]
    return value


@pytest.mark.seed("S-13")
@pytest.mark.seed("S-19")
@pytest.mark.seed("S-45")
def test_the_client_and_the_audience_are_told_the_same(app: App, resource_server: App, token: str, person: Any):
    told = app.introspect(token).json()
    jti = {"jti"} if token.startswith("ey") else set()
    assert set(told) == {
        *("active scope client_id sub aud iss iat exp token_use token_type auth_time acr".split()),
        *jti,
    } or set(told) == {*"active scope client_id sub aud iss iat exp token_use token_type auth_time".split(), *jti}
    assert told["active"] is True
    assert (told["scope"], told["client_id"], told["sub"]) == ("orders:read", app.client_id, str(person.pk))
    assert (told["aud"], told["iss"]) == (["https://orders.example"], "http://testserver")
    assert told["exp"] - told["iat"] in {conf.settings.ACCESS_TOKEN_LIFETIME, conf.settings.ACCESS_TOKEN_LIFETIME - 1}
    assert (told["token_use"], told["token_type"]) == ("access_token", "Bearer")
    assert resource_server.introspect(token).json() == told


@pytest.mark.seed("S-45")
@pytest.mark.threat(51)
@pytest.mark.spec("RFC 7662", "4")
def test_strangers_are_told_nothing(token: str, public_app: App):
    other_api = factories.AudienceFactory(identifier="https://stock.example")
    other_api.introspectors.add(factories.ClientFactory())
    for stranger in (factories.app(), introspector_of(other_api)):
        answer = stranger.introspect(token)
        assert answer.status_code == 200
        assert answer.json() == {"active": False}
    # a public client proves nothing about itself
    assert error(public_app.introspect(token)) == (401, "invalid_client")


@pytest.mark.seed("S-13")
def test_nobody_is_told_without_authentication(app: App, token: str):
    response = app.http.post("/oauth2/introspect", f"token={token}", content_type="application/x-www-form-urlencoded")
    assert error(response) == (401, "invalid_client")
    # a bearer token is no client authentication here
    headers = {"authorization": f"Bearer {token}"}
    response = app.http.post(
        "/oauth2/introspect", f"token={token}", content_type="application/x-www-form-urlencoded", headers=headers
    )
    assert error(response) == (401, "invalid_client")


@pytest.mark.threat(51)
def test_a_refresh_token_is_for_its_client_alone(app: App, api: Any, resource_server: App, signed_in: Browser):
    app.row.audiences.add(api)
    body = app.tokens(signed_in, scope="offline_access", audience=api.identifier)
    told = app.introspect(body["refresh_token"]).json()
    assert (told["active"], told["token_use"]) == (True, "refresh_token")
    assert "token_type" not in told
    assert resource_server.introspect(body["refresh_token"]).json() == {"active": False}


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "id_token", "x", ""])
def test_a_hint_never_misleads(app: App, token: str, hint: str):
    assert app.introspect(token, token_type_hint=hint).json()["active"] is True


def test_a_token_is_needed(app: App):
    assert error(app.introspect("")) == (400, "invalid_request")


@pytest.mark.seed("S-13")
@pytest.mark.threat(22)
def test_what_is_no_token_is_inactive(app: App, signed_in: Browser):
    body = app.tokens(signed_in, scope="openid offline_access")
    code = app.code(signed_in)
    row = AccessToken.objects.latest("pk")
    values = {
        "unknown": "oas_at_1" + "0" * 53,
        "ID token": body["id_token"],
        "code": code,
        "secret": app.secret,
        "client id": app.client_id,
        "digest": row.token_checksum,
        "family": str(row.authorization_id),
        "another prefix": body["access_token"].replace("oas_at_", "oas_rt_"),
        "upper case": body["access_token"].upper(),
        "cut": body["access_token"][:-1],
        "longer": body["access_token"] + "x",
        "with a space": body["access_token"] + " ",
        "with a line": body["access_token"] + "\n",
    }
    for name, value in values.items():
        assert app.introspect(value).json() == {"active": False}, name


def switch_client_off(app: App, person: Any, token: str) -> None:
    Client.objects.filter(pk=app.row.pk).update(enabled=False)


def deactivate_person(app: App, person: Any, token: str) -> None:
    person.is_active = False
    person.save()


def delete_person(app: App, person: Any, token: str) -> None:
    person.delete()


def revoke_token(app: App, person: Any, token: str) -> None:
    assert app.revoke(token).status_code == 200


def revoke_family(app: App, person: Any, token: str) -> None:
    from oauth_server.models import Authorization
    from oauth_server.tokens import revoke

    revoke.family(Authorization.objects.get(client=app.row).pk)


def revoke_person(app: App, person: Any, token: str) -> None:
    from oauth_server.tokens import revoke

    revoke.person(person.pk)


def revoke_client(app: App, person: Any, token: str) -> None:
    from oauth_server.tokens import revoke

    revoke.client(app.row)


def revoke_everything(app: App, person: Any, token: str) -> None:
    from oauth_server import clock
    from oauth_server.tokens import revoke

    revoke.issuer_before(app.row.issuer, clock.now())


def delete_client(app: App, person: Any, token: str) -> None:
    app.row.delete()


ENDS = (
    switch_client_off,
    deactivate_person,
    delete_person,
    revoke_token,
    revoke_family,
    revoke_person,
    revoke_client,
    revoke_everything,
    delete_client,
)


@pytest.mark.threat(37)
@pytest.mark.threat(53)
@pytest.mark.threat(56)
@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_whatever_ends_a_token_ends_it_at_once(app: App, resource_server: App, token: str, person: Any, end: Any):
    assert resource_server.is_active(token)
    end(app, person, token)
    assert resource_server.introspect(token).json() == {"active": False}


def test_an_expired_token_is_inactive(app: App, token: str, moving_clock: Any):
    moving_clock.move(conf.settings.ACCESS_TOKEN_LIFETIME - 3)
    assert app.is_active(token)
    moving_clock.move(4)
    assert app.introspect(token).json() == {"active": False}


@pytest.mark.threat(53)
def test_who_may_introspect_is_asked_each_time(api: Any, resource_server: App, token: str):
    assert resource_server.is_active(token)
    api.introspectors.clear()
    assert not resource_server.is_active(token)
    api.introspectors.add(resource_server.row)
    assert resource_server.is_active(token)


def test_a_malformed_token_costs_no_look_up(app: App, django_assert_num_queries: Any):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    app.introspect("x")
    counts = []
    for value in ("oas_at_1" + "0" * 53, "oas_at_", "x" * 60_000, "a.b.c"):
        with CaptureQueriesContext(connection) as queries:
            app.introspect(value)
        counts.append(len([q for q in queries if "accesstoken" in q["sql"].lower()]))
    assert counts == [0, 0, 0, 0]


def test_an_answer_about_an_inactive_token_writes_no_event(app: App):
    app.introspect("x")
    assert not AuditEvent.objects.exists()


@pytest.mark.seed("S-29")
def test_a_token_always_has_an_audience(app: App, signed_in: Browser):
    for body in (
        app.client_credentials().json(),
        app.tokens(signed_in, scope="openid"),
        app.tokens(signed_in, scope=None),
    ):
        assert app.introspect(body["access_token"]).json()["aud"] == ["http://testserver"]
