"""What a copy of the database is worth: no value in it opens anything."""

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client as HTTP

from oauth_server import issuers
from oauth_server.client_auth import secret
from oauth_server.keys import rotation
from oauth_server.models import AuthorizationCode, Client, RefreshToken
from oauth_server.tokens import device, user_code
from tests import factories
from tests.flows import FORM, App, Browser

pytestmark = [pytest.mark.django_db, pytest.mark.threat(100)]

CHOSEN = "a secret which a person chose"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def world(app: App, signed_in: Browser, visitor: Browser) -> dict[str, Any]:
    """Every table filled by the flows themselves, and the clear values that were handed out."""
    api = factories.AudienceFactory(identifier="https://api.example", token_format="jwt")
    app.row.audiences.add(api)
    posting = factories.app(token_endpoint_auth_method="client_secret_post")
    secret.choose(posting.row, CHOSEN)
    public = factories.app(token_endpoint_auth_method="none", grant_types=["authorization_code", "refresh_token"])
    first = app.tokens(signed_in, scope="openid offline_access", nonce="a-nonce")
    elsewhere, told = Browser(), factories.app(backchannel_logout_uri="https://rp.example/backchannel")
    elsewhere.force_sign_in(factories.UserFactory())
    told.tokens(elsewhere)
    elsewhere.http.logout()
    second = app.refresh(first["refresh_token"]).json()
    jwt = app.tokens(signed_in, scope="offline_access profile", resource="https://api.example")
    app.revoke(jwt["access_token"])
    factories.AuthorizationDetailTypeFactory(type="payment", audience=api)
    posting.row.authorization_details_types = ["payment"]
    posting.row.save()
    own = posting.client_credentials(authorization_details='[{"type": "payment"}]').json()
    theirs = public.tokens(signed_in, scope="openid offline_access")
    code = app.code(signed_in, scope="openid offline_access")
    waiting = app.authorize(Browser(), scope="openid", prompt="login")
    rotation.rotate(issuers.first(), "ES256", force=True)
    app.http.post("/oauth2/token", "grant_type=x", content_type=FORM, headers=app.credentials()[0])
    pushed = app.post("/oauth2/par", **app.request()).json()["request_uri"]
    television = factories.app(grant_types=[DEVICE_GRANT], response_types=[], redirect_uris="")
    begun = television.post("/oauth2/device/auth", scope="openid").json()
    signed_in.submit(signed_in.open("/device"), {"user_code": begun["user_code"]})
    clear = {
        "pushed request": pushed.rpartition(":")[2],
        "device code": begun["device_code"],
        "user code": begun["user_code"],
        "user code, as it is read": begun["user_code"].replace("-", ""),
        "code": code,
        "generated secret": app.secret,
        "second secret": posting.secret,
        "chosen secret": CHOSEN,
        "own access token": own["access_token"],
        **{
            f"{kind} {name}": body[kind]
            for name, body in (("first", first), ("second", second), ("jwt", jwt), ("public", theirs))
            for kind in ("access_token", "refresh_token")
        },
    }
    handle = waiting.address.rpartition("/")[2]
    return {"clear": clear, "apps": (app, posting, public), "handle": handle, "television": television}


