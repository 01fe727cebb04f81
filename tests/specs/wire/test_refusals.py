"""Each refused request is an event that names the failing rule in words, its client and its trace; the sender learns none of it."""

import ast
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as HTTP

import oauth_server
from oauth_server import clock, counters
from oauth_server.client_auth import secret
from oauth_server.models import AuditEvent, Client, Counter
from tests import factories
from tests.flows import CALLBACK, App
from tests.specs.rfc6749_client_auth.test_client_auth import basic, send

pytestmark = pytest.mark.django_db

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def _expired(app: App) -> str:
    app.row.secrets.update(expires=clock.now() - timedelta(days=1))
    return app.secret


def _chosen_hash(app: App) -> str:
    secret.choose(app.row, "a secret that a person chose")
    return str(app.row.secrets.get(kind="hash").verifier)


def _off(app: App) -> str:
    Client.objects.update(enabled=False)
    return app.secret


# what is sent with Basic → what the event says
SECRETS: dict[str, tuple[Callable[[App], str], str]] = {
    "another": (lambda app: "another", "secret did not match, last rotated 20"),
    "the digest of the database": (lambda app: app.row.secrets.get().verifier, "the value sent is a stored digest"),
    "the hash of the database": (_chosen_hash, "the value sent is a stored digest"),
    "one that has expired": (_expired, "expired on 20"),
    "nothing": (lambda app: "", "the secret is missing or empty"),
    "one of a client that is off": (_off, "the client is switched off"),
}


@pytest.mark.bar("O3.3", "O7.1")
@pytest.mark.parametrize("sent", SECRETS)
def test_a_failed_login_of_a_client_explains_itself_to_the_operator_alone(sent: str):
    app = factories.app()
    value, told = SECRETS[sent]
    answer = send("/oauth2/token", {**basic(app.client_id, value(app)), "traceparent": PARENT}, [])
    assert (answer.status_code, answer.json()["error_description"]) == (401, "Client authentication failed.")
    event = AuditEvent.objects.get()
    assert (event.event, event.trace_id) == ("client:refused", TRACE)
    assert told in event.reason
    assert event.client_id == ("" if "off" in sent else app.client_id)
    assert event.issuer
    assert app.secret not in event.reason


@pytest.mark.bar("O3.3")
def test_a_public_client_that_sends_a_secret_is_told_apart():
    app = factories.app(token_endpoint_auth_method="none", grant_types=["authorization_code"])
    send("/oauth2/token", basic(app.client_id, "made up"), [])
    assert "client is public" in AuditEvent.objects.get().reason
    app = factories.app()
    send("/oauth2/token", {}, [("client_id", app.client_id), ("client_secret", app.secret)])
    assert AuditEvent.objects.latest("pk").reason.endswith(
        "client_secret_post is not the registered method, which is client_secret_basic"
    )
    send("/oauth2/token", basic("nobody", "x"), [])
    assert "unknown client" in AuditEvent.objects.latest("pk").reason


def _authorize(app: App, **changes: Any) -> None:
    HTTP().get(app.authorize_url(**changes))


def _elsewhere(app: App) -> None:
    other = factories.IssuerFactory(slug="elsewhere")
    Client.objects.update(issuer=other)
    _authorize(app)


