"""The incident switch: nothing is issued, everything else goes on, and an operator turns it back."""

from typing import Any

import pytest

from oauth_server import issuers
from oauth_server.deeds import incident
from oauth_server.grants.device_code import DeviceCode
from oauth_server.models import AuditEvent, Issuer
from tests import factories
from tests.flows import App, Browser, parameters

pytestmark = [pytest.mark.django_db, pytest.mark.bar("O9"), pytest.mark.threat(56)]

UNAVAILABLE = "temporarily_unavailable"


def test_a_stopped_issuer_issues_nothing_and_answers_everything_else(app: App, signed_in: Browser):
    app.row.grant_types = [*app.row.grant_types, DeviceCode.grant_type]
    app.row.save()
    tokens = app.tokens(signed_in, scope="openid offline_access")
    code = app.code(signed_in)
    page = app.authorize(signed_in, prompt="login")
    other = factories.app(issuer=factories.IssuerFactory(slug="shop"))
    assert app.client_credentials().status_code == 200
    issuer = issuers.first()

    incident.begin(issuer, "a secret is on the net")
    incident.begin(issuer, "once more")
    assert [row.stopped_because for row in incident.running()] == ["a secret is on the net"]
    refused = [
        app.client_credentials(),
        app.redeem(code),
        app.refresh(tokens["refresh_token"]),
        app.post("/oauth2/device/auth", scope="openid"),
        app.post("/oauth2/par", **app.request()),
    ]
    for answer in refused:
        assert (answer.status_code, answer.json()["error"]) == (503, UNAVAILABLE)
        assert answer.headers["Retry-After"] == "60"
    told = parameters(app.authorize(signed_in))
    assert told["error"] == UNAVAILABLE
    assert told["state"]
    resumed = page.address.partition("next=")[2].partition("&")[0].replace("%2F", "/")
    assert f"error={UNAVAILABLE}" in signed_in.get(resumed)["Location"]
    # what was issued is still good, can be asked about and ended
    assert app.introspect(tokens["access_token"]).json()["active"]
    assert app.userinfo(tokens["access_token"]).status_code == 200
    assert app.http.get("/.well-known/jwks.json").status_code == 200
    assert other.client_credentials().status_code == 200, "another issuer goes on"

    assert incident.end(issuer, "the secret is new")
    assert not incident.end(issuer, "twice")
    assert app.client_credentials().status_code == 200
    assert app.redeem(code).status_code == 200
    assert app.refresh(tokens["refresh_token"]).status_code == 200, "a refused request used nothing up"
    log = AuditEvent.objects.filter(event__startswith="issuer:").order_by("pk")
    assert [(one.event, one.reason) for one in log] == [
        ("issuer:stopped", "a secret is on the net"),
        ("issuer:resumed", "the secret is new"),
    ]


@pytest.mark.parametrize("stop", [True, False])
def test_everything_may_end_at_once_as_well(stop: bool, app: App, signed_in: Browser):
    tokens: Any = app.tokens(signed_in, scope="openid offline_access")
    mine = app.client_credentials().json()["access_token"]
    incident.begin(issuers.first(), "the database was copied", stop=stop, revoke_everything=True)
    for value in (tokens["access_token"], tokens["refresh_token"], mine):
        assert not app.introspect(value).json()["active"]
    assert app.client_credentials().status_code == (503 if stop else 200)
    assert Issuer.objects.filter(stopped_at=None).exists() is not stop
    incident.end(issuers.first(), "over")
    assert not app.introspect(tokens["refresh_token"]).json()["active"], "nothing comes back"
