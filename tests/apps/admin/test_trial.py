"""A client is tried out from the console: the real flow, every rule; and what tokens would say, without any."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client as DjangoBrowser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oauth_server import issuers
from oauth_server.keys import jose
from oauth_server.models import AccessToken, Audience, AuditEvent, Authorization, PushedRequest, RefreshToken
from tests import factories
from tests.flows import App, Browser

EVERYTHING = "openid profile email offline_access"


@pytest.fixture
def operator(db: None) -> Browser:
    browser = Browser()
    browser.force_sign_in(factories.UserFactory(email="operator@example.org", is_staff=True, is_superuser=True))
    return browser


def _of(page: str, app: App) -> str:
    return reverse(f"admin:oauth_server_client_{page}", args=[app.row.pk])


def _run(operator: Browser, app: App, **fields: Any) -> Any:
    form = operator.open(_of("trial", app))
    return operator.submit(form, {"scope": EVERYTHING.split(), **fields})


def _told(page: Any) -> dict[str, list[str]]:
    """Outcome → the rules that came out so."""
    found: dict[str, list[str]] = {}
    for check in page.context["report"].checks:
        found.setdefault(check.outcome, []).append(f"{check.name} {check.told}".strip())
    return found


@pytest.mark.bar("O4.1")
def test_a_trial_is_the_real_sign_in_and_leaves_nothing_that_works(operator: Browser, app: App) -> None:
    page = _run(operator, app, secret=app.secret)
    told = _told(page)
    assert page.context["report"].outcome == "passed"
    assert set(told) == {"passed"}, told
    assert len(told["passed"]) > 25
    titles = [exchange.title for exchange in page.context["report"].exchanges]
    assert titles == [
        "Authorization request", "Token request", "UserInfo", "Refresh request", "The end",
    ]  # fmt: skip
    assert [title for title, _text in page.context["report"].exchanges[1].parts] == [
        "Access token: what introspection tells",
        "ID token",
    ]
    text = page.content.decode()
    assert "operator@example.org" in text  # UserInfo, as it came
    assert re.findall(r"oas_\w{9,}|eyJ[\w-]{10,}", text) == [], "no more of what opens something than its beginning"
    assert Authorization.objects.get(client=app.row).revoked_at is not None
    assert (AccessToken.objects.count(), RefreshToken.objects.count()) == (2, 2)
    assert not PushedRequest.objects.exists()
    event = AuditEvent.objects.filter(event="client:tried").get()
    assert (event.client_id, event.reason, event.actor) == (app.client_id, "passed", "staff:operator@example.org")
    kept = json.dumps(list(AuditEvent.objects.values("object", "reason", "changes")))
    assert app.secret not in kept
    # the answer counts once
    again = operator.open(page.address)
    assert "No trial waits" in again.content.decode()


@pytest.mark.bar("O4.1")
def test_a_trial_says_which_rule_failed(operator: Browser, app: App, staff: Callable[..., DjangoBrowser]) -> None:
    told = _told(_run(operator, app, secret="not the secret", scope=["openid"]))
    assert [one for one in told["failed"] if "secret did not match" in one], told
    told = _told(_run(operator, app, scope=["openid"]))
    assert told["untested"] == ["Client authentication Not tried: no secret was given."]
    assert "failed" not in told
    # a refusal comes to the redirect URI, as an app sees it
    type(app.row).objects.filter(pk=app.row.pk).update(skip_authorization=False)
    denied = _run(operator, app, scope=["openid"], prompt="none")
    assert "consent_required" in _told(denied)["failed"][0]
    assert AuditEvent.objects.filter(event="client:tried").latest("pk").reason.startswith("failed: The request is")
    # somebody else's answer, or one with another state, buys nothing
    began = operator.http.post(_of("trial", app), {"scope": ["openid"]}, headers={"referer": "http://testserver/"})
    assert began.status_code == 403, "without the token of the form"
    stranger = Browser()
    stranger.force_sign_in(factories.UserFactory(is_staff=True, is_superuser=True))
    answer = reverse("admin:oauth_server_client_trial_answer")
    assert "No trial waits" in stranger.open(f"{answer}?code=oas_ac_x&state=y").content.decode()
    form = operator.open(_of("trial", app))
    operator.http.post(
        _of("trial", app),
        {"scope": ["openid"], "csrfmiddlewaretoken": operator.http.cookies["csrftoken"].value},
    )
    forged = operator.open(f"{answer}?code=oas_ac_x&state=y&iss={app.row.issuer.identifier}")
    assert form.status_code == 200
    assert "state is the one that was sent" in _told(forged)["failed"]
    assert not [one for one in forged.context["report"].exchanges if one.title == "Token request"]
    # who may not act as the client cannot try it
    looking = staff("view_client")
    assert looking.get(_of("trial", app)).status_code == 403
    assert looking.get(_of("preview", app)).status_code == 200


@pytest.mark.bar("O4.1")
def test_no_client_can_push_a_request_that_answers_to_the_console(operator: Browser, app: App) -> None:
    callback = "http://testserver" + reverse("admin:oauth_server_client_trial_answer")
    refused = app.post("/oauth2/par", **app.request(redirect_uri=callback), trial="true")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert app.authorize(operator, redirect_uri=callback).status_code == 400


@pytest.mark.bar("O4.1")
def test_a_machine_is_tried_without_a_person(operator: Browser) -> None:
    robot = factories.app(grant_types=["client_credentials"], response_types=[], redirect_uris="")
    factories_scope = factories.ScopeFactory(name="robots.run")
    robot.row.scopes.add(factories_scope)
    at_work = robot.client_credentials(scope="robots.run").json()["access_token"]
    page = _run(operator, robot, scope=["robots.run"], secret=robot.secret)
    assert set(_told(page)) == {"passed"}
    assert robot.is_active(at_work), "what the client works with lives on"
    assert [one.title for one in page.context["report"].exchanges] == ["Token request", "The end"]
    # of another issuer, by its own path
    shop = factories.app(issuer=issuers.create("Shop", slug="shop"))
    page = _run(operator, shop, scope=["openid"], secret=shop.secret)
    assert set(_told(page)) == {"passed"}
    assert "http://testserver/shop/oauth2/token" in page.content.decode()
    nothing = factories.app(grant_types=["refresh_token"], response_types=[], redirect_uris="")
    assert "nothing that the console could try" in operator.open(_of("trial", nothing)).content.decode()


@pytest.mark.bar("O4.2")
def test_claims_are_shown_and_no_row_is_written(operator: Browser, app: App, signed_in: Browser, person: Any) -> None:
    api = factories.AudienceFactory(identifier="https://api.example", token_format=Audience.TokenFormat.JWT)
    app.row.audiences.add(api)
    form = operator.open(_of("preview", app))
    tables = [model for model in apps.get_models() if model._meta.managed]
    before = {model: model._default_manager.count() for model in tables}
    with CaptureQueriesContext(connection) as captured:
        page = operator.submit(form, {"person": person.email, "scope": ["openid", "email"], "resource": ""})
    written = [one["sql"] for one in captured if one["sql"].split(None, 1)[0] in {"INSERT", "UPDATE", "DELETE"}]
    assert written == []
    assert {model: model._default_manager.count() for model in tables} == before
    parts = {title: json.loads(text) for title, text, _ in page.context["parts"]}
    assert parts["UserInfo"]["email"] == person.email
    assert parts["ID token"]["aud"] == app.client_id
    assert parts["ID token"]["sub"] == parts["UserInfo"]["sub"] == str(person.pk)
    # which is what is issued
    tokens = app.tokens(signed_in, scope="openid email")
    issued = app.userinfo(tokens["access_token"]).json()
    assert parts["UserInfo"] == issued
    claims = jose.unverified_claims(tokens["id_token"])
    assert set(claims) - set(parts["ID token"]) == {"at_hash", "sid"}
    other = {name for name, value in parts["ID token"].items() if claims.get(name) != value}
    assert other <= {"iat", "exp", "auth_time", "amr"}
    # for the API alone: a JWT for it, and no UserInfo
    page = operator.submit(form, {"person": "", "scope": ["openid"], "resource": "https://api.example"})
    parts = {title: json.loads(text) for title, text, _ in page.context["parts"]}
    assert parts["Access token (JWT)"]["aud"] == "https://api.example"
    assert "UserInfo" not in parts
    assert "There is no such person" in operator.submit(form, {"person": "nobody@example.org"}).content.decode()