# request → the rule in words
REQUESTS: dict[str, tuple[Callable[[App], Any], str]] = {
    "a path": (
        lambda app: _authorize(app, redirect_uri=f"{CALLBACK}/more"),
        f"redirect_uri: path differs from {CALLBACK}",
    ),
    "a slash": (
        lambda app: _authorize(app, redirect_uri=f"{CALLBACK}/"),
        "redirect_uri: path (a slash at the end) differs",
    ),
    "a host": (lambda app: _authorize(app, redirect_uri=CALLBACK.replace("//", "//x.")), "redirect_uri: host differs"),
    "a query": (lambda app: _authorize(app, redirect_uri=f"{CALLBACK}?a=b"), "redirect_uri: query differs"),
    "no redirect URI": (lambda app: _authorize(app, redirect_uri=None), "redirect_uri is missing"),
    "no PKCE": (lambda app: _authorize(app, code_challenge=None), "code_challenge"),
    "a response type": (lambda app: _authorize(app, response_type="token"), "response type"),
    "a scope": (lambda app: _authorize(app, scope="openid nothing"), "invalid_scope"),
    "another issuer": (_elsewhere, "the client belongs to another issuer"),
    "a grant": (lambda app: app.post("/oauth2/token", grant_type="password"), "unsupported_grant_type"),
    "a code": (lambda app: app.redeem("oas_ac_unknown"), "not a code of this server"),
    "a refresh token": (lambda app: app.refresh("oas_rt_unknown"), "refresh token"),
    "a token": (lambda app: app.userinfo("oas_at_unknown"), "invalid_token"),
}


@pytest.mark.bar("O7.1")
@pytest.mark.parametrize("what", REQUESTS)
def test_a_refused_request_names_the_rule(what: str):
    app = factories.app()
    send_it, told = REQUESTS[what]
    send_it(app)
    event = AuditEvent.objects.filter(event="request:refused").latest("pk")
    assert told in event.reason, event.reason
    assert event.client_id == ("" if what in {"a token", "another issuer", "a grant"} else app.client_id)


# Of these the bare name says nothing about the rule
GENERAL = {
    "InvalidRequest",
    "InvalidGrant",
    "InvalidClient",
    "InvalidScope",
    "InvalidTarget",
    "InvalidToken",
    "UnauthorizedClient",
}
GENERAL |= {"AccessDenied", "InvalidRequestObject", "InvalidRequestUri", "InvalidClientMetadata", "ServerError"}


@pytest.mark.bar("O7.1")
def test_no_refusal_is_raised_without_the_words_of_its_rule():
    bare = []
    for path in (Path(oauth_server.__file__).parent).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            raised = node.exc if isinstance(node, ast.Raise) else None
            name = raised.func if isinstance(raised, ast.Call) else raised
            is_bare = not (isinstance(raised, ast.Call) and (raised.args or raised.keywords))
            if isinstance(name, ast.Name) and name.id in GENERAL and is_bare:
                bare.append(f"{path.name}:{name.lineno} {name.id}")
    assert bare == []


@pytest.mark.bar("O7.1")
@pytest.mark.threat(50)
def test_a_flood_of_refusals_is_counted_and_not_written_down(settings: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(counters, "_running", True)  # its thread would write after this test
    # in one window and one hour, whenever this runs
    limits = {"REFUSALS_RECORDED": 3, "REFUSALS_RECORDED_IN_ALL": 5, "COUNT_USAGE": True, "LIMIT_WINDOW": 10**9}
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, **limits, "CLIENT_SECRET_FAILURES": 1000}
    monkeypatch.setattr("oauth_server.endpoints.base._recorded", {})
    app = factories.app()
    for _ in range(6):
        send("/oauth2/token", basic(app.client_id, "wrong"), [])
    reasons = list(AuditEvent.objects.order_by("pk").values_list("reason", flat=True))
    assert len(reasons) == 3
    assert "are counted, not recorded" in reasons[2]
    for number in range(5):
        send("/oauth2/token", basic(app.client_id, "wrong"), [], REMOTE_ADDR=f"192.0.2.{number}")
    assert AuditEvent.objects.count() == 5
    assert app.client_credentials().status_code == 200
    for _ in range(2):
        counters.write()
    found = {(row.client_id, row.span, row.name): row.count for row in Counter.objects.all()}
    sums = {"refused:invalid_client": 11, "token:client_credentials": 1}
    assert found == {
        (client, span, name): count
        for name, count in sums.items()
        for client, span in (("", "hour"), (app.client_id, "hour"), (app.client_id, "day"))
    }
    assert app.client_credentials().status_code == 200
    counters.write()
    assert Counter.objects.get(client_id="", name="token:client_credentials").count == 2
