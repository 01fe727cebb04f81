"""`storage-keys`: the keys of the settings are exchanged, and nobody notices."""

import ast
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import checks as django_checks
from django.core.management import call_command
from django.db import DatabaseError

from oauth_server import clock, copies, digest, seal
from oauth_server.digest import Kind
from oauth_server.models import ClientSecret, InitialAccessToken, Session, SigningKey, StorageKey
from oauth_server.tokens import storage_keys
from tests import factories
from tests.apps.cli.conftest import Oauth
from tests.flows import App, Browser

ROOT = Path(__file__).parents[3]
SCOPE = "openid offline_access"
APART = "a SECRET_KEY that nothing is derived from"
SETTINGS = ["DIGEST_KEYS", "ENCRYPTION_KEYS"]
Keys = Callable[..., None]


@pytest.fixture(params=["own", "derived"])
def keys(request: pytest.FixtureRequest, settings: Any, db: None) -> Keys:
    """Sets the keys, as settings of their own or as SECRET_KEY with its fallbacks; every process has been started anew."""
    former = settings.SECRET_KEY

    def given(*names: str) -> None:
        values = [former if name == "former" else f"the key that is called {name}" for name in names]
        if request.param == "own":
            settings.SECRET_KEY = APART
            settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, **dict.fromkeys(SETTINGS, values)}
        else:
            settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = values[0], values[1:]
        copies.clear()

    given("former")
    StorageKey.objects.all().delete()
    storage_keys.note_first()
    return given


def states(oauth: Oauth) -> dict[str, set[str]]:
    """Fingerprint → its states in the settings."""
    found: dict[str, set[str]] = {}
    for item in oauth("list", "storage-keys", "--format", "json").json["items"]:
        found.setdefault(item["key"], set()).add(item["state"])
    found.pop(digest.fingerprint(APART), None)
    return found


def needed(oauth: Oauth, key: str) -> dict[str, str | None]:
    items = oauth("list", "storage-keys", "--format", "json").json["items"]
    return {item["needed_by"]: item["until"] for item in items if item["key"] == key and item["needed_by"]}


def ids() -> set[str | None]:
    return {message.id for message in django_checks.run_checks(tags=["database"], databases=["default"])}


def test_keys_are_exchanged_and_nobody_notices(
    oauth: Oauth, keys: Keys, app: App, signed_in: Browser, moving_clock: Any, settings: Any
):
    first = app.tokens(signed_in, scope=SCOPE)
    other = factories.app(client_id="never-comes")
    former = digest.first_key()
    assert states(oauth) == {former: {"writes"}}
    assert ids() == set()

    keys("former", "new")  # every process accepts the new one first
    assert app.is_active(first["access_token"])
    keys("new", "former")
    assert ids() == {"oauth_server.W007"}
    assert any("notes when it stopped writing" in what for what in needed(oauth, former))
    told = oauth("rotate", "storage-keys")
    assert ids() == set()
    assert f"sessions: {Session.objects.count()} moved" in told.err
    assert f"signing keys: {SigningKey.objects.count()} moved" in told.err
    assert all(seal.key_of("signing_key", row.sealed) == 0 for row in SigningKey.objects.all())
    assert states(oauth)[former] >= {"needed"}
    assert app.is_active(first["access_token"])
    rests = needed(oauth, former)
    assert {"access tokens", "refresh tokens"} <= set(rests)
    assert {what for what in rests if app.client_id in what} == set(), "its secret was presented"
    assert [what for what in rests if "never-comes" in what and other.secret[-4:] in what]

    second = app.refresh(first["refresh_token"]).json()
    until = max(until for until in rests.values() if until)
    moving_clock.time = max(moving_clock.time, datetime.fromisoformat(until)) - timedelta(hours=1)
    second = app.refresh(second["refresh_token"]).json()
    assert "refresh_token" in second, second
    oauth("rotate", "storage-keys")  # a second time changes nothing
    moving_clock.move(3601)
    assert set(needed(oauth, former)) == {what for what in rests if "never-comes" in what}
    assert other.client_credentials().status_code == 200
    assert states(oauth)[former] == {"may be dropped"}

    keys("new")
    assert ids() == set()
    for client in (app, other):
        assert client.client_credentials().status_code == 200
    assert app.refresh(second["refresh_token"]).status_code == 200


def test_a_key_that_is_dropped_too_early_is_missed(oauth: Oauth, keys: Keys, app: App):
    former = digest.first_key()
    token = app.client_credentials().json()["access_token"]
    keys("new", "former")
    oauth("rotate", "storage-keys")
    keys("new")
    assert ids() == {"oauth_server.E009"}
    assert states(oauth)[former] == {"missing"}
    keys("new", "former")
    assert ids() == set()
    assert app.is_active(token)


def test_a_key_that_was_never_noted_is_noted_at_the_next_rotation(oauth: Oauth, keys: Keys, app: App):
    former = digest.first_key()
    app.client_credentials()
    keys("third", "second", "former")
    oauth("rotate", "storage-keys")
    second = digest.fingerprint("the key that is called second")
    assert "access tokens" in needed(oauth, former)
    assert "access tokens" in needed(oauth, second)
    keys("former", "third", "second")  # back again
    assert ids() == {"oauth_server.W007"}
    oauth("rotate", "storage-keys")
    assert former in {key for key, found in states(oauth).items() if "writes" in found}
    assert needed(oauth, former) == {}


def test_what_a_changed_password_ended_stays_ended(oauth: Oauth, keys: Keys, app: App, signed_in: Browser, person: Any):
    tokens = app.tokens(signed_in, scope=SCOPE)
    type(person).objects.filter(pk=person.pk).update(password="another")
    keys("new", "former")
    assert "sessions: 0 moved" in oauth("rotate", "storage-keys").err
    assert app.refresh(tokens["refresh_token"]).status_code == 400


