"""The settings that the pages show, in a server that has them: what the page says of them is so."""

import base64
import hashlib
import hmac
import json
import re
import secrets
import shlex
from types import ModuleType
from typing import Any

import pytest
import yaml
from django.contrib.auth.password_validation import get_password_validators
from django.test import Client as HTTP
from django.test import RequestFactory
from django.urls import resolve
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oauth_server import audit, metrics, webhook
from oauth_server.audit import Event
from oauth_server.keys import jose
from oauth_server.models import Client
from tests import factories
from tests.apps.cli.conftest import Oauth
from tests.apps.cli.conftest import oauth as oauth
from tests.docs.markdown import DOCS, commands, fences
from tests.flows import PASSWORD, App, Browser

pytestmark = [pytest.mark.django_db, pytest.mark.bar("D5.2")]


def names_of(page: str, number: int = 0, **given: Any) -> dict[str, Any]:
    """What a block of the page defines."""
    exec(fences(DOCS / page, "python")[number].text, given)  # noqa: S102 (a snippet of our own page)
    return given


def shown(page: str, number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = names_of(page, number)["OAUTH_SERVER"]
    return found


def test_the_password_grant_takes_its_setting(person: Any, settings: Any) -> None:
    legacy = factories.app(grant_types=["password"], response_types=[], redirect_uris="")

    def ask() -> Any:
        return legacy.token(grant_type="password", username=person.get_username(), password=PASSWORD)

    assert ask().json()["error"] == "unsupported_grant_type"
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, **shown("how-to/password-grant.md")}
    assert ask().status_code == 200


def test_a_client_registers_itself_by_the_lines_of_the_page(oauth: Oauth, settings: Any) -> None:
    page, before = "how-to/register-clients.md", settings.OAUTH_SERVER
    (request,) = fences(DOCS / page, "text")
    head, _, body = request.text.partition("\n\n")
    line, *lines = head.splitlines()
    (method, path), sent = line.split(), dict(one.split(": ", 1) for one in lines)

    def register(body: str, **headers: str) -> Any:
        return HTTP().generic(method, path, body, content_type=sent["Content-Type"], headers=headers)

    settings.OAUTH_SERVER = {**before, **shown(page)}
    assert register(body).status_code == 401
    make, *_others = commands(DOCS / page)
    token = oauth(*shlex.split(make)[1:], "-q").out.strip()
    answer = register(body, authorization=sent["Authorization"].replace("oas_iat_…", token))
    assert (answer.status_code, answer.json()["client_name"]) == (201, json.loads(body)["client_name"])
    assert {"client_secret", "registration_client_uri", "registration_access_token"} <= set(answer.json())

    settings.OAUTH_SERVER = {**before, **shown(page, 1)}
    refused = register(body)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_redirect_uri")
    for address in ("https://chat.example/cb", "https://eu.partners.example/cb", "http://127.0.0.1/cb"):
        answer = register(json.dumps({"redirect_uris": [address], "token_endpoint_auth_method": "none"}))
        assert answer.status_code == 201, answer.content
        assert not Client.objects.get(client_id=answer.json()["client_id"]).enabled


def test_the_webhook_of_the_page_gets_every_event_signed_as_it_says(httpserver: HTTPServer, settings: Any) -> None:
    got: list[Request] = []

    def take(request: Request) -> Response:
        got.append(request)
        return Response(status=204)

    httpserver.expect_request("/oauth").respond_with_handler(take)
    given, key = shown("operations/audit.md"), secrets.token_bytes(32)
    given["AUDIT_WEBHOOK_URL"] = given["AUDIT_WEBHOOK_URL"].replace(
        "https://siem.example", httpserver.url_for("").rstrip("/")
    )
    given["AUDIT_WEBHOOK_SECRET"] = given["AUDIT_WEBHOOK_SECRET"].replace("…", base64.b64encode(key).decode())
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, **given, "FETCH_PRIVATE_HOSTS": ["localhost"]}
    audit.record(Event.KEY_REVOKED, target="key-1")
    assert webhook.deliver_all_due() == 1
    (request,) = got
    named = [request.headers[f"webhook-{name}"] for name in ("id", "timestamp")]
    signed = ".".join(named).encode() + b"." + request.get_data()
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"


def test_the_other_lines_of_settings_and_urls_load(person: Any, signed_in: Browser, app: App) -> None:
    validators = names_of("how-to/second-factors.md", 1)["AUTH_PASSWORD_VALIDATORS"]
    assert len(get_password_validators(validators)) == 3
    below: Any = ModuleType("urls_of_the_page")
    below.__dict__.update(names_of("how-to/add-to-a-project.md", 4))
    found = [
        resolve(path, below).url_name for path in ("/id/oauth2/token", "/.well-known/oauth-authorization-server/id")
    ]
    assert found == ["token", "oauth-server-metadata-issuer"]
    request: Any = RequestFactory().get("/")
    request.user, request.session = person, signed_in.http.session
    names_of("how-to/claims.md", 3, request=request)
    request.session.save()
    claims = jose.unverified_claims(app.tokens(signed_in, scope="openid")["id_token"])
    assert (claims["acr"], claims["amr"]) == ("2", ["pwd", "otp", "mfa"])


def test_the_alerts_look_at_metrics_that_there_are(settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "METRICS_TOKEN": "m" * 32}
    metrics.count("refused:invalid_client")
    metrics.observe("token", 200, 0.1)
    told = metrics.text()[0].decode()
    scrape, rules = (yaml.safe_load(fence.text) for fence in fences(DOCS / "operations/watch.md", "yaml"))
    assert scrape["scrape_configs"][0]["job_name"] == "oauth-server"
    alerts = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    named = {name for alert in alerts for name in re.findall(r"oauth_server_\w+", alert)}
    assert len(named) > 5
    assert [name for name in sorted(named) if not re.search(rf"^# TYPE {name} |^{name}[{{ ]", told, re.MULTILINE)] == []
