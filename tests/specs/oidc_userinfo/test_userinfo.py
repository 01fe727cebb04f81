"""OpenID Connect Core 1.0 §5.3, RFC 6750: what an access token with `openid` opens, and how it may be sent."""

from typing import Any

import pytest
from django.test import Client as HTTP

from oauth_server.models import Client
from tests import factories
from tests.flows import FORM, App, Browser

pytestmark = [pytest.mark.django_db, pytest.mark.spec("OpenID Connect Core 1.0", "5.3")]


@pytest.fixture
def token(app: App, signed_in: Browser) -> str:
    value: str = app.tokens(signed_in, scope="openid email profile")["access_token"]
    return value


def ask(token: str, *, scheme: str = "Bearer", method: str = "GET", **headers: str) -> Any:
    return HTTP().generic(method, "/userinfo", headers={"authorization": f"{scheme} {token}", **headers})


@pytest.mark.threat(61)
def test_the_answer_is_the_subject_and_what_the_scopes_release(token: str, person: Any):
    person.first_name, person.last_name = "Ada", "Lovelace"
    person.save()
    for method in ("GET", "POST"):
        response = ask(token, method=method)
        assert response.status_code == 200
        assert (response["Content-Type"], response["Cache-Control"]) == ("application/json", "no-store")
        body = response.json()
        assert body["sub"] == str(person.pk)
        assert (body["email"], body["given_name"], body["name"]) == ("ada@example.org", "Ada", "Ada Lovelace")
        assert not {"password", "is_staff", "is_superuser", "phone_number", "address"} & set(body)


@pytest.mark.threat(61)
def test_openid_alone_releases_the_subject_alone(app: App, signed_in: Browser, person: Any):
    body = app.tokens(signed_in, scope="openid")
    assert app.userinfo(body["access_token"]).json() == {"sub": str(person.pk)}


@pytest.mark.seed("S-44")
@pytest.mark.spec("RFC 6750", "2.1")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_the_scheme_has_no_case(token: str, scheme: str):
    assert ask(token, scheme=scheme).status_code == 200


@pytest.mark.spec("RFC 6750", "2.2")
def test_the_body_of_a_form_may_carry_it(token: str):
    response = HTTP().post("/userinfo", f"access_token={token}", content_type=FORM)
    assert response.status_code == 200


@pytest.mark.seed("S-44")
@pytest.mark.threat(61)
@pytest.mark.spec("RFC 6750", "3.1")
def test_without_a_token_the_challenge_names_no_error():
    for response in (HTTP().get("/userinfo"), HTTP().post("/userinfo", "", content_type=FORM), ask("")):
        assert response.status_code == 401
        assert response["WWW-Authenticate"] == 'Bearer realm="http://testserver"'


@pytest.mark.threat(61)
@pytest.mark.asvs("10.3.1")
def test_a_token_in_the_url_is_no_token(token: str):
    assert HTTP().get(f"/userinfo?access_token={token}").status_code == 401
    assert HTTP().post(f"/userinfo?access_token={token}", "", content_type=FORM).status_code == 400
    assert ask(token, method="GET").status_code == 200


@pytest.mark.spec("RFC 6750", "2")
def test_a_token_sent_in_two_ways_is_malformed(token: str):
    headers = {"authorization": f"Bearer {token}"}
    response = HTTP().post("/userinfo", f"access_token={token}", content_type=FORM, headers=headers)
    assert response.status_code == 400
    assert 'error="invalid_request"' in response["WWW-Authenticate"]


def refused(app: App, signed_in: Browser, person: Any) -> dict[str, Any]:
    """Tokens that open nothing here."""
    api = factories.AudienceFactory(identifier="https://api.example")
    app.row.audiences.add(api)
    body = app.tokens(signed_in, scope="openid offline_access")
    return {
        "a refresh token": body["refresh_token"],
        "an ID token": body["id_token"],
        "a code": app.code(signed_in),
        "a secret": app.secret,
        "nothing known": "oas_at_1" + "0" * 53,
        "garbage": "x",
        "two words": f"{body['access_token']} x",
        "Latin-1": "é",
        "NUL": "\x00",
        "an array": f"{body['access_token']},{body['access_token']}",
        "bound to an API": app.tokens(signed_in, scope="openid", resource="https://api.example")["access_token"],
    }


@pytest.mark.seed("S-44")
@pytest.mark.seed("S-59")
@pytest.mark.threat(47)
@pytest.mark.threat(57)
@pytest.mark.threat(61)
def test_anything_else_than_a_token_for_this_server_is_invalid(app: App, signed_in: Browser, person: Any):
    for name, value in refused(app, signed_in, person).items():
        response = ask(value)
        assert response.status_code == 401, name
        assert response.json()["error"] == "invalid_token", name
        assert 'error="invalid_token"' in response["WWW-Authenticate"], name


@pytest.mark.seed("S-27")
@pytest.mark.seed("S-44")
@pytest.mark.threat(61)
def test_a_token_without_openid_is_too_weak(app: App, signed_in: Browser):
    for value in (
        app.tokens(signed_in, scope="profile email")["access_token"],
        app.client_credentials().json()["access_token"],
    ):
        response = ask(value)
        assert response.status_code == 403
        assert response.json()["error"] == "insufficient_scope"
        assert 'error="insufficient_scope"' in response["WWW-Authenticate"]
        assert 'scope="openid"' in response["WWW-Authenticate"]


@pytest.mark.seed("S-29")
def test_a_token_for_an_api_and_this_server_opens_it(app: App, signed_in: Browser):
    app.row.audiences.add(factories.AudienceFactory(identifier="https://api.example", token_format="jwt"))
    both = app.tokens(signed_in, scope="openid", audience="https://api.example")["access_token"]
    assert ask(both).status_code == 200
    named = app.tokens(signed_in, scope="openid", resource=["https://api.example", "http://testserver"])["access_token"]
    assert ask(named).status_code == 200


@pytest.mark.threat(37)
@pytest.mark.threat(53)
@pytest.mark.parametrize(
    "end", ["revoked", "person inactive", "person deleted", "client off", "family revoked", "expired"]
)
def test_what_ended_opens_nothing(app: App, token: str, person: Any, moving_clock: Any, end: str):
    assert ask(token).status_code == 200
    match end:
        case "revoked":
            app.revoke(token)
        case "person inactive":
            person.is_active = False
            person.save()
        case "person deleted":
            person.delete()
        case "client off":
            Client.objects.filter(pk=app.row.pk).update(enabled=False)
        case "family revoked":
            from oauth_server.tokens import revoke

            revoke.person(person.pk)
        case "expired":
            moving_clock.move(3601)
    response = ask(token)
    assert response.status_code == 401
    assert response.json()["error"] == "invalid_token"


@pytest.mark.threat(37)
def test_a_claim_that_is_no_longer_released_is_gone(app: App, token: str):
    app.row.issuer.scopes.filter(name="email").delete()
    assert "email" not in ask(token).json()


def test_head_answers_without_a_body(token: str):
    response = ask(token, method="HEAD")
    assert (response.status_code, response.content) == (200, b"")
