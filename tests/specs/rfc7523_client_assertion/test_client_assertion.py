"""RFC 7523 §2.2, OpenID Connect Core 1.0 §9: clients that authenticate themselves by a JWT."""

import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client as HTTP

from oauth_server import clock
from oauth_server.client_auth import assertion, secret
from oauth_server.copies import Stale
from oauth_server.endpoints import base, token
from oauth_server.keys import jose
from oauth_server.models import AuditEvent, Client, ClientSecret, Replay
from oauth_server.protocol import ProtocolRequest
from tests import factories, jwts
from tests.flows import CALLBACK, FORM, App
from tests.forged import FORGED, Parts

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 7523", "2.2")]

ENDPOINTS = {
    "/oauth2/token": ({"grant_type": "client_credentials"}, 200),
    "/oauth2/introspect": ({"token": "x"}, 200),
    "/oauth2/revoke": ({"token": "x"}, 200),
    "/oauth2/device/auth": ({"scope": "openid"}, 200),
    "/oauth2/par": (
        {"response_type": "code", "redirect_uri": CALLBACK, "scope": "openid"},
        201,
    ),
}
GRANTS = ["authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"]
METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")


@pytest.fixture
def signing(db: None) -> App:
    """A client of private_key_jwt."""
    return factories.app(token_endpoint_auth_method="private_key_jwt", grant_types=GRANTS, require_pkce=False)


