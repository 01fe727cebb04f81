"""RFC 7009: a client ends its own tokens; final, at once, and what is somebody else's stays."""

from typing import Any

import pytest
from django.db import OperationalError

from oauth_server.models import AccessToken, AuditEvent, Authorization, RefreshToken
from oauth_server.tokens import revoke, store
from tests import factories
from tests.flows import App, Browser, error

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 7009", "2.1")]

SCOPE = "openid offline_access"


@pytest.fixture
def tokens(app: App, signed_in: Browser) -> dict[str, Any]:
    return app.tokens(signed_in, scope=SCOPE)


@pytest.fixture
def jwt_app(app: App) -> App:
    app.row.audiences.add(factories.AudienceFactory(identifier="https://api.example", token_format="jwt"))
    return app


def jwt_tokens(app: App, browser: Browser) -> dict[str, Any]:
    return app.tokens(browser, scope="offline_access", audience="https://api.example")


def test_the_answer_is_empty_and_not_cached(app: App, tokens: dict[str, Any]):
    response = app.revoke(tokens["access_token"])
    assert (response.status_code, response.content) == (200, b"")
    assert response["Cache-Control"] == "no-store"


# What is revoked, and what of access token, refresh token and the access token of before it ends (docs: the cascade)
CASCADE = {
    "access_token": (False, True, True),
    "refresh_token": (False, False, False),
    "older access token": (True, True, False),
    "older refresh token": (False, False, False),
}


@pytest.mark.threat(56)
@pytest.mark.asvs("10.4.9")
@pytest.mark.parametrize("revoked", CASCADE)
def test_what_ends_with_what(app: App, tokens: dict[str, Any], revoked: str):
    newer = app.refresh(tokens["refresh_token"]).json()
    values = {
        "access_token": newer["access_token"],
        "refresh_token": newer["refresh_token"],
        "older access token": tokens["access_token"],
        "older refresh token": tokens["refresh_token"],
    }
    assert app.revoke(values[revoked]).status_code == 200
    lives = (newer["access_token"], newer["refresh_token"], tokens["access_token"])
    assert tuple(app.is_active(value) for value in lives) == CASCADE[revoked]
    refreshed = app.refresh(newer["refresh_token"]).status_code
    assert refreshed == (200 if CASCADE[revoked][1] else 400)


@pytest.mark.threat(56)
def test_a_jwt_is_revoked_alone_or_with_its_family(jwt_app: App, signed_in: Browser):
    first, second = jwt_tokens(jwt_app, signed_in), jwt_tokens(jwt_app, signed_in)
    renewed = jwt_app.refresh(first["refresh_token"]).json()
    assert first["access_token"].count(".") == 2
    jwt_app.revoke(first["access_token"])
    assert not jwt_app.is_active(first["access_token"])
    assert jwt_app.is_active(renewed["access_token"])
    assert jwt_app.is_active(second["access_token"])
    jwt_app.revoke(renewed["refresh_token"])
    assert not jwt_app.is_active(renewed["access_token"])
    assert jwt_app.is_active(second["access_token"])


@pytest.mark.threat(54)
@pytest.mark.spec("RFC 7009", "2.2")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_somebody_elses_token_stays_and_the_answer_tells_nothing(tokens: dict[str, Any], app: App, kind: str):
    for stranger in (
        factories.app(),
        factories.app(token_endpoint_auth_method="none", grant_types=["authorization_code"]),
    ):
        answer = stranger.revoke(tokens[kind])
        assert (answer.status_code, answer.content) == (200, b"")
    assert app.is_active(tokens[kind])
    assert not AuditEvent.objects.filter(event__contains="revoked").exists()


@pytest.mark.threat(54)
def test_an_api_does_not_revoke_what_it_received(app: App, signed_in: Browser):
    audience = factories.AudienceFactory(identifier="https://api.example")
    api = factories.app()
    audience.introspectors.add(api.row)
    app.row.audiences.add(audience)
    token = app.tokens(signed_in, scope="profile", audience=audience.identifier)["access_token"]
    assert api.is_active(token)
    assert api.revoke(token).status_code == 200
    assert api.is_active(token)


