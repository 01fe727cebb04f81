"""A backup is restored, and nothing that ended since it was made comes back (invariants I1, I2, I3 and I8)."""

import sqlite3
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client as HTTP

from consent.models import Consent
from oauth_server import clock, copies, issuers
from oauth_server.cli.tree import oauth
from oauth_server.models import (
    AuditEvent,
    Authorization,
    Client,
    ClientSecret,
    Interaction,
    Issuer,
    PushedRequest,
    SigningKey,
    TrustedIssuer,
)
from tests import factories
from tests.flows import FORM, App, Browser, error, parameters

SCOPE = "openid email offline_access"
Restore = Callable[[], None]
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PARTNER = "https://partner.example"


@pytest.fixture
def backup(transactional_db: None, tmp_path: Path) -> Callable[[], Restore]:
    """Makes a backup with the database's own means; what it gives restores it."""

    def make() -> Restore:
        if connection.vendor == "sqlite":
            connection.ensure_connection()
            copy = sqlite3.connect(tmp_path / "backup")
            connection.connection.backup(copy)
            return lambda: copy.backup(connection.connection)
        file = tmp_path / "backup"
        uri = f"postgresql:///{connection.settings_dict['NAME']}?host={connection.settings_dict['HOST']}&user={connection.settings_dict['USER']}"
        with connection.cursor() as cursor:
            cursor.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
            programs = Path(cursor.fetchone()[0])  # those of the server's own version

        def run(name: str, *more: str) -> None:
            subprocess.run([programs / name, *more], check=True, timeout=120)

        run("pg_dump", "--format=custom", f"--file={file}", uri)

        def restore() -> None:
            connection.close()
            run("pg_restore", "--clean", "--if-exists", "--single-transaction", f"--dbname={uri}", str(file))

        return restore

    return make


def after_restore() -> str:
    done = CliRunner().invoke(oauth, ["after-restore", "--yes"])
    assert done.exit_code == 0, done.output
    return done.output


def allowed(app: App, browser: Browser) -> str:
    """The code of a request whose page is answered with Allow."""
    page = app.authorize(browser, scope=SCOPE)
    return parameters(browser.submit(page, {"decision": "allow"}))["code"]


def send(values: dict[str, Any]) -> Any:
    return HTTP().post("/oauth2/token", urlencode(values), content_type=FORM)


@pytest.fixture
def stranger(transactional_db: None) -> App:
    """A client of somebody else's: people are asked."""
    return factories.app(skip_authorization=False, name="Photo Market")


@pytest.mark.goal("R13")
@pytest.mark.threat(115)
@pytest.mark.parametrize("restarted", [True, False])
def test_what_is_dead_stays_dead_after_a_restore(
    backup: Callable[[], Restore], stranger: App, person: Any, restarted: bool
):
    browser = Browser()
    browser.force_sign_in(person)
    kept = stranger.redeem(allowed(stranger, browser)).json()
    revoked = stranger.tokens(browser, scope=SCOPE)
    rotated = stranger.tokens(browser, scope=SCOPE)["refresh_token"]
    code = stranger.code(browser, scope=SCOPE)
    own = stranger.client_credentials().json()["access_token"]
    under_way = stranger.authorize(browser, scope=SCOPE, prompt="consent")
    signed_out = Browser()
    signed_out.force_sign_in(person)
    online = stranger.tokens(signed_out, scope="openid")
    restore = backup()

    # what happens until the disk breaks
    stranger.revoke(revoked["refresh_token"])
    stranger.revoke(own)
    newer = stranger.refresh(rotated).json()
    issued = stranger.redeem(code).json()
    assert "code" in parameters(browser.submit(under_way, {"decision": "allow"}))
    signed_out.http.logout()
    journal = [
        *(tokens[name] for tokens in (kept, revoked, newer, issued) for name in ("access_token", "refresh_token")),
        rotated,
        own,
        online["access_token"],
        stranger.client_credentials().json()["access_token"],
    ]
    secrets, keys = list(ClientSecret.objects.values_list()), set(SigningKey.objects.values_list("kid", flat=True))

    restore()
    if restarted:
        copies.clear()
    assert stranger.is_active(own), "what the command is for"
    told = after_restore()
    assert "sign-ins ended" in told
    assert [token for token in journal if stranger.is_active(token)] == []
    for token in journal:
        assert error(stranger.refresh(token)) == (400, "invalid_grant")
        assert stranger.userinfo(token).status_code == 401
    assert error(stranger.redeem(code)) == (400, "invalid_grant")
    assert browser.submit(under_way, {"decision": "allow"}).status_code in {403, 400, 404}
    assert not Interaction.objects.exists()
    for one in (browser, signed_out):
        assert error(stranger.authorize(one, prompt="none")) == (303, "login_required")
    assert AuditEvent.objects.filter(event="issuer:tokens_revoked").count() == Issuer.objects.count()

    # and what lives goes on
    assert list(ClientSecret.objects.values_list()) == secrets
    assert set(SigningKey.objects.values_list("kid", flat=True)) == keys
    assert Consent.objects.count() == 1
    assert stranger.is_active(stranger.client_credentials().json()["access_token"])
    browser.force_sign_in(person)
    again = stranger.tokens(browser, scope=SCOPE)  # nobody is asked again
    assert stranger.userinfo(again["access_token"]).status_code == 200
    assert stranger.refresh(again["refresh_token"]).status_code == 200