def rows() -> Iterator[tuple[str, str, Any]]:
    """Every column of every row of every table, as the database holds it."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                yield from ((table, name, value) for name, value in zip(names, row, strict=True))


def values() -> dict[str, str]:
    """Each different value with a place where it stands, and the parts of JSON and of text with separators."""
    found: dict[str, str] = {}
    for table, name, value in rows():
        text = value.decode("latin-1") if isinstance(value, (bytes, memoryview)) else str(value)
        for part in {text, *text.replace('"', " ").replace("$", " ").replace(",", " ").split()}:
            if part and len(part) < 5_000:
                found.setdefault(part, f"{table}.{name}")
    return found


@pytest.mark.seed("S-73")
def test_no_value_is_a_user_code(world: dict[str, Any]):
    for value, place in values().items():
        assert not device.enter(world["television"].row.issuer, user_code.read(value)), place


@pytest.mark.seed("S-05")
@pytest.mark.seed("S-34")
@pytest.mark.threat(99)
def test_no_clear_value_is_anywhere_in_it(world: dict[str, Any]):
    dump = "\n".join(f"{table}.{name}={value}" for table, name, value in rows())
    for name, value in world["clear"].items():
        assert value not in dump, name
        # nor its random part, nor as base64
        assert value[-40:] not in dump, name
        assert base64.b64encode(value.encode()).decode().rstrip("=")[:-2] not in dump, name
    assert world["handle"] not in dump
    assert "PRIVATE KEY" not in dump
    assert '"d":' not in dump.replace(" ", "")


def test_every_table_of_the_server_was_filled(world: dict[str, Any]):
    """So that the tests here look at something."""
    empty = {
        model.__name__
        for model in apps.get_app_config("oauth_server").get_models()
        if not model._default_manager.exists()
    }
    # what no feature fills yet; those of Hydra's contract and of the console are looked at in tests/apps
    elsewhere = {"Challenge", "StoredKey", "ClientLogo", "WebhookDelivery"}
    without_secrets = {"AuditDoor", "JobRun", "Counter", "ClientSecretUse"}
    assert empty - elsewhere - without_secrets <= {"IDToken", "InitialAccessToken", "TrustedIssuer", "Attempt"}


def post(path: str, **form: str) -> Any:
    return HTTP().post(path, urlencode(form), content_type=FORM)


def basic(client_id: str, value: str) -> dict[str, str]:
    joined = f"{quote_plus(client_id)}:{quote_plus(value)}"
    return {"authorization": "Basic " + base64.b64encode(joined.encode()).decode()}


def test_no_value_is_a_token_anywhere(world: dict[str, Any]):
    app, _, public = world["apps"]
    found = values()
    assert len(found) > 200
    for value, place in found.items():
        bearer = {"authorization": f"Bearer {value}"} if value.isascii() and value.isprintable() else {}
        if bearer:
            assert HTTP().get("/userinfo", headers=bearer).status_code in {401}, place
        assert app.introspect(value).json().get("active", False) is False, place
        assert app.refresh(value).status_code == 400, place
        assert public.refresh(value).status_code == 400, place
        assert app.redeem(value).status_code == 400, place
        assert world["television"].token(grant_type=DEVICE_GRANT, device_code=value).status_code == 400, place
    # and what was handed out is still good: the tries harmed nobody
    assert app.is_active(world["clear"]["access_token second"])
    assert AuthorizationCode.objects.filter(used_at=None).exists()


def test_no_value_is_the_secret_of_a_client(world: dict[str, Any], settings: Any):
    # each value is tried: the limit would end the test, not the attack
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "CLIENT_SECRET_FAILURES": 1_000_000}
    app, posting, _ = world["apps"]
    for value, place in values().items():
        form = {"grant_type": "client_credentials", "client_id": posting.client_id, "client_secret": value}
        assert post("/oauth2/token", **form).status_code in {400, 401}, place
        if "\x00" not in value:
            header = basic(app.client_id, value)
            body = urlencode({"grant_type": "client_credentials"})
            assert HTTP().post("/oauth2/token", body, content_type=FORM, headers=header).status_code == 401, place


def test_no_value_is_the_handle_of_an_interaction(world: dict[str, Any]):
    for value, place in values().items():
        if value.isascii() and value.isprintable() and not set(value) & set("/?#%. "):
            assert HTTP().get(f"/oauth2/interaction/{value}").status_code in {400, 404}, place


def test_a_sealed_answer_opens_with_nothing_that_the_database_holds(app: App, signed_in: Browser, settings: Any):
    from oauth_server import seal
    from oauth_server.tokens.issue import SEALED

    body = app.tokens(signed_in, scope="openid offline_access")
    app.refresh(body["refresh_token"])
    row = RefreshToken.objects.exclude(sealed="").get()
    for value in [*values(), settings.SECRET_KEY, *Client.objects.values_list("client_id", flat=True)]:
        with pytest.raises(seal.Unreadable):
            seal.unseal_with(value, SEALED, row.sealed)
    assert seal.unseal_with(body["refresh_token"], SEALED, row.sealed)


def test_a_clear_token_cannot_be_stored_by_any_path(app: App):
    from django.db import IntegrityError, transaction

    for make in (factories.AccessTokenFactory, factories.RefreshTokenFactory):
        with pytest.raises(IntegrityError), transaction.atomic():
            make(token="in the clear")


@pytest.mark.threat(22)
@pytest.mark.spec("RFC 6749", "10.5")
def test_no_kind_of_credential_is_taken_for_another(app: App, signed_in: Browser):
    """Also when somebody moves a digest from one table to another."""
    body = app.tokens(signed_in, scope="openid offline_access")
    code = app.code(signed_in)
    for value in (body["access_token"], body["refresh_token"], body["id_token"], app.secret, code):
        assert (app.refresh(value).status_code == 200) == (value == body["refresh_token"])
        assert (app.userinfo(value).status_code == 200) == (value == body["access_token"])
        assert (app.redeem(value).status_code == 200) == (value == code)


def test_the_same_value_has_another_digest_in_each_table():
    from oauth_server import digest

    found = {digest.digest(kind, "the same value") for kind in digest.Kind}
    assert len(found) == len(digest.Kind)
