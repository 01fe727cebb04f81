"""No request costs more statements than its budget; a budget that is not used up is lowered."""

import time
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oauth_server import copies
from oauth_server.grants.device_code import DeviceCode
from oauth_server.keys import jose
from tests import factories
from tests.flows import App, Browser
from tests.queries.budgets import BUDGETS
from tests.specs import front

SCOPE = "openid profile offline_access"
Prepare = Callable[[App, Browser], Callable[[], Any]]


def _introspect(app: App, browser: Browser) -> Callable[[], Any]:
    token = app.tokens(browser)["access_token"]
    return lambda: app.introspect(token)


DETAILS = '[{"type": "payment", "actions": ["initiate"]}]'


def _with_details(app: App) -> None:
    api = factories.AudienceFactory(identifier="https://api.example")
    factories.AuthorizationDetailTypeFactory(type="payment", audience=api)
    app.row.authorization_details_types = ["payment"]
    app.row.save()


def _details(app: App, browser: Browser) -> Callable[[], Any]:
    _with_details(app)
    return lambda: app.client_credentials(authorization_details=DETAILS)


def _introspect_details(app: App, browser: Browser) -> Callable[[], Any]:
    token = _details(app, browser)().json()["access_token"]
    return lambda: app.introspect(token)


def _refresh_details(app: App, browser: Browser) -> Callable[[], Any]:
    _with_details(app)
    tokens = [app.tokens(browser, scope=SCOPE, authorization_details=DETAILS)["refresh_token"] for _ in range(3)]
    return lambda: app.refresh(tokens.pop())


def _introspect_unknown(app: App, browser: Browser) -> Callable[[], Any]:
    return lambda: app.introspect("oas_at_unknown")


def _introspect_jwt(app: App, browser: Browser) -> Callable[[], Any]:
    app.row.audiences.add(factories.AudienceFactory(identifier="https://api.example", token_format="jwt"))
    token = app.client_credentials(audience="https://api.example").json()["access_token"]
    return lambda: app.introspect(token)


def _client_credentials_jwt(app: App, browser: Browser) -> Callable[[], Any]:
    app.row.audiences.add(factories.AudienceFactory(identifier="https://api.example", token_format="jwt"))
    return lambda: app.client_credentials(audience="https://api.example")


def _private_key_jwt(app: App, browser: Browser) -> Callable[[], Any]:
    return factories.app(token_endpoint_auth_method="private_key_jwt").client_credentials


def _redeem(app: App, browser: Browser) -> Callable[[], Any]:
    codes = [app.code(browser, scope=SCOPE) for _ in range(3)]
    return lambda: app.redeem(codes.pop())


def _refresh(app: App, browser: Browser) -> Callable[[], Any]:
    tokens = [app.tokens(browser, scope=SCOPE)["refresh_token"] for _ in range(3)]
    return lambda: app.refresh(tokens.pop())


def _refresh_again(app: App, browser: Browser) -> Callable[[], Any]:
    token = app.tokens(browser, scope=SCOPE)["refresh_token"]
    app.refresh(token)
    return lambda: app.refresh(token)


def _device(app: App) -> None:
    app.row.grant_types = [*app.row.grant_types, DeviceCode.grant_type]
    app.row.save()


def _begin_device(app: App, browser: Browser) -> Callable[[], Any]:
    _device(app)
    return lambda: app.post("/oauth2/device/auth", scope=SCOPE)


def _poll(app: App, browser: Browser, *, approved: bool) -> Callable[[], Any]:
    begun = [_begin_device(app, browser)().json() for _ in range(3)]
    for told in begun if approved else []:
        page = browser.submit(browser.open("/device"), {"user_code": told["user_code"]})
        browser.submit(page, {"decision": "match"})
    return lambda: app.token(grant_type=DeviceCode.grant_type, device_code=begun.pop()["device_code"])


def _userinfo(app: App, browser: Browser) -> Callable[[], Any]:
    token = app.tokens(browser, scope=SCOPE)["access_token"]
    return lambda: app.userinfo(token)


def _revoke(app: App, browser: Browser) -> Callable[[], Any]:
    tokens = [app.client_credentials().json()["access_token"] for _ in range(3)]
    return lambda: app.revoke(tokens.pop())


def _wrong_secret(app: App, browser: Browser) -> Callable[[], Any]:
    app.secret = "wrong"
    return app.client_credentials


