"""OpenID Connect Core 1.0 §11: without offline_access a family ends with its sign-in, also one that was made at that very moment."""

from typing import Any

import pytest

from oauth_server import clock
from oauth_server.models import Audience, Authorization, Session
from oauth_server.tokens import lookup, revoke
from tests import factories
from tests.flows import App, Browser, error

ONLINE, OFFLINE = "openid", "openid offline_access"


@pytest.fixture
def app(db: None) -> App:
    """Its refresh tokens do not hang on offline_access."""
    return factories.app(refresh_token_rule="always")


def signed_out_meanwhile() -> None:
    """What a sign-out leaves that read the families just before the last one was stored."""
    Session.objects.update(ended_at=clock.now())


@pytest.mark.threat(37, 82)
@pytest.mark.spec("OpenID Connect Core 1.0", "11")
@pytest.mark.parametrize(("scope", "alive"), [(ONLINE, False), (OFFLINE, True)])
def test_a_code_of_the_moment_of_the_sign_out(app: App, signed_in: Browser, scope: str, alive: bool):
    code = app.code(signed_in, scope=scope)
    signed_out_meanwhile()
    answer = app.redeem(code)
    assert answer.status_code == 200 if alive else error(answer) == (400, "invalid_grant")


@pytest.mark.threat(37, 82)
@pytest.mark.spec("OpenID Connect Core 1.0", "11")
@pytest.mark.parametrize(("scope", "alive"), [(ONLINE, False), (OFFLINE, True)])
def test_the_tokens_of_that_moment(app: App, signed_in: Browser, scope: str, alive: bool):
    body = app.tokens(signed_in, scope=scope)
    narrow = app.refresh(body["refresh_token"], scope="openid").json()
    signed_out_meanwhile()
    for token in (body["access_token"], narrow["access_token"], narrow["refresh_token"]):
        assert app.is_active(token) is alive
        found = lookup.find(token)
        assert found is not None
        assert found.active is alive
        assert alive or found.why == "the person signed out"
    stored = lookup.find(body["access_token"])
    assert stored is not None
    assert stored.row.is_valid() is alive
    assert (app.userinfo(body["access_token"]).status_code == 200) is alive
    assert (app.refresh(narrow["refresh_token"]).status_code == 200) is alive
    # within the grace of the first refresh
    assert Authorization.objects.get().revoked_at is None


@pytest.mark.threat(37)
def test_a_retry_gets_nothing_either(app: App, signed_in: Browser):
    body = app.tokens(signed_in)
    assert app.refresh(body["refresh_token"]).status_code == 200
    signed_out_meanwhile()
    assert error(app.refresh(body["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.threat(37)
@pytest.mark.parametrize(("scope", "alive"), [("", False), (" offline_access", True)])
def test_a_jwt_of_that_moment(app: App, signed_in: Browser, scope: str, alive: bool):
    api = factories.AudienceFactory(token_format=Audience.TokenFormat.JWT)
    app.row.audiences.add(api)
    body = app.tokens(signed_in, scope=f"openid{scope}", resource=api.identifier)
    assert body["access_token"].startswith("eyJ")
    assert app.is_active(body["access_token"])
    signed_out_meanwhile()
    assert app.is_active(body["access_token"]) is alive


@pytest.mark.threat(82)
def test_a_sign_out_ends_what_is_there(app: App, signed_in: Browser, person: Any):
    online, offline = app.tokens(signed_in), app.tokens(signed_in, scope=OFFLINE)
    revoke.session(Session.objects.get())
    assert not app.is_active(online["access_token"])
    assert app.is_active(offline["access_token"])
    assert Authorization.objects.exclude(revoked_at=None).count() == 1
