"""RFC 6749 §4.4: a client acts for itself."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from oauth_server import conf
from oauth_server.models import AccessToken, AuditEvent, Authorization, RefreshToken
from tests import factories
from tests.flows import App, Browser, error

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 6749", "4.4")]


@pytest.fixture
def networks() -> Any:
    """The API of S-70, with its scope."""
    api = factories.AudienceFactory(identifier="https://networks.example")
    return factories.ScopeFactory(name="networks", audience=api)


@pytest.mark.seed("S-11")
@pytest.mark.seed("S-12")
@pytest.mark.seed("S-48")
@pytest.mark.seed("S-51")
def test_the_answer_holds_an_access_token_and_nothing_about_people(app: App):
    response = app.client_credentials()
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert (response["Cache-Control"], response["Pragma"]) == ("no-store", "no-cache")
    body = response.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert body["token_type"] == "Bearer"
    assert conf.settings.ACCESS_TOKEN_LIFETIME - 2 <= body["expires_in"] <= conf.settings.ACCESS_TOKEN_LIFETIME
    assert isinstance(body["expires_in"], int)
    assert not RefreshToken.objects.exists()
    assert Authorization.objects.get().user_id is None


@pytest.mark.seed("S-12")
@pytest.mark.parametrize("scope", ["openid", "offline_access", "offline", "profile", "email", "networks openid"])
def test_what_is_about_a_person_is_refused(app: App, networks: Any, scope: str):
    app.row.scopes.add(networks)
    assert error(app.client_credentials(scope=scope)) == (400, "invalid_scope")
    assert not AccessToken.objects.exists()


@pytest.mark.seed("S-70")
def test_a_scope_leads_to_the_api_that_owns_it(app: App, networks: Any):
    app.row.scopes.add(networks)
    body = app.client_credentials(scope="networks").json()
    assert body["scope"] == "networks"
    told = app.introspect(body["access_token"]).json()
    assert (told["scope"], told["aud"]) == ("networks", ["https://networks.example"])


@pytest.mark.seed("S-25")
@pytest.mark.parametrize(
    "scope",
    ["unknown", "networks.*", "network*", "*", "Networks", "networks,other", "networks\tx", "networks\n", '"', "é"],
)
def test_any_other_scope_is_refused(app: App, networks: Any, scope: str):
    app.row.scopes.add(networks)
    assert error(app.client_credentials(scope=scope)) == (400, "invalid_scope")


@pytest.mark.seed("S-25")
@pytest.mark.asvs("10.4.11")
def test_a_scope_of_the_server_that_is_not_the_clients_is_refused(app: App, networks: Any):
    assert error(app.client_credentials(scope="networks")) == (400, "invalid_scope")


def test_no_scope_asked_is_the_clients_default(networks: Any):
    app = factories.app(scopes=[networks], default_scopes="networks")
    assert app.client_credentials().json()["scope"] == "networks"
    assert factories.app().client_credentials().json()["scope"] == ""


@pytest.mark.seed("S-40")
@pytest.mark.threat(58)
@pytest.mark.spec("RFC 9068", "5")
def test_the_subject_is_the_client(app: App):
    told = app.introspect(app.client_credentials().json()["access_token"]).json()
    assert told["sub"] == told["client_id"] == app.client_id
    assert "auth_time" not in told


@pytest.mark.seed("S-40")
@pytest.mark.threat(58)
def test_no_client_is_named_like_a_person(person: Any):
    from oauth_server import issuers
    from oauth_server.errors import InvalidClientMetadata
    from oauth_server.registration import metadata

    with pytest.raises(InvalidClientMetadata, match="client_id"):
        metadata.create(issuers.first(), {"client_id": str(person.pk), "grant_types": ["client_credentials"]})
    made, _ = metadata.create(issuers.first(), {"grant_types": ["client_credentials"]})
    assert not get_user_model().objects.filter(pk=person.pk, email=made.client_id).exists()


@pytest.mark.seed("S-05")
@pytest.mark.seed("S-46")
@pytest.mark.threat(63)
@pytest.mark.asvs("10.4.4")
@pytest.mark.asvs("10.6.1")
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
@pytest.mark.parametrize(
    ("grant", "code"),
    [
        ("password", "unsupported_grant_type"),
        ("implicit", "unsupported_grant_type"),
        ("urn:ietf:params:oauth:grant-type:jwt-bearer", "unauthorized_client"),
        ("urn:ietf:params:oauth:grant-type:saml2-bearer", "unsupported_grant_type"),
        ("CLIENT_CREDENTIALS", "unsupported_grant_type"),
        ("client_credentials ", "unsupported_grant_type"),
        ("authorization-code", "unsupported_grant_type"),
        ("", "invalid_request"),
    ],
)
def test_what_is_not_offered_is_refused(method: str, grant: str, code: str):
    app = factories.app(token_endpoint_auth_method=method)
    answer = app.token(
        grant_type=grant, username="ada@example.org", password="correct horse battery staple", scope="openid"
    )
    assert error(answer) == (400, code)
    assert not AccessToken.objects.exists()


@pytest.mark.seed("S-05")
@pytest.mark.asvs("10.4.4")
@pytest.mark.parametrize("grant", ["authorization_code", "refresh_token", "client_credentials"])
def test_a_client_has_the_grants_that_it_was_given_and_no_others(grant: str):
    others = [name for name in ("authorization_code", "refresh_token", "client_credentials") if name != grant]
    app = factories.app(grant_types=others)
    values = {"code": "x", "redirect_uri": "x", "code_verifier": "x" * 43, "refresh_token": "x"}
    assert error(app.token(grant_type=grant, **values)) == (400, "unauthorized_client")


@pytest.mark.threat(40)
@pytest.mark.spec("RFC 6749", "4.4")
def test_a_public_client_has_none():
    app = factories.app(token_endpoint_auth_method="none", grant_types=["client_credentials"])
    assert error(app.client_credentials()) == (400, "unauthorized_client")


INJECTED = {
    "refresh_token_instance": "x",
    "nonce": "n-injected",
    "sid": "s-injected",
    "acr": "gold",
    "amr": "mfa",
    "auth_time": "1",
    "user": "1",
    "user_id": "1",
    "username": "admin",
    "sub": "admin",
    "client": "other",
    "iss": "https://evil.example",
    "aud": "https://evil.example",
    "exp": "9999999999",
    "expires_in": "999999",
    "expires": "9999999999",
    "scopes": "admin",
    "token_type": "mac",
    "access_token": "chosen",
    "refresh_token": "chosen",
    "id_token": "chosen",
    "authorization": "x",
    "claims": '{"id_token":{"sub":null}}',
    "extra_credentials": "x",
    "cnf": "x",
    "grant_id": "x",
    "jti": "x",
    "_client": "x",
    "__class__": "x",
    "request": "x",
    "now": "1",
    "issuer": "x",
    "decision": "x",
    "previous": "1",
    "standing": "1",
}


@pytest.mark.threat(121)
@pytest.mark.spec("RFC 6749", "3.2")
def test_parameters_that_a_grant_does_not_declare_change_nothing(app: App):
    before = app.introspect(app.client_credentials().json()["access_token"]).json()
    body = app.client_credentials(**INJECTED).json()
    assert "chosen" not in str(body)
    assert body["expires_in"] <= conf.settings.ACCESS_TOKEN_LIFETIME
    after = app.introspect(body["access_token"]).json()
    kept = [name for name in before if name not in {"iat", "exp"}]
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


@pytest.mark.threat(121)
@pytest.mark.parametrize("grant", ["authorization_code", "refresh_token"])
def test_parameters_of_other_steps_do_not_reach_the_id_token(app: App, signed_in: Browser, person: Any, grant: str):
    from tests.jwts import parts

    extra = {name: value for name, value in INJECTED.items() if name != "refresh_token"}
    code = app.code(signed_in, scope="openid offline_access", nonce="n-asked")
    answer = app.redeem(code, **(extra if grant == "authorization_code" else {}))
    if grant == "refresh_token":
        answer = app.refresh(answer.json()["refresh_token"], **extra)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert "chosen" not in {body["access_token"], body["refresh_token"], body["id_token"]}
    _, claims = parts(body["id_token"])
    assert claims.get("nonce") in {"n-asked", None}
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("http://testserver", str(person.pk), app.client_id)
    assert claims.get("acr") != "gold"
    assert claims["auth_time"] > 1_000_000_000
    assert claims["exp"] - claims["iat"] == conf.settings.ID_TOKEN_LIFETIME


def test_tokens_of_one_client_share_a_family_until_it_is_revoked(app: App):
    from oauth_server.tokens import revoke

    first, second = (app.client_credentials().json()["access_token"] for _ in range(2))
    assert first != second
    family = Authorization.objects.get()
    revoke.family(family.pk, "test")
    assert not app.is_active(first)
    assert not app.is_active(second)
    third = app.client_credentials().json()["access_token"]
    assert app.is_active(third)
    assert not app.is_active(first)
    assert Authorization.objects.count() == 2


@pytest.mark.threat(37)
def test_switching_a_client_off_is_final_for_what_it_holds(app: App):
    from oauth_server.registration import metadata

    token = app.client_credentials().json()["access_token"]
    judge = factories.app()
    metadata.switch(app.row, False)
    assert error(app.client_credentials()) == (401, "invalid_client")
    metadata.switch(app.row, True)
    assert not app.is_active(token)
    assert app.is_active(app.client_credentials().json()["access_token"])
    assert not judge.is_active(token)


def test_a_success_writes_no_audit_event(app: App):
    app.client_credentials()
    assert not AuditEvent.objects.exists()


@pytest.mark.seed("S-66")
def test_the_example_of_the_documents_works_with_credentials_in_the_body(networks: Any):
    app = factories.app(token_endpoint_auth_method="client_secret_post", scopes=[networks])
    body = {
        "client_id": app.client_id,
        "client_secret": app.secret,
        "scope": "networks",
        "grant_type": "client_credentials",
    }
    answer = app.http.post(
        "/oauth2/token", "&".join(f"{k}={v}" for k, v in body.items()), "application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
