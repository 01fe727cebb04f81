"""Our classes for Django REST framework: the token decides what the client may do, the view what a token must hold."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client as HTTP
from drf_spectacular.generators import SchemaGenerator

from oauth_server import conf
from oauth_server.keys import jose, jwk, store
from oauth_server.models import Authorization, Client
from tests import factories, jwts
from tests.apps.resource_server import urls
from tests.apps.resource_server.urls import AUDIENCE
from tests.flows import App, Browser
from tests.unit.oauth_server.proof import test_dpop as dpop_proofs

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.apps.resource_server.urls"),
    pytest.mark.spec("RFC 6750", "3"),
]


@pytest.fixture(params=["opaque", "jwt"])
def orders(app: App, request: pytest.FixtureRequest) -> App:
    """An app that may read and write orders, with tokens of either format."""
    api = factories.AudienceFactory(identifier=AUDIENCE, token_format=request.param)
    for name in ("orders:read", "orders:write"):
        app.row.scopes.add(factories.ScopeFactory(name=name, audience=api))
    return app


def token_of(app: App, browser: Browser, scope: str = "orders:read", **changes: Any) -> str:
    value: str = app.tokens(browser, scope=scope, **changes)["access_token"]
    return value


def call(path: str, token: str | None, method: str = "GET", scheme: str = "Bearer") -> Any:
    headers = {} if token is None else {"authorization": f"{scheme} {token}"}
    return HTTP().generic(method, path, headers=headers)


@pytest.mark.seed("S-44")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_with_the_scope_opens_the_api(orders: App, signed_in: Browser, person: Any, scheme: str):
    response = call("/orders", token_of(orders, signed_in), scheme=scheme)
    assert response.status_code == 200
    assert response.json() == {"user": str(person.pk), "sub": str(person.pk)}
    assert call("/listed", token_of(orders, signed_in)).status_code == 200


@pytest.mark.seed("S-44")
@pytest.mark.spec("RFC 6750", "3.1")
def test_without_a_token_the_challenge_names_no_error():
    for response in (call("/orders", None), call("/orders", "eDp5", scheme="Basic")):
        assert response.status_code in {401, 403}
        assert response["WWW-Authenticate"] == f'Bearer realm="{AUDIENCE}"'


@pytest.mark.seed("S-44")
@pytest.mark.asvs("10.3.2")
def test_too_few_scopes_are_403_and_the_challenge_names_those_that_would_do(orders: App, signed_in: Browser):
    response = call("/orders", token_of(orders, signed_in), "POST")
    assert response.status_code == 403
    assert response["WWW-Authenticate"] == (
        f'Bearer realm="{AUDIENCE}", error="insufficient_scope", '
        'error_description="The access token does not have the scope for this.", scope="orders:read orders:write"'
    )
    assert call("/orders", token_of(orders, signed_in, "orders:read orders:write"), "POST").status_code == 200


@pytest.mark.seed("S-28")
def test_a_scope_gives_no_more_than_its_person_has(orders: App, signed_in: Browser, person: Any):
    token = token_of(orders, signed_in, "orders:read orders:write")
    assert call("/guarded", token, "POST").status_code == 403
    person.user_permissions.add(Permission.objects.get(codename="delete_audience"))
    assert call("/guarded", token, "POST").status_code == 200
    assert call("/guarded", token_of(orders, signed_in, "orders:read"), "POST").status_code == 403


@pytest.mark.bar("D3.1")
@pytest.mark.spec("RFC 9470", "3")
@pytest.mark.spec("RFC 9728", "5.1")
def test_the_challenge_names_the_rule_that_failed(orders: App, signed_in: Browser):
    token = token_of(orders, signed_in)
    told = f'Bearer realm="{AUDIENCE}", error='
    found = f'resource_metadata="{AUDIENCE}/.well-known/oauth-protected-resource"'
    nothing = call("/strict", None)
    assert (nothing.status_code, nothing["WWW-Authenticate"]) == (401, f'Bearer realm="{AUDIENCE}", {found}')
    response = call("/strict", token, "POST")
    assert response.status_code == 403
    assert 'error="insufficient_scope"' in response["WWW-Authenticate"]
    response = call("/strict", token)
    assert response.status_code == 401
    rest = 'error_description="The sign-in does not reach the level for this.", acr_values="2", max_age="300"'
    assert response["WWW-Authenticate"] == f'{told}"insufficient_user_authentication", {rest}, {found}'
    Authorization.objects.update(acr="2")
    assert call("/strict", token).status_code == 200
    Authorization.objects.update(auth_time=datetime.now(UTC) - timedelta(seconds=301))
    response = call("/strict", token)
    assert "The sign-in was too long ago." in response["WWW-Authenticate"]
    robot = orders.client_credentials(scope="orders:read").json()["access_token"]
    assert "insufficient_user_authentication" in call("/strict", robot)["WWW-Authenticate"]
    other = factories.AudienceFactory()
    orders.row.audiences.add(other)
    response = call("/strict", token_of(orders, signed_in, "profile", audience=other.identifier))
    assert response["WWW-Authenticate"].startswith(f'{told}"invalid_token", error_description="aud: ')
    response = call("/strict", "oas_at_nonsense")
    assert "invalid, expired, or revoked" in response["WWW-Authenticate"]
    response = call("/strict", 'x", scope="admin')
    assert 'error_description="The access token is malformed."' in response["WWW-Authenticate"]
    assert "admin" not in response["WWW-Authenticate"]


@pytest.mark.seed("S-44")
def test_a_token_in_the_url_or_the_body_is_none(orders: App, signed_in: Browser):
    token = token_of(orders, signed_in)
    assert HTTP().get(f"/orders?access_token={token}").status_code in {401, 403}
    assert HTTP().post("/orders", {"access_token": token}).status_code in {401, 403}


@pytest.mark.bar("D3.1")
@pytest.mark.spec("RFC 9449", "7.1")
def test_a_token_that_is_bound_to_a_key_opens_the_api_with_its_proof_alone(app: App, signed_in: Browser):
    api = factories.AudienceFactory(identifier=AUDIENCE, token_format="jwt")
    app.row.scopes.add(factories.ScopeFactory(name="orders:read", audience=api))
    header, claims = jwts.parts(token_of(app, signed_in))
    key = store.active(app.row.issuer, "ES256")
    token = jose.sign({**claims, "cnf": {"jkt": jwk.thumbprint(dpop_proofs.BARE)}}, key, typ=header["typ"])
    ath = jwts.b64(hashlib.sha256(token.encode()).digest())
    proof = dpop_proofs.made(htu="http://testserver/orders", ath=ath)
    assert 'error_description="cnf: ' in call("/orders", token)["WWW-Authenticate"]

    def prove(path: str = "/orders") -> Any:
        return HTTP().get(path, headers={"authorization": f"DPoP {token}", "dpop": proof})

    assert prove("/listed")["WWW-Authenticate"].startswith(f'DPoP realm="{AUDIENCE}", error="invalid_dpop_proof"')
    assert prove().status_code == 200
    again = prove()
    assert (again.status_code, "jti was used before" in again["WWW-Authenticate"]) == (401, True)


def test_a_method_that_the_view_does_not_name_is_closed(orders: App, signed_in: Browser):
    token = token_of(orders, signed_in, "orders:read orders:write")
    answers = {
        method: call("/orders", token, method).status_code for method in ("HEAD", "PUT", "PATCH", "OPTIONS", "DELETE")
    }
    assert answers == {"HEAD": 200, "PUT": 403, "PATCH": 403, "OPTIONS": 403, "DELETE": 200}


@pytest.mark.threat(57)
@pytest.mark.asvs("10.3.1")
@pytest.mark.spec("RFC 9068", "4")
def test_a_token_for_another_api_is_invalid(orders: App, signed_in: Browser):
    for name in ("https://stock.example", f"{AUDIENCE}/v2", f"{AUDIENCE}.evil.example", "https://orders.exampl"):
        other = factories.AudienceFactory(identifier=name)
        orders.row.audiences.add(other)
        token = token_of(orders, signed_in, "profile", audience=name)
        response = call("/orders", token)
        assert response.status_code == 401, name
        assert 'error="invalid_token"' in response["WWW-Authenticate"]
    assert call("/orders", token_of(orders, signed_in, "profile")).status_code == 401


@pytest.mark.threat(57)
def test_a_view_without_audience_takes_tokens_for_the_server_alone(orders: App, signed_in: Browser):
    assert call("/own", token_of(orders, signed_in, "profile", audience="http://testserver")).status_code == 200
    assert call("/own", token_of(orders, signed_in, "profile orders:read")).status_code == 401


@pytest.mark.seed("S-52")
@pytest.mark.threat(57)
def test_a_view_takes_tokens_of_its_issuers_alone(app: App, signed_in: Browser):
    other = factories.app(issuer=factories.IssuerFactory(slug="other"))
    factories.AudienceFactory(identifier="http://testserver", issuer=other.row.issuer)
    other.row.audiences.set(other.row.issuer.audiences.all())
    theirs = token_of(other, signed_in, "profile", audience="http://testserver/other")
    pretending = token_of(other, signed_in, "profile", audience="http://testserver")
    ours = token_of(app, signed_in, "profile")
    assert [call("/own", token).status_code for token in (ours, theirs, pretending)] == [200, 401, 401]
    assert [call("/theirs", token).status_code for token in (ours, theirs, pretending)] == [401, 200, 401]


def test_the_token_of_a_client_is_nobodys(orders: App):
    token = orders.client_credentials(scope="orders:read").json()["access_token"]
    assert call("/orders", token).json() == {"user": "", "sub": orders.client_id}
    assert call("/signed", token).status_code == 403


@pytest.mark.threat(37)
@pytest.mark.threat(53)
@pytest.mark.parametrize("end", ["revoked", "expired", "client off", "person inactive", "family revoked"])
def test_what_ended_opens_nothing(orders: App, signed_in: Browser, person: Any, moving_clock: Any, end: str):
    token = token_of(orders, signed_in)
    assert call("/orders", token).status_code == 200
    match end:
        case "revoked":
            orders.revoke(token)
        case "expired":
            moving_clock.move(conf.settings.ACCESS_TOKEN_LIFETIME + 1)
        case "client off":
            Client.objects.filter(pk=orders.row.pk).update(enabled=False)
        case "person inactive":
            person.is_active = False
            person.save()
        case "family revoked":
            from oauth_server.tokens import revoke

            revoke.person(person.pk)
    assert call("/orders", token).status_code == 401


@pytest.mark.seed("S-59")
@pytest.mark.threat(22)
@pytest.mark.threat(47)
@pytest.mark.threat(57)
@pytest.mark.threat(69)
def test_what_is_no_access_token_opens_nothing(orders: App, signed_in: Browser):
    body = orders.tokens(signed_in, scope="openid offline_access orders:read")
    code = orders.code(signed_in, scope="orders:read")
    values = [
        body["refresh_token"],
        body["id_token"],
        code,
        orders.secret,
        "",
        "x",
        "a.b.c",
        "\x00",
        "é",
        "x" * 100_000,
    ]
    for value in values:
        response = call("/orders", value)
        assert response.status_code == 401, value[:20]
        assert 'error="invalid_token"' in response["WWW-Authenticate"]


@pytest.mark.bar("D3.1")
def test_the_openapi_document_says_where_tokens_are_and_which_scopes_each_operation_needs() -> None:
    from oauth_server.resource_server import openapi

    found = SchemaGenerator(patterns=urls.urlpatterns[:5]).get_schema(request=None, public=True)
    assert found["components"]["securitySchemes"][openapi.NAME] == {
        "type": "openIdConnect",
        "openIdConnectUrl": "http://testserver/.well-known/openid-configuration",
    }
    paths = found["paths"]
    told = {(path, method): each["security"] for path, of in paths.items() for method, each in of.items()}
    assert told["/orders", "post"] == [{"oauth": ["orders:read", "orders:write"]}]
    assert told["/strict", "get"] == [{"oauth": ["orders:read"]}]
    assert told["/own", "get"] == [{"oauth": ["profile"]}]