def send(path: str, values: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    body = urlencode({**ENDPOINTS[path][0], **{name: value for name, value in values.items() if value is not None}})
    return HTTP().post(path, body, content_type=FORM, headers=headers or {})


def told(response: Any) -> tuple[int, str]:
    return response.status_code, response.json().get("error", "")


def reason() -> str:
    found = AuditEvent.objects.filter(event="client:refused").order_by("-pk").first()
    assert found is not None
    return found.reason


@pytest.mark.seed("S-35")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_an_assertion_authenticates_at_every_endpoint(signing: App, path: str):
    assert send(path, signing.assertion()).status_code == ENDPOINTS[path][1]
    assert send(path, {**signing.assertion(), "client_id": signing.client_id}).status_code == ENDPOINTS[path][1]


@pytest.mark.threat(44)
@pytest.mark.spec("RFC 7523", "3")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_an_assertion_is_good_once_at_whatever_endpoint(signing: App, path: str):
    values = signing.assertion()
    assert send("/oauth2/revoke", values).status_code == 200
    assert told(send(path, values)) == (401, "invalid_client")
    assert "jti was used" in reason()
    # another process, which remembers nothing
    assertion._used.set(None)
    assert told(send(path, values)) == (401, "invalid_client")


@pytest.mark.threat(44)
def test_a_jti_belongs_to_its_client():
    first, second = (factories.app(token_endpoint_auth_method="private_key_jwt") for _ in range(2))
    for app in (first, second):
        assert send("/oauth2/revoke", app.assertion(jti="same")).status_code == 200
    assert Replay.objects.filter(kind=assertion.REPLAY).count() == 2


@pytest.mark.threat(44)
def test_a_request_that_starts_over_uses_its_assertion_once(signing: App, monkeypatch: pytest.MonkeyPatch):
    runs = []
    real = token.endpoint.run

    def stale_once(*arguments: Any) -> Any:
        runs.append(1)
        answer = real(*arguments)
        if len(runs) == 1:
            raise Stale
        return answer

    endpoint = base.Endpoint(stale_once, ("POST",), proves=True)
    body = urlencode({"grant_type": "client_credentials", **signing.assertion()}).encode()
    request = ProtocolRequest(
        "POST", token.PATH, b"", {"content-type": FORM}, body, "testserver", "192.0.2.1", "0" * 32
    )
    assert base.answer(endpoint, request).status == 200
    assert len(runs) == 2
    again = ProtocolRequest("POST", token.PATH, b"", {"content-type": FORM}, body, "testserver", "192.0.2.1", "0" * 32)
    assert base.answer(token.endpoint, again).status == 401


RSA = [jwts.a_key("RS256"), jwts.a_key("PS256")]


def now() -> int:
    return int(clock.now().timestamp())


# What is wrong with an assertion of which everything else is right
WRONG: dict[str, dict[str, Any]] = {
    "iss another": {"iss": "somebody"},
    "iss missing": {"iss": None},
    "sub another": {"sub": "somebody"},
    "sub missing": {"sub": None},
    "sub a list": {"sub": ["x"]},
    "sub with a surrogate": {"sub": "\ud800"},
    "sub with NUL": {"sub": "a\x00"},
    "sub too long": {"sub": "x" * 300},
    "aud missing": {"aud": None},
    "aud a list with the issuer alone": {"aud": ["http://testserver"]},
    "aud a list with more": {"aud": ["http://testserver", "https://evil.example"]},
    "aud the issuer with a slash": {"aud": "http://testserver/"},
    "aud another server": {"aud": "https://evil.example"},
    "aud the token endpoint": {"aud": "http://testserver/oauth2/token"},
    "aud the introspection endpoint": {"aud": "http://testserver/oauth2/introspect"},
    "aud an object": {"aud": {"http://testserver": 1}},
    "exp missing": {"exp": None},
    "exp over": {"exp": lambda: now() - 1},
    "exp too far": {"exp": lambda: now() + 3_600 + 12},
    "exp a string": {"exp": "4000000000"},
    "iat ahead": {"iat": lambda: now() + 60},
    "nbf ahead": {"nbf": lambda: now() + 60},
    "jti missing": {"jti": None},
    "jti empty": {"jti": ""},
    "jti a number": {"jti": 5},
    "jti a list": {"jti": ["x"]},
}


@pytest.mark.threat(45)
@pytest.mark.threat(46)
@pytest.mark.spec("RFC 7523", "3")
@pytest.mark.parametrize("name", WRONG)
def test_an_assertion_with_a_wrong_claim_is_refused(signing: App, name: str):
    changes = {claim: value() if callable(value) else value for claim, value in WRONG[name].items()}
    assert told(send("/oauth2/revoke", signing.assertion(**changes))) == (401, "invalid_client")


@pytest.mark.threat(43)
@pytest.mark.threat(64)
@pytest.mark.threat(65)
@pytest.mark.parametrize("name", [name for name in FORGED if name not in {"typ missing", "typ JWT", "kid missing"}])
def test_a_forged_assertion_is_refused(signing: App, name: str):
    assert signing.key is not None
    signing.row.client_jwks["keys"] += [public for _, public, _ in RSA]
    signing.row.save()
    rs, ps = (jose.load(private) for _, _, private in RSA)
    moment = now()
    claims = {
        "iss": signing.client_id,
        "sub": signing.client_id,
        "aud": "http://testserver",
        "jti": "x",
        "iat": moment,
        "exp": moment + 60,
    }
    value = FORGED[name](Parts(signing.key, rs, ps, "JWT", claims))
    body = {"client_assertion_type": assertion.TYPE, "client_assertion": value.encode("utf-8", "replace").decode()}
    if not value:
        body["client_assertion"] = ""
    assert told(send("/oauth2/revoke", body)) in {(401, "invalid_client"), (400, "invalid_request")}


def test_the_header_may_say_what_kind_it_is(signing: App):
    assert signing.key is not None
    for typ in ("client-authentication+jwt", "application/client-authentication+jwt", "jwt"):
        _, claims = jwts.parts(signing.assertion()["client_assertion"])
        value = jose.sign(claims, signing.key, typ=typ)
        values = {"client_assertion_type": assertion.TYPE, "client_assertion": value}
        assert send("/oauth2/revoke", values).status_code == 200


MALFORMED: dict[str, Any] = {
    "no type": lambda good, app: {**good, "client_assertion_type": None},
    "another type": lambda good, app: {
        **good,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2",
    },
    "no assertion": lambda good, app: {**good, "client_assertion": None, "client_id": app.client_id},
    "another client_id": lambda good, app: {**good, "client_id": "somebody"},
    "an unknown client": lambda good, app: app.assertion(iss="nobody", sub="nobody"),
}


@pytest.mark.spec("RFC 7521", "4.2")
@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_assertion_is_refused(signing: App, name: str):
    assert told(send("/oauth2/revoke", MALFORMED[name](signing.assertion(), signing))) == (401, "invalid_client")


@pytest.mark.threat(39)
@pytest.mark.parametrize("path", ENDPOINTS)
def test_an_assertion_and_another_method_are_two(signing: App, path: str):
    other = factories.app()
    headers, _ = other.credentials()
    for values, also in (
        ({"client_secret": "x"}, {}),
        ({"client_id": other.client_id, "client_secret": other.secret}, {}),
        ({}, headers),
    ):
        assert told(send(path, {**signing.assertion(), **values}, also))[0] in {400, 401}
        assert told(send(path, {**signing.assertion(), **values, "client_id": None}, also)) == (400, "invalid_request")


@pytest.mark.threat(40)
@pytest.mark.parametrize("method", METHODS)
def test_only_the_registered_method_is_taken(method: str):
    """The same keys and the same secret, whatever is registered."""
    _, public, private = jose.generate("ES256")
    app = factories.app(
        token_endpoint_auth_method=method,
        client_jwks={"keys": [public]},
        grant_types=["authorization_code", "refresh_token"],
    )
    app.key, app.secret = jose.load(private), secret.issue(app.row)
    for used in METHODS:
        Client.objects.filter(pk=app.row.pk).update(enabled=True)
        presented = App(
            Client(client_id=app.client_id, issuer=app.row.issuer, token_endpoint_auth_method=used), app.secret
        )
        presented.key = app.key
        headers, values = presented.credentials()
        expected = 200 if used == method else 401
        assert send("/oauth2/revoke", values, headers).status_code == expected, used


@pytest.mark.spec("OpenID Connect Dynamic Client Registration 1.0", "2")
def test_the_registered_algorithm_alone_is_taken(signing: App):
    signing.row.token_endpoint_auth_signing_alg = "RS256"
    signing.row.save()
    assert told(send("/oauth2/revoke", signing.assertion())) == (401, "invalid_client")
    signing.row.token_endpoint_auth_signing_alg = "ES256"
    signing.row.save()
    assert send("/oauth2/revoke", signing.assertion()).status_code == 200


@pytest.mark.op("D4")
@pytest.mark.threat(45)
def test_who_registered_itself_may_name_the_token_endpoint(signing: App):
    signing.row.registration_source = "dcr"
    signing.row.save()
    for audience in ("http://testserver", "http://testserver/oauth2/token"):
        assert send("/oauth2/token", signing.assertion(aud=audience)).status_code == 200
    wrong: list[Any] = ["http://testserver/oauth2/par", "https://evil.example/oauth2/token", ["http://testserver"]]
    for audience in wrong:
        assert told(send("/oauth2/token", signing.assertion(aud=audience))) == (401, "invalid_client")


def test_the_operator_may_let_a_client_name_the_token_endpoint(signing: App):
    signing.row.metadata = {assertion.ALSO_TOKEN_ENDPOINT: True}
    signing.row.save()
    assert send("/oauth2/token", signing.assertion(aud="http://testserver/oauth2/token")).status_code == 200


def test_a_key_that_was_taken_away_verifies_nothing_from_then_on(signing: App):
    assert send("/oauth2/token", signing.assertion()).status_code == 200
    _, public, private = jose.generate("ES256")
    signing.row.client_jwks = {"keys": [public]}
    signing.row.save()
    assert told(send("/oauth2/token", signing.assertion())) == (401, "invalid_client")
    signing.key = jose.load(private)
    assert send("/oauth2/token", signing.assertion()).status_code == 200


def test_another_issuers_client_is_unknown_here(signing: App):
    other = factories.IssuerFactory()
    path = f"/{other.slug}/oauth2/revoke"
    for audience in ("http://testserver", other.identifier):
        body = urlencode({"token": "x", **signing.assertion(aud=audience)})
        assert HTTP().post(path, body, content_type=FORM).status_code == 401


def test_a_disabled_client_is_refused(signing: App):
    Client.objects.filter(pk=signing.row.pk).update(enabled=False)
    assert told(send("/oauth2/revoke", signing.assertion())) == (401, "invalid_client")


# client_secret_jwt


def hmac_assertion(app: App, key: str, **changes: Any) -> dict[str, str]:
    moment = now()
    claims = {
        "iss": app.client_id,
        "sub": app.client_id,
        "aud": "http://testserver",
        "jti": jwts.b64(json.dumps(moment).encode()) + str(changes),
        "exp": moment + 60,
        **changes,
    }
    head = jwts.part({"alg": "HS256", "typ": "JWT"}) + "." + jwts.part(claims)
    signature = jwts.b64(hmac.digest(key.encode(), head.encode(), "sha256"))
    return {"client_assertion_type": assertion.TYPE, "client_assertion": f"{head}.{signature}"}


@pytest.fixture
def shared(settings: Any, db: None) -> App:
    """A client of client_secret_jwt, which is on."""
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "CLIENT_SECRET_JWT": True}
    return factories.app(token_endpoint_auth_method="client_secret_jwt", grant_types=GRANTS, require_pkce=False)


