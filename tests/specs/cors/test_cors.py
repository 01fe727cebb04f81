"""RFC 9700 §2.6: a browser app reads what its own client may, from its own origins, never with cookies."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as HTTP

from tests import factories
from tests.flows import FORM, App, Browser
from tests.specs.endpoints import ALL, INTROSPECT, PUBLIC, REVOKE, TOKEN, USERINFO, Machine, name

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 9700", "2.6"), pytest.mark.threat(92)]

SPA = "https://spa.example"
OTHERS = (
    "https://evil.example",
    "https://spa.example.evil.example",
    "https://evilspa.example",
    "http://spa.example",
    "https://spa.example:8443",
    "https://SPA.example",
    "https://spa.example/",
    "https://spa.exampl",
    "https://spa%example",
    "null",
    "",
    "*",
    "https://spa.example https://evil.example",
    "https://spa.example, https://evil.example",
    "https://spa.example\x00",
    "é",
    "x" * 10_000,
)
CORS = "Access-Control-Allow-Origin"


@pytest.fixture
def spa(db: None) -> App:
    return factories.app(
        token_endpoint_auth_method="none",
        grant_types=["authorization_code", "refresh_token"],
        allowed_origins=f"{SPA}\nhttps://spa2.example",
    )


def headers_of(response: Any) -> set[str]:
    return {header for header in response.headers if header.startswith("Access-Control-")}


def preflight(path: str, origin: str) -> Any:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization, content-type"}
    return HTTP().options(path, headers={"origin": origin, **asked})


@pytest.mark.parametrize("machine", [TOKEN, REVOKE, USERINFO], ids=name)
def test_a_preflight_from_an_origin_of_some_client_passes(spa: App, machine: Machine):
    for origin in (SPA, "https://spa2.example"):
        response = preflight(machine.path, origin)
        assert response.status_code == 204
        assert response[CORS] == origin
        assert set(response["Access-Control-Allow-Methods"].split(", ")) == set(machine.methods)
        assert "Authorization" in response["Access-Control-Allow-Headers"]
        assert "Origin" in response["Vary"]
        assert "Access-Control-Allow-Credentials" not in response


@pytest.mark.seed("S-22")
@pytest.mark.parametrize("origin", OTHERS)
@pytest.mark.parametrize("machine", [TOKEN, REVOKE, USERINFO], ids=name)
def test_a_preflight_from_any_other_origin_is_refused(spa: App, machine: Machine, origin: str):
    response = preflight(machine.path, origin)
    assert response.status_code == 405
    assert response["Allow"] == ", ".join((*machine.methods, "OPTIONS"))
    assert not headers_of(response)


def test_an_origin_of_a_disabled_client_or_of_another_issuer_is_none(spa: App):
    other = factories.IssuerFactory(slug="other")
    factories.ClientFactory(issuer=other, allowed_origins="https://theirs.example")
    assert preflight("/oauth2/token", "https://theirs.example").status_code == 405
    assert preflight("/other/oauth2/token", "https://theirs.example").status_code == 204
    assert preflight("/other/oauth2/token", SPA).status_code == 405
    spa.row.enabled = False
    spa.row.save()
    assert preflight("/oauth2/token", SPA).status_code == 405


def test_a_browser_app_reads_its_tokens_and_its_refusals(spa: App, signed_in: Browser):
    code = spa.code(signed_in, scope="openid")
    good = spa.redeem(code, headers={"origin": SPA})
    assert good.status_code == 200
    bad = spa.redeem(code, headers={"origin": SPA})
    assert bad.status_code == 400
    person = HTTP().get("/userinfo", headers={"authorization": f"Bearer {good.json()['access_token']}", "origin": SPA})
    gone = spa.revoke(good.json()["access_token"], headers={"origin": SPA})
    assert (gone.status_code, person.status_code) == (200, 401)
    for response in (good, bad, person, gone):
        assert response[CORS] == SPA
        assert "Origin" in response["Vary"]
        assert "WWW-Authenticate" in response["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in response


def test_a_browser_app_reads_that_it_tried_too_often(spa: App):
    from oauth_server import conf

    confidential = factories.app(allowed_origins=SPA, token_endpoint_auth_method="client_secret_post")
    body = urlencode({"client_id": confidential.client_id, "client_secret": "x", "grant_type": "client_credentials"})
    for _ in range(conf.settings.CLIENT_SECRET_FAILURES + 1):
        response = HTTP().post("/oauth2/token", body, content_type=FORM, headers={"origin": SPA})
    assert response.status_code == 429
    assert response[CORS] == SPA


@pytest.mark.parametrize("origin", OTHERS)
def test_another_origin_reads_nothing(spa: App, signed_in: Browser, origin: str):
    token = spa.tokens(signed_in, scope="openid")["access_token"]
    userinfo = HTTP().get("/userinfo", headers={"authorization": f"Bearer {token}", "origin": origin})
    assert userinfo.status_code == 200
    for response in (
        userinfo,
        spa.refresh("x", headers={"origin": origin}),
        spa.revoke("x", headers={"origin": origin}),
    ):
        assert not headers_of(response), origin
        assert "Origin" in response["Vary"]


def test_the_origin_of_one_client_reads_nothing_of_another(spa: App, app: App, signed_in: Browser):
    theirs = factories.app(allowed_origins="https://theirs.example")
    token = theirs.tokens(signed_in, scope="openid")["access_token"]
    header = {"authorization": f"Bearer {token}", "origin": SPA}
    assert not headers_of(HTTP().get("/userinfo", headers=header))
    assert not headers_of(theirs.client_credentials(headers={"origin": SPA}))
    assert theirs.client_credentials(headers={"origin": "https://theirs.example"})[CORS] == "https://theirs.example"
    # whose token is not known reads nothing either
    assert not headers_of(HTTP().get("/userinfo", headers={"authorization": "Bearer x", "origin": SPA}))


@pytest.mark.parametrize("machine", PUBLIC, ids=name)
def test_what_is_public_is_read_from_anywhere_without_cookies(machine: Machine):
    for headers in ({}, {"origin": "https://anywhere.example"}, {"origin": "null"}):
        response = HTTP().get(machine.path, headers=headers)
        assert response[CORS] == "*"
        assert "Access-Control-Allow-Credentials" not in response
    assert preflight(machine.path, "https://anywhere.example")[CORS] == "*"
    assert HTTP().get(machine.path, headers={"if-none-match": HTTP().get(machine.path)["ETag"]})[CORS] == "*"


@pytest.mark.parametrize("path", [INTROSPECT.path, "/oauth2/auth", "/oauth2/interaction/x"])
def test_the_authorization_endpoint_and_introspection_are_not_for_scripts(spa: App, path: str):
    answers = [preflight(path, SPA), HTTP().get(path, headers={"origin": SPA})]
    answers.append(
        HTTP().post(path, urlencode({"client_id": spa.client_id}), content_type=FORM, headers={"origin": SPA})
    )
    for response in answers:
        assert not headers_of(response)


@pytest.mark.parametrize("machine", ALL, ids=name)
def test_credentials_are_never_allowed(spa: App, machine: Machine):
    for verb in ("GET", "POST", "OPTIONS", "HEAD"):
        response = HTTP().generic(verb, machine.path, headers={"origin": SPA, "cookie": "sessionid=x"})
        assert "Access-Control-Allow-Credentials" not in response
