"""A host's views, protected by django-oauth-toolkit, take our tokens: the live ones for them, and nothing else."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.http import HttpResponse
from django.test import Client as HTTP
from django.test import RequestFactory
from oauth2_provider.views import ClientProtectedResourceView, IntrospectTokenView, RevokeTokenView, TokenView

from oauth_server import conf
from oauth_server.keys import jose, store
from oauth_server.models import AccessToken, Client
from tests import factories, jwts
from tests.apps.dot import urls
from tests.apps.dot.urls import SCOPE
from tests.flows import App, Browser

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.apps.dot.urls"),
    pytest.mark.spec("RFC 6750", "2.1"),
    pytest.mark.bar("D3.2"),
]

# Each place, the status of a refusal, and whether it takes JWTs, which have no row
PLACES = {
    "/drf/scoped": (401, True),
    "/drf/signed": (401, True),
    "/decorated": (403, False),
    "/decorated/ours": (403, True),
    "/view": (403, True),
    "/view/scoped": (403, True),
    "/middleware": (401, True),
}


class ForClients(ClientProtectedResourceView):
    def post(self, request: Any) -> HttpResponse:
        return HttpResponse()


@pytest.fixture(autouse=True)
def _middleware_of_dot(settings: Any) -> None:
    module = "oauth2_provider.middleware"
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        f"{module}.OAuth2TokenMiddleware",
        f"{module}.OAuth2ExtraTokenMiddleware",
    ]
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, "oauth2_provider.backends.OAuth2Backend"]


@pytest.fixture
def orders(app: App) -> Any:
    scope = factories.ScopeFactory(name=SCOPE)
    app.row.scopes.add(scope)
    return scope


def token_of(app: App, browser: Browser, scope: str = SCOPE, **changes: Any) -> str:
    value: str = app.tokens(browser, scope=scope, **changes)["access_token"]
    return value


def audience(app: App, identifier: str, **fields: Any) -> str:
    row = factories.AudienceFactory(identifier=identifier, issuer=app.row.issuer, **fields)
    app.row.audiences.add(row)
    return identifier


def get(path: str, token: str) -> Any:
    return HTTP().get(path, headers={"authorization": f"Bearer {token}"})


@pytest.mark.parametrize("path", PLACES)
def test_a_live_token_opens_it(app: App, orders: Any, signed_in: Browser, person: Any, path: str):
    token = token_of(app, signed_in)
    response = get(path, token)
    assert response.status_code == 200
    assert response.json()["user"] == str(person.pk)
    assert HTTP().get(path, headers={"authorization": f"bEARER  {token}"}).status_code == 200


@pytest.mark.parametrize("path", PLACES)
def test_nothing_opens_it_without_a_token(path: str, signed_in: Browser):
    assert HTTP().get(path).status_code == PLACES[path][0]
    assert HTTP().get(path, headers={"authorization": "Basic x"}).status_code == PLACES[path][0]


ENDS = ("expired", "revoked", "family revoked", "client off", "client deleted", "person inactive", "everything revoked")


@pytest.mark.threat(37)
@pytest.mark.threat(56)
@pytest.mark.parametrize("end", ENDS)
def test_what_ended_opens_nothing(app: App, orders: Any, signed_in: Browser, person: Any, moving_clock: Any, end: str):
    from oauth_server import clock
    from oauth_server.tokens import revoke

    token = token_of(app, signed_in)
    assert {get(path, token).status_code for path in PLACES} == {200}
    match end:
        case "expired":
            moving_clock.move(conf.settings.ACCESS_TOKEN_LIFETIME + 1)
        case "revoked":
            app.revoke(token)
        case "family revoked":
            revoke.person(person.pk)
        case "client off":
            Client.objects.filter(pk=app.row.pk).update(enabled=False)
        case "client deleted":
            app.row.delete()
        case "person inactive":
            person.is_active = False
            person.save()
        case "everything revoked":
            moving_clock.move(1)
            revoke.issuer_before(app.row.issuer, clock.now())
    assert {path: get(path, token).status_code for path in PLACES} == {path: code for path, (code, _) in PLACES.items()}


@pytest.mark.threat(57)
@pytest.mark.spec("RFC 8707", "2")
@pytest.mark.parametrize(
    "identifier",
    [
        "https://api.example",
        "https://testserver",
        "http://testserver:8000",
        "http://testserver.evil.example",
        "http://testserver/other",
        "http://testserver/dr",
        "urn:example:api",
        "api:orders",
    ],
)
def test_a_token_for_another_api_opens_nothing(app: App, orders: Any, signed_in: Browser, identifier: str):
    token = token_of(app, signed_in, resource=audience(app, identifier))
    for path, (refused, _) in PLACES.items():
        assert get(path, token).status_code == refused, path


def test_a_token_for_a_part_of_the_host_opens_that_part(app: App, orders: Any, signed_in: Browser):
    token = token_of(app, signed_in, resource=audience(app, "http://testserver/drf"))
    assert {path for path in PLACES if get(path, token).status_code == 200} == {"/drf/scoped", "/drf/signed"}


@pytest.mark.seed("S-52")
@pytest.mark.threat(57)
def test_a_token_of_another_issuer_opens_nothing(signed_in: Browser):
    other = factories.app(issuer=factories.IssuerFactory(slug="other"))
    scope = factories.ScopeFactory(name=SCOPE, issuer=other.row.issuer)
    other.row.scopes.add(scope)
    # its operator may name any audience
    token = token_of(other, signed_in, resource=audience(other, "http://testserver"))
    assert other.is_active(token)
    for path, (refused, _) in PLACES.items():
        assert get(path, token).status_code == refused, path


def test_too_few_scopes_do_not_open_what_asks_for_one(app: App, orders: Any, signed_in: Browser):
    token = token_of(app, signed_in, scope="profile")
    opened = {path for path in PLACES if get(path, token).status_code == 200}
    assert opened == {"/drf/signed", "/view", "/middleware"}
    assert {get(path, token).status_code for path in set(PLACES) - opened} == {403}


def test_a_token_of_a_client_is_nobody(app: App, orders: Any):
    token = app.client_credentials(scope=SCOPE).json()["access_token"]
    assert get("/middleware", token).status_code == 401
    assert get("/drf/signed", token).status_code in {401, 403}


@pytest.mark.threat(22)
@pytest.mark.threat(47)
@pytest.mark.threat(69)
def test_what_is_no_access_token_opens_nothing(app: App, orders: Any, signed_in: Browser):
    from oauth_server.models import AccessToken

    body = app.tokens(signed_in, scope=f"openid offline_access {SCOPE}")
    row = AccessToken.objects.get()
    values = [
        body["refresh_token"],
        body["id_token"],
        app.code(signed_in, scope=SCOPE),
        app.secret,
        row.token_checksum,
        str(row.pk),
        str(row.authorization_id),
        body["access_token"][:-1],
        "",
        "x",
        "a.b.c",
        "\x00",
        "é",
        "x" * 100_000,
    ]
    for value in values:
        for path, (refused, _) in PLACES.items():
            assert get(path, value).status_code == refused, (path, value[:20])


def test_a_token_in_the_url_opens_nothing(app: App, orders: Any, signed_in: Browser):
    token = token_of(app, signed_in)
    for path in PLACES:
        assert HTTP().get(f"{path}?access_token={token}").status_code in {400, 401, 403}, path


@pytest.mark.spec("RFC 9068", "4")
def test_a_jwt_opens_what_asks_our_validator(app: App, orders: Any, signed_in: Browser):
    token = token_of(app, signed_in, resource=audience(app, "http://testserver", token_format="jwt"))
    assert token.count(".") == 2
    assert {path for path in PLACES if get(path, token).status_code == 200} == {
        path for path, (_, takes_jwt) in PLACES.items() if takes_jwt
    }
    app.revoke(token)
    assert {path for path in PLACES if get(path, token).status_code == 200} == set()


@pytest.mark.spec("RFC 9449", "7.1")
def test_a_token_that_is_bound_to_a_key_opens_nothing_as_a_bearer_token(app: App, orders: Any, signed_in: Browser):
    header, claims = jwts.parts(
        token_of(app, signed_in, resource=audience(app, "http://testserver", token_format="jwt"))
    )
    key = store.active(app.row.issuer, "ES256")
    free = jose.sign(claims, key, typ=header["typ"])
    for cnf in ({"jkt": "x"}, {"x5t#S256": "x"}, {}):
        bound = jose.sign({**claims, "cnf": cnf}, key, typ=header["typ"])
        for path, (refused, takes_jwt) in PLACES.items():
            assert get(path, free).status_code == (200 if takes_jwt else refused), path
            assert get(path, bound).status_code == refused, path
            assert HTTP().get(path, headers={"authorization": f"DPoP {bound}"}).status_code == refused, path


@pytest.fixture
def unbridged(settings: Any) -> Iterator[None]:
    """Views keep what they made of the settings at their first request; these are asked anew, and forget it."""
    # the backend makes its own when it is imported: with the settings of the suite
    import_module("oauth2_provider.backends")
    settings.OAUTH2_PROVIDER = {
        name: value
        for name, value in django_settings.OAUTH2_PROVIDER.items()
        if name.endswith("_ADMIN_CLASS") or name.startswith("COMPLIANT")
    } | {"ALWAYS_RELOAD_OAUTHLIB_CORE": True}
    yield
    for view in (urls.Protected, urls.ScopedView):
        view._oauthlib_core = None
        del view._oauthlib_core


@pytest.mark.threat(37)
def test_without_the_bridge_nothing_more_is_opened(app: App, orders: Any, signed_in: Browser, unbridged: None):
    live, dead = token_of(app, signed_in), token_of(app, signed_in)
    elsewhere = token_of(app, signed_in, resource=audience(app, "https://api.example"))
    app.revoke(dead)
    for path, (refused, _) in PLACES.items():
        assert get(path, live).status_code in {200, refused}
        for value in (dead, elsewhere, app.secret, "x"):
            assert get(path, value).status_code == refused, (path, value)


@pytest.mark.threat(39, 40)
def test_a_view_for_clients_takes_the_registered_method_alone(app: App, public_app: App):
    def status(headers: dict[str, str], **body: str) -> int:
        request = RequestFactory().post("/", body, headers=headers)
        found: int = ForClients.as_view()(request).status_code
        return found

    right, _ = app.credentials()
    in_body = {"client_id": app.client_id, "client_secret": app.secret}
    assert status(right) == 200
    assert status({}, **in_body) == 403
    assert status(right, **in_body) == 403
    assert status({}, client_id=public_app.client_id) == 403
    assert status({}) == 403
    assert status({"authorization": "Basic " + "x" * 5}) == 403
    assert status({"authorization": "Basic \0"}) == 403
    app.secret = "wrong"
    for _ in range(conf.settings.CLIENT_SECRET_FAILURES + 2):
        assert status(app.credentials()[0]) == 403
    Client.objects.filter(pk=app.row.pk).update(enabled=False)
    assert status(right) == 403


@pytest.mark.threat(51)
def test_dots_introspection_left_mounted_tells_nobody_about_others_tokens(app: App):
    token = app.client_credentials().json()["access_token"]
    other = factories.app()
    request = RequestFactory().post("/", {"token": token}, headers=other.credentials()[0])
    assert IntrospectTokenView.as_view()(request).status_code == 403


def test_the_validator_of_dot_issues_nothing(app: App):
    """DOT's own token view, left mounted, mints no token."""
    headers, body = app.credentials()
    for view, values in (
        (TokenView, {"grant_type": "client_credentials"}),
        (TokenView, {"grant_type": "authorization_code", "code": "x", "redirect_uri": "x"}),
        (TokenView, {"grant_type": "password", "username": "a", "password": "b"}),
        (RevokeTokenView, {"token": "x"}),
    ):
        request = RequestFactory().post("/", {**body, **values}, headers=headers)
        assert view.as_view()(request).status_code in {400, 401}
    assert not AccessToken.objects.exists()
