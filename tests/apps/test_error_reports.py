"""When something breaks while a credential is in hand, the report of it to the operators shows none: no variable, no field of a form."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.core.signals import got_request_exception
from django.test import Client as HTTP
from django.urls import reverse
from django.views.debug import ExceptionReporter

from oauth_server import audit, issuers
from oauth_server.client_auth import secret
from oauth_server.deeds import admin_token
from oauth_server.keys import jose
from oauth_server.models import Client
from tests.flows import App

pytestmark = [pytest.mark.django_db, pytest.mark.threat(99)]

CHOSEN = "canary-of-a-chosen-secret-4711"
MADE = re.compile(r"oas_[a-z]{2,4}_\w{20,}")


class Broken(Exception):
    pass


@pytest.fixture
def reports(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """What Django would mail, with and without HTML, for each fault: those that reach it, and those that an API logs itself."""
    found: list[tuple[Any, Any]] = []

    def note(request: Any, **_more: Any) -> None:
        import sys

        found.append((request, sys.exc_info()))

    got_request_exception.connect(note)
    caplog.set_level(logging.ERROR)

    def made() -> list[str]:
        logged = [(None, record.exc_info) for record in caplog.records if record.exc_info and record.exc_info[0]]
        texts: list[str] = []
        for request, (kind, error, trace) in [*found, *logged]:
            reporter = ExceptionReporter(request, kind, error, trace, is_email=True)
            texts += [reporter.get_traceback_html(), reporter.get_traceback_text()]
        return texts

    yield made
    got_request_exception.disconnect(note)


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every act ends in a fault where it would be written down: the credential is made, or read, by then."""

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise Broken

    monkeypatch.setattr(audit, "record", broken)


def told(reports: Callable[[], list[str]], *values: str) -> None:
    texts = reports()
    assert texts, "nothing broke"
    for text in texts:
        assert "Broken" in text
        assert MADE.findall(text) == []
        assert [value for value in (CHOSEN, *values) if value in text] == []


def test_by_the_apis(app: App, reports: Callable[[], list[str]], breaks: None, settings: Any) -> None:
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    with pytest.MonkeyPatch.context() as whole:
        whole.setattr(audit, "record", lambda *_args, **_kwargs: None)
        token = admin_token.make(issuers.first(), admin_token.SCOPES, 60).access_token
    http, id = HTTP(raise_request_exception=False), app.client_id
    headers = {"authorization": f"Bearer {token}", "if-match": "*"}
    _made, public, private = jose.generate("ES256")
    jwk = {**public, **json.loads(private), "use": "sig", "kid": "a"}
    for method, path, body in (
        ("POST", "/api/v1/clients", {"client_secret": CHOSEN, "redirect_uris": ["https://a.example/cb"]}),
        ("PATCH", f"/api/v1/clients/{id}", {"client_secret": CHOSEN}),
        ("POST", f"/api/v1/clients/{id}/secrets", {"client_secret": CHOSEN}),
        ("POST", f"/api/v1/clients/{id}/secrets/rotate", {}),
        ("POST", "/api/v1/tokens/inspect", {"value": token}),
        ("POST", "/hydra/admin/clients", {"client_secret": CHOSEN, "redirect_uris": ["https://a.example/cb"]}),
        ("PUT", "/hydra/admin/keys/kept/a", jwk),
    ):
        answer = http.generic(method, path, json.dumps(body), content_type="application/json", headers=headers)
        assert answer.status_code == 500, (path, answer.content)
    told(reports, app.secret, token, str(jwk["d"]))


def test_by_a_machine(app: App, reports: Callable[[], list[str]], breaks: None) -> None:
    http = HTTP(raise_request_exception=False)
    form = {"grant_type": "refresh_token", "refresh_token": "canary-of-a-refresh-token", "client_id": app.client_id}
    for path in ("/oauth2/token", "/hydra/oauth2/token"):
        body = urlencode({**form, "client_secret": CHOSEN})
        answer = http.post(path, body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 500
    told(reports, "canary-of-a-refresh-token")


def test_in_the_console(app: App, reports: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    http = HTTP(raise_request_exception=False)
    http.force_login(get_user_model().objects.create_superuser("operator@example.org", "a password"))
    url = reverse("admin:oauth_server_client_secret", args=[app.row.pk])
    once = http.get(url).context["form"]["once"].value()

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise Broken

    monkeypatch.setattr(audit, "record", broken)
    monkeypatch.setattr("oauth_server.deeds.trial.authenticate", broken)
    assert http.post(url, {"once": once, "name": "b", "days": "", "confirmed": "1"}).status_code == 500
    trial = reverse("admin:oauth_server_client_trial", args=[app.row.pk])
    assert http.post(trial, {"scope": "openid", "secret": CHOSEN}).status_code == 500
    assert Client.objects.get().secrets.count() == 1
    assert secret.verify(app.row, app.secret, "127.0.0.1")
    told(reports, app.secret)