def _resume(app: App, browser: Browser) -> Callable[[], Any]:
    pages = [app.authorize(browser, prompt="login") for _ in range(3)]
    resumes = [page.address.partition("next=")[2].partition("&")[0].replace("%2F", "/") for page in pages]
    browser.force_sign_in(browser.person)  # type: ignore[attr-defined]
    return lambda: browser.get(resumes.pop())


def _push(app: App, browser: Browser) -> Callable[[], Any]:
    return lambda: app.post("/oauth2/par", **app.request())


def _authorize_pushed(app: App, browser: Browser) -> Callable[[], Any]:
    pushed = [_push(app, browser)().json()["request_uri"] for _ in range(3)]
    path = f"{app.path('/oauth2/auth')}?client_id={app.client_id}&request_uri="
    return lambda: browser.get(path + pushed.pop())


def _authorize_signed(app: App, browser: Browser) -> Callable[[], Any]:
    _, public, private = jose.generate("ES256")
    app.row.client_jwks = {"keys": [public]}
    app.row.save()
    claims = {name: value for name, value in app.request().items() if value}
    claims |= {"iss": app.client_id, "aud": app.row.issuer.identifier}
    signed = jose.sign(claims, jose.load(private), typ="oauth-authz-req+jwt")
    return lambda: browser.get(f"{app.path('/oauth2/auth')}?client_id={app.client_id}&request={signed}")


def _authorize_hybrid(app: App, browser: Browser) -> Callable[[], Any]:
    app.row.grant_types = [*app.row.grant_types, "implicit"]
    app.row.response_types = ["code id_token token"]
    app.row.save()
    return lambda: browser.get(app.authorize_url(response_type="code id_token token", nonce="n"))


REQUESTS: dict[str, tuple[int, Prepare]] = {
    "client credentials": (200, lambda app, browser: app.client_credentials),
    "client credentials, JWT": (200, _client_credentials_jwt),
    "client credentials, private_key_jwt": (200, _private_key_jwt),
    "client credentials, wrong secret": (401, _wrong_secret),
    "introspection": (200, _introspect),
    "client credentials, authorization details": (200, _details),
    "introspection, authorization details": (200, _introspect_details),
    "refresh, authorization details": (200, _refresh_details),
    "introspection, JWT": (200, _introspect_jwt),
    "introspection, malformed token": (200, _introspect_unknown),
    "code exchange": (200, _redeem),
    "refresh": (200, _refresh),
    "refresh, repeated": (200, _refresh_again),
    "device request": (200, _begin_device),
    "device poll, pending": (400, partial(_poll, approved=False)),
    "device poll, approved": (200, partial(_poll, approved=True)),
    "revocation": (200, _revoke),
    "userinfo": (200, _userinfo),
    "metadata": (200, lambda app, browser: lambda: app.http.get("/.well-known/openid-configuration")),
    "jwks": (200, lambda app, browser: lambda: app.http.get("/.well-known/jwks.json")),
    "authorize, no page needed": (303, lambda app, browser: lambda: browser.get(app.authorize_url())),
    "authorize, form_post": (
        200,
        lambda app, browser: lambda: browser.get(app.authorize_url(response_mode="form_post")),
    ),
    "authorize, code id_token token": (303, _authorize_hybrid),
    "authorize, signed request": (303, _authorize_signed),
    "authorize, pushed request": (303, _authorize_pushed),
    "push": (201, _push),
    "authorize, a page needed": (303, lambda app, browser: lambda: browser.get(app.authorize_url(prompt="login"))),
    "authorize, unknown redirect URI": (
        400,
        lambda app, browser: lambda: browser.get(app.authorize_url(redirect_uri="https://evil.example")),
    ),
    "authorize, after the page": (303, _resume),
}


def test_every_budget_has_its_request():
    assert set(BUDGETS) == set(REQUESTS)


@pytest.fixture
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine may take the second after which a copy is looked at again."""
    now = time.monotonic()
    monkeypatch.setattr(copies, "time", SimpleNamespace(monotonic=lambda: now))


@pytest.mark.usefixtures("_no_time_passes")
@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_costs_its_budget(name: str, app: App, signed_in: Browser, person: Any, settings: Any):
    front.allow(settings)
    signed_in.person = person  # type: ignore[attr-defined]
    status, prepare = REQUESTS[name]
    ask = prepare(app, signed_in)
    assert ask().status_code == status  # the process is warm now
    with CaptureQueriesContext(connection) as captured:
        assert ask().status_code == status
    statements = [query["sql"][:200] for query in captured]
    budget = BUDGETS.get(name, (0, 0))[connection.vendor == "sqlite"]
    assert len(statements) == budget, "\n".join([name, *statements])
