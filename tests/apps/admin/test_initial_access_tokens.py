"""An initial access token is on one page, once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from oauth_server import clock, issuers
from oauth_server.models import InitialAccessToken
from oauth_server.registration import initial_access_token, register
from tests.apps.admin.conftest import errors, events, of
from tests.factories import ScopeFactory

ADD = of(InitialAccessToken, "add")


def form(browser: Browser, **changes: Any) -> dict[str, Any]:
    page = browser.get(ADD)
    assert page.status_code == 200
    once = page.context["adminform"].form["once"].value()
    return {
        "issuer": str(issuers.first().pk),
        "name": "Photo Market",
        "scope": "openid email",
        "most": "3",
        "expires_0": "",
        "expires_1": "",
        "once": once,
        **changes,
    }


def shown_in(answer: Any) -> str:
    found = re.search(r'<code id="initial-access-token">(oas_iat_\w+)</code>', answer.content.decode())
    return found[1] if found else ""


@pytest.mark.threat(90, 95, 96)
def test_a_new_token_is_on_the_answer_and_nowhere_else(operator: Browser) -> None:
    sent = form(operator)
    answer = operator.post(ADD, sent)
    value = shown_in(answer)
    row = initial_access_token.find(value, issuers.first())
    assert (row.name, row.scope, row.most) == ("Photo Market", "openid email", 3)
    assert row.created_by == "staff:operator@example.org"
    assert "no-store" in answer["Cache-Control"]
    assert events()[-1] == "initial_access_token:created"
    for page in (of(InitialAccessToken, "changelist"), of(InitialAccessToken, "change", row.pk)):
        content = operator.get(page).content.decode()
        assert value not in content
        assert row.token not in content
    # a reload makes none
    assert "sent before" in str(errors(operator.post(ADD, sent)))
    assert InitialAccessToken.objects.count() == 1


@pytest.mark.threat(95, 96)
def test_nobody_manages_the_server_by_registering(operator: Browser, settings: Any) -> None:
    ScopeFactory(issuer=issuers.first(), name="manage:login")
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "REGISTRATION_SCOPES": ["openid", "manage:login"]}
    assert "manage:" in str(errors(operator.post(ADD, form(operator, scope="openid manage:login"))))
    asked = {"redirect_uris": ["https://app.example/cb"], "scope": "openid manage:login"}
    row, _value = initial_access_token.make(issuers.first(), most=0)
    assert register.wanted(issuers.first(), asked, row)["scope"] == "openid"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scope": "nothing"}, "scope"),
        ({"scope": "openid,email"}, "scope"),
        ({"expires_0": "2020-01-01", "expires_1": "00:00"}, "expires"),
        ({"most": "-1"}, "most"),
        ({"issuer": ""}, "issuer"),
    ],
)
def test_what_makes_no_sense_is_refused(operator: Browser, changes: dict[str, str], field: str) -> None:
    assert field in errors(operator.post(ADD, form(operator, **changes)))
    assert not InitialAccessToken.objects.exists()


def test_a_token_is_deleted_and_never_changed(operator: Browser) -> None:
    row, value = initial_access_token.make(issuers.first(), expires=clock.now() + timedelta(days=1))
    change = of(InitialAccessToken, "change", row.pk)
    assert operator.post(change, form(operator)).status_code == 403
    assert (
        operator.post(of(InitialAccessToken, "delete", row.pk), {"confirmed": "1", "note": "a test"}).status_code == 302
    )
    assert events()[-1] == "initial_access_token:deleted"
    assert not InitialAccessToken.objects.exists()
    assert value