@pytest.mark.spec("RFC 7009", "2.2")
@pytest.mark.parametrize(
    "value", ["x", "oas_at_", "oas_at_1" + "0" * 53, "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "é", " ", "x" * 60_000]
)
def test_what_is_unknown_is_revoked_already(app: App, value: str):
    assert app.revoke(value).status_code == 200


def test_twice_is_as_good_as_once(app: App, tokens: dict[str, Any]):
    for kind in ("access_token", "refresh_token"):
        assert [app.revoke(tokens[kind]).status_code for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "x"])
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_hint_never_misleads(app: App, tokens: dict[str, Any], kind: str, hint: str):
    app.revoke(tokens[kind], token_type_hint=hint)
    assert not app.is_active(tokens[kind])


def test_a_token_is_needed(app: App):
    assert error(app.revoke("")) == (400, "invalid_request")


def test_a_public_client_ends_its_own(public_app: App, app: App, signed_in: Browser):
    body = public_app.tokens(signed_in, scope=SCOPE)
    assert public_app.revoke(body["refresh_token"]).status_code == 200
    assert error(public_app.refresh(body["refresh_token"])) == (400, "invalid_grant")
    assert public_app.userinfo(body["access_token"]).status_code == 401


@pytest.mark.threat(33)
def test_a_revoked_refresh_token_is_dead_within_the_grace(app: App, tokens: dict[str, Any]):
    newer = app.refresh(tokens["refresh_token"]).json()
    app.revoke(newer["refresh_token"])
    assert error(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert error(app.refresh(newer["refresh_token"])) == (400, "invalid_grant")


def test_a_code_or_an_id_token_is_not_revoked_here(app: App, signed_in: Browser):
    code = app.code(signed_in)
    assert app.revoke(code).status_code == 200
    body = app.redeem(code).json()
    assert app.revoke(body["id_token"]).status_code == 200
    assert app.is_active(body["access_token"])


def test_a_revocation_is_recorded_once_with_its_reason(app: App, tokens: dict[str, Any]):
    app.revoke(tokens["refresh_token"])
    app.revoke(tokens["refresh_token"])
    event = AuditEvent.objects.get(event="family:revoked")
    assert (event.client_id, event.reason) == (app.client_id, "revoked by its client")


@pytest.mark.threat(55)
@pytest.mark.spec("RFC 7009", "2.2.1")
@pytest.mark.parametrize("broken", ["revoke_family", "use_once"])
def test_a_revocation_that_fails_says_so(
    jwt_app: App, signed_in: Browser, monkeypatch: pytest.MonkeyPatch, broken: str
):
    def fail(*args: Any) -> Any:
        raise OperationalError("the connection is gone")

    body = jwt_tokens(jwt_app, signed_in)
    kind = {"revoke_family": "refresh_token", "use_once": "access_token"}[broken]
    with monkeypatch.context() as patched:
        patched.setattr(store, broken, fail)
        answer = jwt_app.revoke(body[kind])
    assert error(answer) == (503, "temporarily_unavailable")
    assert int(answer["Retry-After"]) >= 1
    assert jwt_app.is_active(body[kind])
    assert jwt_app.revoke(body[kind]).status_code == 200
    assert not jwt_app.is_active(body[kind])


def test_nothing_brings_a_family_back(app: App, tokens: dict[str, Any]):
    family = Authorization.objects.get(client=app.row)
    assert revoke.family(family.pk) is True
    assert revoke.family(family.pk) is False
    first = Authorization.objects.get(pk=family.pk).revoked_at
    revoke.family(family.pk)
    assert Authorization.objects.get(pk=family.pk).revoked_at == first
    assert not app.is_active(tokens["access_token"])


def test_the_row_of_djangos_contract_revokes_as_the_endpoint_does(app: App, tokens: dict[str, Any]):
    AccessToken.objects.get().revoke()
    assert not app.is_active(tokens["access_token"])
    assert app.is_active(tokens["refresh_token"])
    RefreshToken.objects.get().revoke()
    assert not app.is_active(tokens["refresh_token"])
    assert error(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