@pytest.mark.spec("OpenID Connect Core 1.0", "9")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_jwt_under_the_secret_authenticates_once(shared: App, path: str):
    values = hmac_assertion(shared, shared.secret)
    assert send(path, values).status_code == ENDPOINTS[path][1]
    assert told(send(path, values)) == (401, "invalid_client")


def test_with_several_secrets_each_one_signs(shared: App):
    second = secret.issue(shared.row, name="second")
    for number, value in enumerate((shared.secret, second)):
        assert send("/oauth2/revoke", hmac_assertion(shared, value, jti=f"j{number}")).status_code == 200
    assert told(send("/oauth2/revoke", hmac_assertion(shared, shared.client_id, jti="x"))) == (401, "invalid_client")


def test_the_secret_itself_is_not_taken(shared: App):
    values = {"client_id": shared.client_id, "client_secret": shared.secret}
    assert told(send("/oauth2/revoke", values)) == (401, "invalid_client")


@pytest.mark.threat(43)
def test_a_client_with_keys_cannot_sign_by_its_public_key(signing: App, settings: Any):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "CLIENT_SECRET_JWT": True}
    public = json.dumps(signing.row.client_jwks["keys"][0])
    assert told(send("/oauth2/revoke", hmac_assertion(signing, public))) == (401, "invalid_client")


def test_off_it_is_in_no_document_and_no_secret_is_readable(settings: Any, app: App):
    document = HTTP().get("/.well-known/openid-configuration").json()
    assert "client_secret_jwt" not in document["token_endpoint_auth_methods_supported"]
    assert "HS256" not in document["token_endpoint_auth_signing_alg_values_supported"]
    app.row.token_endpoint_auth_method = "client_secret_jwt"
    app.row.save()
    assert told(send("/oauth2/revoke", hmac_assertion(app, app.secret))) == (401, "invalid_client")
    assert set(ClientSecret.objects.values_list("sealed", flat=True)) == {""}


def test_on_it_is_in_the_documents(shared: App):
    document = HTTP().get("/.well-known/openid-configuration").json()
    for endpoint in ("token", "introspection", "revocation"):
        assert "client_secret_jwt" in document[f"{endpoint}_endpoint_auth_methods_supported"]
        assert "HS256" in document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]


@pytest.mark.threat(100)
def test_the_sealed_secret_does_not_hold_the_secret(shared: App):
    row = ClientSecret.objects.get(client=shared.row)
    assert row.sealed
    assert shared.secret not in row.sealed
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {ClientSecret._meta.db_table}")
        assert shared.secret not in str(cursor.fetchall())