def test_every_issuer_is_raised_and_none_is_lowered(db: None):
    other = factories.IssuerFactory()
    later = clock.now() + timedelta(days=1)
    Issuer.objects.filter(pk=other.pk).update(tokens_not_before=later)
    before = clock.now()
    after_restore()
    raised = issuers.first().tokens_not_before
    assert raised is not None
    assert raised >= before
    assert Issuer.objects.get(pk=other.pk).tokens_not_before == later


def test_a_backup_whose_clock_was_ahead_is_dead_too(app: App):
    row = factories.AccessTokenFactory(application=app.row, authorization__client=app.row)
    ahead = clock.now() + timedelta(minutes=5)
    Authorization.objects.filter(pk=row.authorization_id).update(created=ahead)
    assert app.is_active(row.clear)
    after_restore()
    assert not app.is_active(row.clear)


def test_it_asks_before_it_does_it(app: App):
    token = app.client_credentials().json()["access_token"]
    assert CliRunner().invoke(oauth, ["after-restore"], input="n\n").exit_code == 1
    assert app.is_active(token)


@pytest.mark.parametrize("engine", ["signed_cookies", "cache"])
def test_sessions_that_are_not_in_the_database_are_left(db: None, settings: Any, engine: str):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    assert "sessions of the site removed" in after_restore()


def test_what_is_under_way_is_gone(app: App):
    PushedRequest.objects.all().delete()
    factories.InteractionFactory()
    factories.DeviceRequestFactory()
    told = after_restore().splitlines()
    assert {line.split("\t")[0].strip(): line.split("\t")[1].strip() for line in told if "\t" in line}[
        "interactions removed"
    ] == "1"


@pytest.mark.goal("R13")
@pytest.mark.threat(44, 115)
def test_what_was_signed_for_one_use_before_the_restore_is_refused(
    backup: Callable[[], Restore], person: Any, settings: Any
):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "CLIENT_ASSERTION_LIFETIME": 600}
    browser = Browser()
    browser.force_sign_in(person)
    grants = ["client_credentials", "authorization_code", JWT_BEARER]
    client = factories.app(token_endpoint_auth_method="private_key_jwt", grant_types=grants)
    Client.objects.filter(pk=client.row.pk).update(registration_access_token="x" * 64)
    issuer = client.row.issuer
    api = factories.AudienceFactory()
    trusted = TrustedIssuer.objects.create(
        issuer=issuer, identifier=PARTNER, jwks=client.row.client_jwks, any_subject=True
    )
    trusted.audiences.set([api])
    client.row.audiences.set([api])

    def assertion(**changes: Any) -> dict[str, Any]:
        return {**client.assertion(**changes), "grant_type": "client_credentials"}

    def vouched(**changes: Any) -> dict[str, Any]:
        given = client.assertion(iss=PARTNER, sub="robot-1", **changes)["client_assertion"]
        return {**client.assertion(), "grant_type": JWT_BEARER, "assertion": given, "audience": api.identifier}

    def asks(**changes: Any) -> str:
        signed = client.assertion(**{**client.request(), "sub": None, **changes})
        return f"/oauth2/auth?{urlencode({'client_id': client.client_id, 'request': signed['client_assertion']})}"

    made = int(clock.now().timestamp()) - 5
    old = [make(iat=iat) for make in (assertion, vouched) for iat in (made, None)]
    seen = asks(iat=made)
    restore = backup()
    for one in old:
        assert send(one).status_code == 200
    assert "code" in parameters(browser.get(seen))

    restore()
    copies.clear()
    assert "registration access tokens ended" in after_restore()
    # whoever brings an assertion of another issuer shows anew who it is itself
    again = [{**one, **(client.assertion() if "assertion" in one else {})} for one in old]
    assert [error(send(one))[0] for one in again] == [401, 401, 400, 400]
    browser.force_sign_in(person)
    # what is in the object does not count, so there is nowhere to send the browser
    assert error(browser.get(seen)) == (400, "page")
    # and what is made now works, and once
    for fresh in (assertion(), vouched(iat=None, nbf=int(clock.now().timestamp()))):
        assert send(fresh).status_code == 200
    assert "code" in parameters(browser.get(asks()))
    assert not Client.objects.exclude(registration_access_token="").exists()
