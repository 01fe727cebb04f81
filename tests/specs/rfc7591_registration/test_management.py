"""RFC 7592: what a client does with its own registration."""

from typing import Any

import pytest

from oauth_server import issuers
from oauth_server.client_auth import secret
from oauth_server.models import AuditEvent, Client
from oauth_server.registration import initial_access_token
from tests import factories
from tests.flows import CALLBACK, App, Browser
from tests.specs.rfc7591_registration.registering import (
    GOOD,
    METADATA,
    PATH,
    URI,
    configure,
    post,
    registered,
    the,
    told,
)

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 7592", "2")]


@pytest.mark.spec("RFC 7592", "2.1")
@pytest.mark.threat(96)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_wrong_registration_access_token_is_401(opened: Any, method: str):
    mine, other = registered(), registered()
    _, initial = initial_access_token.make(issuers.first())
    wrong = ["", "x", other["registration_access_token"], initial, mine["client_secret"], "oas_rat_" + "A" * 54]
    for value in wrong:
        answer = configure(method, mine, {**GOOD, "client_id": mine["client_id"]}, token=value)
        assert answer.status_code == 401, value
        assert answer["WWW-Authenticate"].startswith("Bearer ")
    unknown = {**mine, "registration_client_uri": "http://testserver/oauth2/register/nobody"}
    assert configure(method, unknown, GOOD).status_code == 401
    odd = {**mine, "registration_client_uri": "http://testserver/oauth2/register/%00"}
    assert configure(method, odd, GOOD).status_code == 401
    assert the(mine).name == "Ada's app"


@pytest.mark.spec("RFC 7592", "2.2")
@pytest.mark.threat(96)
def test_a_replacement_replaces_everything_and_the_token(opened: Any):
    first = registered(logo_uri="https://rp.example/logo.png", contacts=["ada@rp.example"], default_max_age=5)
    wanted = {"client_id": first["client_id"], "redirect_uris": ["https://rp.example/new"], "scope": "openid"}
    answer = configure("PUT", first, wanted)
    assert answer.status_code == 200, answer.content
    second = answer.json()
    assert second["redirect_uris"] == ["https://rp.example/new"]
    assert second["scope"] == "openid"
    assert not second.keys() & {"logo_uri", "contacts", "default_max_age", "client_name", "client_secret"}
    assert second["registration_access_token"] != first["registration_access_token"]
    # the first token is dead, the secret is not
    assert configure("GET", first).status_code == 401
    assert configure("GET", second).json()["redirect_uris"] == ["https://rp.example/new"]
    assert secret.verify(the(first), first["client_secret"], "")


REPLACEMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "no client_id": ({"client_id": None}, METADATA),
    "another client_id": ({"client_id": "other"}, METADATA),
    "the token sent back": ({"registration_access_token": "x"}, "invalid_request"),
    "the address sent back": ({"registration_client_uri": "https://x.example"}, "invalid_request"),
    "the end of the secret sent back": ({"client_secret_expires_at": 0}, "invalid_request"),
    "the time sent back": ({"client_id_issued_at": 0}, "invalid_request"),
    "another secret": ({"client_secret": "x" * 40}, METADATA),
    "a secret that is a list": ({"client_secret": []}, METADATA),
    "a bad redirect URI": ({"redirect_uris": ["http://rp.example/"]}, URI),
    "no redirect URI": ({"redirect_uris": None}, URI),
    "the password grant": ({"grant_types": ["password"]}, METADATA),
}


@pytest.mark.spec("RFC 7592", "2.2")
@pytest.mark.parametrize("name", REPLACEMENTS)
def test_a_bad_replacement_changes_nothing(opened: Any, name: str):
    body = registered()
    changes, code = REPLACEMENTS[name]
    answer = configure("PUT", body, {**GOOD, "client_id": body["client_id"], **changes})
    assert told(answer) == (400, code), answer.content
    assert configure("GET", body).json()["redirect_uris"] == [CALLBACK]


@pytest.mark.threat(96)
def test_what_the_operator_verified_is_verified_no_more_once_it_is_replaced(opened: Any):
    body = registered()
    Client.objects.update(verified=True)
    changed = {**GOOD, "client_id": body["client_id"], "client_name": "Example Bank"}
    assert configure("PUT", {**body}, {**changed, "redirect_uris": ["http://bank.example/"]}).status_code == 400
    assert the(body).verified, "a refusal changes nothing"
    assert configure("PUT", body, changed).status_code == 200
    assert not the(body).verified
    assert AuditEvent.objects.latest("pk").changes == {"verified": [True, False]}


def test_a_replacement_may_carry_the_present_secret_and_change_the_method(opened: Any):
    body = registered()
    wanted = {**GOOD, "client_id": body["client_id"], "client_secret": body["client_secret"]}
    kept = configure("PUT", body, wanted).json()
    assert "client_secret" not in kept
    public = configure("PUT", kept, {**wanted, "token_endpoint_auth_method": "none"}).json()
    assert not the(body).secrets.exists()
    assert the(body).require_pkce
    again = configure("PUT", public, {**GOOD, "client_id": body["client_id"]}).json()
    assert again["client_secret"] != body["client_secret"]
    assert secret.verify(the(body), again["client_secret"], "")


@pytest.mark.op("D3")
@pytest.mark.spec("RFC 7592", "2.3")
def test_a_deleted_client_is_dead_with_all_that_it_holds(opened: Any, signed_in: Browser):
    body = registered(grant_types=["authorization_code", "refresh_token"])
    # not by itself any more, so that no page asks
    Client.objects.update(skip_authorization=True, registration_source="manual")
    app = App(the(body), body["client_secret"])
    tokens = app.tokens(signed_in, scope="openid offline_access")
    code = app.code(signed_in)
    assert app.userinfo(tokens["access_token"]).status_code == 200
    answer = configure("DELETE", body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert configure("GET", body).status_code == configure("DELETE", body).status_code == 401
    for refused in (app.refresh(tokens["refresh_token"]), app.redeem(code), app.introspect(tokens["access_token"])):
        assert told(refused) == (401, "invalid_client")
    assert app.userinfo(tokens["access_token"]).status_code == 401
    page = app.authorize(signed_in)
    assert page.status_code == 400


def test_a_client_that_the_operator_made_has_no_configuration(opened: Any, app: App):
    body = {"registration_client_uri": f"http://testserver{PATH}/{app.client_id}"}
    for value in ("", "oas_rat_" + "0" * 54):
        assert configure("GET", body, token=value).status_code == 401


def test_a_disabled_client_cannot_be_configured(opened: Any):
    body = registered()
    Client.objects.update(enabled=False)
    assert configure("GET", body).status_code == configure("DELETE", body).status_code == 401
    assert Client.objects.exists()


def test_closing_registration_leaves_those_who_are_there(opened: Any):
    body = registered()
    opened(DYNAMIC_REGISTRATION="closed")
    assert post(GOOD).status_code == 404
    assert configure("GET", body).status_code == 200
    assert configure("DELETE", body).status_code == 204


@pytest.mark.spec("RFC 7592", "2.1")
def test_another_issuer_does_not_know_the_registration(opened: Any):
    body = registered()
    other = factories.IssuerFactory()
    there = {**body, "registration_client_uri": f"http://testserver/{other.slug}{PATH}/{body['client_id']}"}
    assert configure("GET", there).status_code == 401
    own = post(GOOD, path=f"/{other.slug}{PATH}").json()
    assert own["registration_client_uri"] == f"{other.identifier}{PATH}/{own['client_id']}"
    assert configure("GET", own).status_code == 200