def test_tokens_of_registration_need_the_key_under_which_they_were_made(keys: Keys, app: App):
    until = clock.now() + timedelta(days=7)
    given = InitialAccessToken.objects.create(issuer=app.row.issuer, token="0" * 64, hint="wxyz", expires=until)
    type(app.row).objects.filter(pk=app.row.pk).update(registration_access_token="1" * 64)
    keys("new", "former")
    storage_keys.rotate()
    InitialAccessToken.objects.create(issuer=app.row.issuer, token="2" * 64, hint="later")
    needs = {need.what: need.until for status in storage_keys.statuses() for need in status.needs}
    assert needs[f"the initial access token …{given.hint}"] == until
    assert any(what.startswith("registration access tokens of 1 clients") for what in needs)
    assert not any("later" in what for what in needs)


def test_a_copy_of_a_secret_is_sealed_anew(keys: Keys, app: App):
    app.row.secrets.update(sealed=seal.seal("client_secret", app.secret.encode()))
    keys("new", "former")
    assert storage_keys.rotate()["client secrets"] == 1
    row = app.row.secrets.get()
    assert (seal.key_of("client_secret", row.sealed), seal.unseal("client_secret", row.sealed)) == (
        0,
        app.secret.encode(),
    )


def test_before_migrate_the_checks_are_silent(monkeypatch: pytest.MonkeyPatch, db: None):
    def no_table() -> None:
        raise DatabaseError

    monkeypatch.setattr(storage_keys, "statuses", no_table)
    assert ids() == set()


def test_a_second_migrate_notes_nothing(db: None, settings: Any):
    before = list(StorageKey.objects.values_list())
    assert before
    settings.SECRET_KEY = "another"
    call_command("migrate", verbosity=0)
    assert list(StorageKey.objects.values_list()) == before


# What somebody adds must not be forgotten here

HELD = {
    Kind.ACCESS_TOKEN: "AccessToken",
    Kind.REFRESH_TOKEN: "RefreshToken",
    Kind.AUTHORIZATION_CODE: "AuthorizationCode",
    Kind.CLIENT_SECRET: "",  # knows its key
    Kind.DEVICE_CODE: "DeviceRequest",
    Kind.USER_CODE: "DeviceRequest",
    Kind.INTERACTION: "Interaction",
    Kind.BROWSER: "Interaction",
    Kind.SESSION: "",  # made anew by `rotate`
    Kind.REPLAY: "Replay",
    Kind.ATTEMPT: "Attempt",
    Kind.REQUEST_URI: "PushedRequest",
    Kind.CHALLENGE: "Challenge",
    Kind.VERIFIER: "Challenge",
    Kind.INITIAL_ACCESS_TOKEN: "",  # listed by itself
    Kind.REGISTRATION_ACCESS_TOKEN: "",  # counted by itself
    Kind.REMEMBERED_DEVICE: "RememberedDevice",
    Kind.INVITATION: "Invitation",
}


# who seals what stays, and what is no longer kept than a page is open
KEPT = {
    "accounts/factor_adapter.py",
    "oauth_server/client_auth/secret.py",
    "oauth_server/keys/store.py",
    "oauth_server/models/issuer.py",
    "oauth_server/deeds/key_set.py",
    "oauth_server/dot/takeover_clients.py",
    "oauth_server/tokens/storage_keys.py",
    "oauth_server/testing/issue.py",  # signing keys
}
OPEN = {
    "accounts/cookies.py",  # they live as long as the sign-ins that they name, or only keep a mail from being sent
    "oauth_server/typed.py",  # a cookie for five minutes
    "oauth_server/admin/revocation.py",
    "oauth_server/admin/token.py",
    "oauth_server/deeds/trial.py",
    "oauth_server/endpoints/device.py",
    "oauth_server/logout/rp_initiated.py",
}


def test_every_digest_is_in_a_table_that_says_when_it_is_over():
    assert {kind for kind in Kind if kind not in HELD} == set(), "say where it is stored, and when it is over"
    names = {model.__name__ for model in storage_keys._dated_tables()}
    assert {HELD[kind] for kind in Kind if HELD[kind]} <= names


def test_whatever_is_sealed_and_stays_is_sealed_anew():
    """Who else calls `seal.seal` keeps it no longer than a page is open."""
    callers = set()
    for path in [*ROOT.glob("oauth_server/**/*.py"), *ROOT.glob("accounts/**/*.py"), *ROOT.glob("consent/**/*.py")]:
        calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        if any(ast.unparse(call) in {"seal.seal", "seal.to_cookie"} for call in calls):
            callers.add(path.relative_to(ROOT).as_posix())
    assert callers <= KEPT | OPEN, "add it to storage_keys.SEALED, or to OPEN where a page alone carries it"


def test_a_secret_without_digest_needs_no_key(keys: Keys, app: App):
    ClientSecret.objects.create(client=app.row, kind="hash", verifier="x")
    keys("new", "former")
    assert sum("secret" in need.what for status in storage_keys.statuses() for need in status.needs) == 1


def test_the_time_of_a_need_is_that_of_the_last_row(keys: Keys, app: App, moving_clock: Any):
    row = factories.RefreshTokenFactory(application=app.row, expires=clock.now() + timedelta(days=77))
    keys("new", "former")
    storage_keys.rotate()
    ends = [need.until for status in storage_keys.statuses() for need in status.needs if need.what == "refresh tokens"]
    assert set(ends) == {row.expires}
