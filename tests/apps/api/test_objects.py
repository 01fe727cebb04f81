"""Scopes, APIs, issuers, clients, secrets and keys over the management API: journeys from making to deleting."""

from typing import Any

import pytest

from oauth_server.models import AuditEvent, Client, Scope
from tests.apps.api.conftest import API


def last(event: str) -> AuditEvent:
    return AuditEvent.objects.filter(event=event).latest("pk")


def test_a_scope_and_its_api_from_making_to_deleting(api: API) -> None:
    made = api("POST", "/audiences", {"identifier": "https://shop.example/a", "name": "Shop"})
    assert made.status_code == 201, made.content
    shop = made.json()
    assert made["Location"] == f"/api/v1/audiences/{shop['id']}"
    assert api("GET", f"/audiences/{shop['id']}").json() == shop
    scope = api.make("/scopes", name="shop/read", title="See", audience="https://shop.example/a")
    assert scope["id"].startswith("~")
    assert api("GET", "/scopes?audience=https://shop.example/a").json()["items"] == [scope]
    assert api("POST", "/scopes", {"name": "shop/read"}).json()["rule"] == "taken"
    path = f"/scopes/{scope['id']}"
    assert api("PATCH", path, {"title": "Look"}).json()["rule"] == "precondition-required"
    changed = api("PATCH", path, {**scope, "title": "Look"}, if_match=scope["etag"])
    assert changed.status_code == 200, changed.content
    assert changed.json()["title"] == "Look"
    assert api("PATCH", path, {"title": "Again"}, if_match=scope["etag"]).json()["rule"] == "stale"
    assert last("scope:changed").changes == {"title": ["See", "Look"]}
    assert api("PATCH", path, {"name": "other"}, if_match="*").json()["errors"] == [
        {"member": "name", "detail": "It never changes."}
    ]
    assert api("DELETE", f"/audiences/{shop['id']}", if_match="*").json()["names"] == ["shop/read"]
    replaced = api("PUT", path, {"claims": ["email"]}, if_match=changed["ETag"]).json()
    assert (replaced["title"], replaced["audience"], replaced["claims"]) == ("", None, ["email"])
    assert api("POST", f"{path}/fresh-consent").json()["consent_not_before"]
    assert api("DELETE", path, if_match="*").status_code == 204
    assert api("DELETE", f"/audiences/{shop['id']}", if_match="*").status_code == 204
    assert api("GET", path).json()["rule"] == "not-found"
    assert not Scope.objects.filter(name="shop/read").exists()


@pytest.mark.seed("S-24")
@pytest.mark.spec("RFC 9396", "2.1")
def test_a_type_of_authorization_details(api: API) -> None:
    api.make("/audiences", identifier="https://bank.example", name="Bank")
    schema = {"type": "object", "properties": {"amount": {"type": "string"}}, "required": ["amount"]}
    made = api.make("/authorization-detail-types", type="urn:pay", audience="https://bank.example", schema=schema)
    path = f"/authorization-detail-types/{made['id']}"
    assert api("POST", "/authorization-detail-types", {"type": "urn:pay"}).json()["rule"] == "taken"
    assert api("GET", "/authorization-detail-types?audience=https://bank.example").json()["items"] == [made]
    client = api.make("/clients", redirect_uris=["https://app.example/cb"], authorization_details_types=["urn:pay"])
    assert client["authorization_details_types"] == ["urn:pay"]
    bad = {"schema": {"type": "string"}, "words": {"en": {"amount": "x" * 301}}, "type": "other", "optional": 1}
    for name, value in bad.items():
        refused = api("PATCH", path, {name: value}, if_match="*").json()
        assert [error["member"] for error in refused["errors"]] == [name], refused
    assert api("DELETE", "/audiences/" + api("GET", "/audiences").json()["items"][0]["id"], if_match="*").json()[
        "names"
    ] == ["urn:pay"]
    changed = api("PATCH", path, {"title": "Pay", "words": {"en": {"amount": "Sum"}}}, if_match=made["etag"])
    assert changed.json()["words"] == {"en": {"amount": "Sum"}}
    assert last("authorization_detail_type:changed").changes["title"] == ["", "Pay"]
    replaced = api("PUT", path, {"sensitive": True}, if_match=changed["ETag"]).json()
    assert (replaced["title"], replaced["schema"], replaced["audience"]) == ("", {}, None)
    assert api("DELETE", path, if_match="*").status_code == 204
    assert api("GET", path).json()["rule"] == "not-found"


