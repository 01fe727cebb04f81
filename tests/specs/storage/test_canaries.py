"""Canaries: marked credentials go through the whole server, and no log line, audit event, answer or address sings of them."""

import base64
import logging
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from django.db import OperationalError, connection
from django.test import Client as HTTP

from oauth_server.client_auth import secret
from oauth_server.models import AuditEvent, ClientSecret
from tests import factories
from tests.flows import FORM, PASSWORD, App, Browser, parameters
from tests.specs.storage.test_dump import rows

pytestmark = [pytest.mark.django_db, pytest.mark.threat(99), pytest.mark.goal("R14")]


class Cage:
    """Everything that the server writes down while the test runs."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.log = caplog
        self.canaries: dict[str, str] = {}

    def add(self, name: str, value: str) -> str:
        self.canaries[name] = value
        return value

    def written(self) -> str:
        """Messages, what our own records carry beside them (Django's carry the request), stack traces."""
        lines = []
        for record in self.log.records:
            if record.name == "django.db.backends":
                continue
            lines.append(record.getMessage())
            if record.name.startswith("oauth_server"):
                lines.append(str(vars(record)))
            if record.exc_info:
                lines.append(logging.Formatter().formatException(record.exc_info))
        return "\n".join(lines)

    def check(self) -> None:
        written = self.written()
        events = str(list(AuditEvent.objects.values()))
        dump = "\n".join(str(value) for _, _, value in rows())
        assert len(self.canaries) >= 30
        for name, value in self.canaries.items():
            for place, text in (("log", written), ("audit", events), ("database", dump)):
                assert value not in text, f"{name} is in the {place}"


@pytest.fixture
def cage(caplog: pytest.LogCaptureFixture) -> Cage:
    caplog.set_level(logging.DEBUG)
    return Cage(caplog)


def basic(client_id: str, value: str) -> dict[str, str]:
    joined = f"{quote_plus(client_id)}:{quote_plus(value)}"
    return {"authorization": "Basic " + base64.b64encode(joined.encode()).decode()}


# Where a confused client may put a credential
WRONG_PLACES = (
    "scope",
    "resource",
    "audience",
    "code",
    "redirect_uri",
    "code_verifier",
    "grant_type",
    "token",
    "username",
    "unknown",
)


@pytest.mark.seed("S-34")
def test_no_canary_sings(cage: Cage, app: App, visitor: Browser, person: Any):
    app.secret = cage.add("secret", "canary-secret-5f1c2a9b7d3e4860")
    app.row.secrets.all().delete()
    secret.choose(app.row, app.secret)
    generated = cage.add("generated secret", secret.issue(app.row))
    api = factories.AudienceFactory(identifier="https://api.example", token_format="jwt")
    app.row.audiences.add(api)
    app.verifier = cage.add("verifier", "canary-verifier-" + "7" * 40)

    # the good way, with a page on the way
    page = app.authorize(visitor, scope="openid offline_access", prompt="login")
    handle = cage.add("handle", page.address.rpartition("=")[2].rpartition("/")[2] or page.address)
    assert visitor.sign_in(page, person, "canary-wrong-password-19ab").status_code == 200
    cage.add("wrong password", "canary-wrong-password-19ab")
    arrived = visitor.sign_in(app.authorize(visitor, scope="openid offline_access", prompt="login"), person)
    cage.add("password", PASSWORD)
    code = cage.add("code", parameters(arrived)["code"])
    body = app.redeem(code).json()
    for kind in ("access_token", "refresh_token", "id_token"):
        cage.add(f"first {kind}", body[kind])
    again = app.refresh(body["refresh_token"]).json()
    for kind in ("access_token", "refresh_token", "id_token"):
        cage.add(f"second {kind}", again[kind])
    jwt = app.tokens(visitor, scope="profile offline_access", resource="https://api.example")
    cage.add("JWT", jwt["access_token"])
    cage.add("third refresh_token", jwt["refresh_token"])
    own = cage.add("own token", app.client_credentials().json()["access_token"])
    app.introspect(again["access_token"])
    app.userinfo(again["access_token"])
    # replays, mistakes, revocations
    app.redeem(code)
    app.redeem(code, code_verifier=cage.add("wrong verifier", "canary-wrong-verifier-" + "8" * 40))
    app.refresh(body["refresh_token"])
    app.revoke(jwt["access_token"])
    app.revoke(jwt["refresh_token"])
    for n in range(3):
        value = cage.add(f"wrong secret {n}", f"canary-wrong-secret-{n}-c0ffee")
        HTTP().post(
            "/oauth2/token", "grant_type=client_credentials", content_type=FORM, headers=basic(app.client_id, value)
        )
    HTTP().get("/userinfo", headers={"authorization": f"Bearer {cage.add('bearer', 'oas_at_canary-bearer-91')}"})
    HTTP().get("/userinfo", headers={"authorization": f"Digest {cage.add('digest', 'canary-digest-91')}"})
    # credentials where names belong
    live = app.tokens(visitor, scope="openid offline_access")
    values = {
        "live access token": live["access_token"],
        "live refresh token": live["refresh_token"],
        "live ID token": live["id_token"],
        "live generated secret": generated,
        "live own token": own,
    }
    for name, value in values.items():
        cage.add(name, value)
        for place in WRONG_PLACES:
            for grant in ("client_credentials", "authorization_code", "refresh_token"):
                app.token(**{"grant_type": grant, "code": "x", "redirect_uri": "x", place: value})
            app.post("/oauth2/introspect", **{"token": "x", place: value})
            app.authorize(visitor, **{place: value, "prompt": "none"})
        HTTP().get("/oauth2/auth", {"client_id": value, "redirect_uri": "https://evil.example"})
        HTTP().get("/oauth2/auth", {"client_id": app.client_id, "redirect_uri": f"https://evil.example/{value}"})
        HTTP().post("/oauth2/token", urlencode({value: "x"}) + "&" + urlencode({value: "x"}), content_type=FORM)
        HTTP().post("/oauth2/token", urlencode({"client_id": value, "grant_type": "x"}), content_type=FORM)
        HTTP().get("/userinfo", headers={"authorization": value})
    for n in range(10):
        value = cage.add(f"canary {n}", f"oas_rt_1canary{n}" + "z" * 45)
        app.refresh(value)
        app.token(grant_type="client_credentials", scope=value)
    assert handle
    cage.check()


def test_a_broken_database_says_nothing_either(
    cage: Cage, app: App, signed_in: Browser, monkeypatch: pytest.MonkeyPatch
):
    from oauth_server.models import AccessToken

    tokens = app.tokens(signed_in, scope="openid offline_access")
    canaries = [tokens["access_token"], tokens["refresh_token"], app.secret]
    table = AccessToken._meta.db_table

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if table in sql:
            raise OperationalError("disk full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        answers = [
            app.introspect(tokens["access_token"]),
            app.userinfo(tokens["access_token"]),
            app.client_credentials(),
            app.revoke(tokens["access_token"]),
        ]
    assert {answer.status_code for answer in answers} == {503}
    for value in canaries:
        assert value not in cage.written()
        assert all(value not in answer.content.decode() for answer in answers)


@pytest.mark.parametrize(
    "model", ["AccessToken", "RefreshToken", "AuthorizationCode", "ClientSecret", "SigningKey", "Client"]
)
def test_a_row_that_is_printed_tells_no_credential(model: str, app: App):
    """Rows appear in tracebacks, in the shell and in the admin."""
    from oauth_server import models

    factory = getattr(factories, f"{model}Factory")
    row = factory()
    clear = getattr(row, "clear", "")
    assert not clear or (clear not in repr(row) and clear not in str(row))
    for name in ("sealed", "verifier", "client_secret", "token_checksum", "code"):
        stored = getattr(row, name, "")
        assert not stored or stored not in repr(row)
    assert isinstance(row, getattr(models, model))


@pytest.mark.seed("S-34")
def test_nothing_hands_a_secret_out_again(app: App):
    from oauth_server.registration import metadata

    described = str(metadata.describe(app.row))
    assert app.secret not in described
    assert app.row.client_secret not in described
    assert ClientSecret.objects.get().verifier not in described