def test_a_client_and_its_secrets(api: API) -> None:
    members = {"client_id": "https://app.example/x", "client_name": "App", "redirect_uris": ["https://app.example/cb"]}
    made = api("POST", "/clients", members)
    assert made.status_code == 201, made.content
    assert api("POST", "/clients", members).json()["errors"][0]["member"] == "client_id"
    client = made.json()
    assert client["client_secret"]
    path = f"/clients/{client['id']}"
    shown = api("GET", path).json()
    assert "client_secret" not in shown
    assert api("GET", "/clients?search=app.ex").json()["items"] == [shown]
    changed = api("PATCH", path, {"client_name": "New"}, if_match=shown["etag"])
    assert changed.status_code == 200, changed.content
    assert changed.json()["client_name"] == "New"
    bad = api("PATCH", path, {"redirect_uris": ["nonsense"]}, if_match="*").json()
    assert bad["errors"][0]["member"] == "redirect_uris"
    off = api("PATCH", path, {"enabled": False}, if_match="*").json()
    assert off["enabled"] is False
    assert off["tokens_not_before"]
    second = api.make(f"{path}/secrets", name="second")
    assert len(api("GET", f"{path}/secrets").json()["items"]) == 2
    rotated = api("POST", f"{path}/secrets/rotate", {"overlap": 60}).json()
    assert rotated["client_secret"]
    assert api("DELETE", f"{path}/secrets/{second['id']}", if_match="*").status_code == 204
    replaced = api("PUT", path, {"redirect_uris": ["https://app.example/2"]}, if_match="*")
    assert replaced.status_code == 200, replaced.content
    assert replaced.json()["client_name"] == ""
    assert api("DELETE", path, if_match="*").status_code == 204
    assert not Client.objects.filter(client_id="https://app.example/x").exists()


def test_issuers_and_keys(api: API) -> None:
    made = api.make("/issuers", name="Staging", sample_api=True)
    assert made["slug"] == "staging"
    assert len(api("GET", "/issuers").json()["items"]) == 2
    assert api("GET", "/issuers/staging").json() == made
    assert api("DELETE", "/issuers/staging", if_match="*").status_code == 204
    keys = api("GET", "/keys?state=active").json()["items"]
    assert {key["algorithm"] for key in keys} == {"ES256", "RS256"}
    assert api("POST", "/keys/rotate", {"algorithm": "ES256"}).json()["rule"] == "not-yet"
    now = api("POST", "/keys/rotate", {"algorithm": "ES256", "force": True}).json()
    assert now["state"] == "active"
    assert api("GET", f"/keys/{now['id']}/dependents").json()["is_cut"] is False
    assert api("POST", f"/keys/{now['id']}/revoke", {"reason": "leaked"}).json()["state"] == "revoked"
    assert api.make("/keys", algorithm="PS256")["algorithm"] == "PS256"


def test_inside(db: Any) -> None:
    from oauth_server import issuers
    from oauth_server.api.v1.inside import call

    answer = call(issuers.first(), "GET", "/scopes", query={"name": "openid"}, actor="cli:root")
    assert answer.status == 200, answer
    assert answer.body["items"][0]["name"] == "openid"
    answer = call(issuers.first(), "POST", "/clients", body={"grant_types": ["client_credentials"]}, actor="cli:root")
    assert answer.status == 201, answer
    assert call(issuers.first(), "GET", "/nothing", actor="cli:root").status == 404
