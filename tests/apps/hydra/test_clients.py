"""`/hydra/admin/clients`, request by request as its command-line client makes them."""

import json
import re
from typing import Any
from urllib.parse import quote, unquote

import pytest

from oauth_server import issuers
from oauth_server.keys import jose
from oauth_server.models import AuditEvent, Client, ClientSecret, Scope
from oauth_server.policy import lifespans
from tests import factories
from tests.apps.hydra.conftest import Hydra, hydra_of
from tests.apps.hydra.models import CLIENT, check
from tests.flows import App

pytestmark = pytest.mark.django_db

# What `hydra create oauth2-client` sends without a flag
BODY: dict[str, Any] = {
    "access_token_strategy": "",
    "allowed_cors_origins": [],
    "audience": [],
    "backchannel_logout_session_required": False,
    "backchannel_logout_uri": "",
    "client_id": "",
    "client_name": "",
    "client_secret": "",
    "client_uri": "",
    "contacts": [],
    "frontchannel_logout_session_required": False,
    "frontchannel_logout_uri": "",
    "grant_types": ["authorization_code"],
    "jwks_uri": "",
    "logo_uri": "",
    "metadata": {},
    "owner": "",
    "policy_uri": "",
    "post_logout_redirect_uris": [],
    "redirect_uris": [],
    "request_object_signing_alg": "RS256",
    "request_uris": [],
    "response_types": ["code"],
    "scope": "",
    "sector_identifier_uri": "",
    "skip_consent": False,
    "skip_logout_consent": False,
    "subject_type": "public",
    "token_endpoint_auth_method": "client_secret_basic",
    "tos_uri": "",
}
# The members of the answer to it, the empty ones that are left out too
ANSWER: dict[str, Any] = {
    "client_name": "",
    "redirect_uris": [],
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
    "scope": "offline_access offline openid",
    "audience": [],
    "owner": "",
    "policy_uri": "",
    "allowed_cors_origins": [],
    "tos_uri": "",
    "client_uri": "",
    "logo_uri": "",
    "contacts": [],
    "client_secret_expires_at": 0,
    "subject_type": "public",
    "jwks": {},
    "token_endpoint_auth_method": "client_secret_basic",
    "request_object_signing_alg": "RS256",
    "userinfo_signed_response_alg": "none",
    "metadata": {},
    "skip_consent": False,
    "skip_logout_consent": False,
    **dict.fromkeys(lifespans.MEMBERS),
}
API = "https://api.example/"


def without_times(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in {"created_at", "updated_at"}}


def test_a_client_is_made_read_replaced_and_deleted(hydra: Hydra):
    answer = hydra("POST", "/admin/clients", BODY)
    made = answer.json()
    assert answer.status_code == 201
    check(made, CLIENT)
    client_id, value = made["client_id"], made["client_secret"]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", client_id)
    assert re.fullmatch(r"[A-Za-z0-9_.~-]{26,}", value)  # raw and form-encoded Basic are the same
    assert answer["Location"] == f"/hydra/admin/clients/{client_id}"
    assert without_times(made) == {**ANSWER, "client_id": client_id, "client_secret": value}
    assert made["created_at"].endswith("Z")
    assert not Client.objects.get(client_id=client_id).require_pkce  # its command-line client sends none

    for spelling in ("", "/"):
        got = hydra("GET", f"/admin/clients/{client_id}{spelling}")
        assert (got.status_code, without_times(got.json())) == (200, {**ANSWER, "client_id": client_id})

    full = {
        "client_name": "Shop",
        "scope": "read write",
        "audience": [API],
        "owner": "team-a",
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": ["http://127.0.0.1:4446/callback"],
        "post_logout_redirect_uris": ["http://127.0.0.1:4446/bye"],
        "metadata": {"a": [1, {"b": None}]},
        "skip_consent": True,
        "skip_logout_consent": True,
        "subject_type": "public",
        "contacts": ["ops@example.org"],
        "client_uri": "https://shop.example/",
        "frontchannel_logout_session_required": True,
        "backchannel_logout_uri": "https://shop.example/bye",
        "access_token_strategy": "jwt",
        "authorization_code_grant_access_token_lifespan": "90m",
        "client_credentials_grant_access_token_lifespan": "45s",
        "client_id": "not-this-one",
        "client_secret": None,
        "unknown": 1,
    }
    put = hydra("PUT", f"/admin/clients/{client_id}", full)
    check(put.json(), CLIENT)
    kept = {name: value for name, value in full.items() if name not in {"client_id", "client_secret", "unknown"}}
    wanted = {
        **ANSWER,
        **kept,
        "client_id": client_id,
        "authorization_code_grant_access_token_lifespan": "1h30m0s",
    }
    assert put.status_code == 200
    assert without_times(put.json()) == wanted
    assert put.json()["created_at"] == made["created_at"]
    app = App(Client.objects.get(client_id=client_id), value)
    assert app.client_credentials().json()["error"] == "unauthorized_client"  # the secret is the old one

    again = hydra(
        "PUT", f"/admin/clients/{client_id}/", {"client_name": "Shop", "redirect_uris": full["redirect_uris"]}
    )
    assert without_times(again.json()) == {
        **ANSWER,
        "client_id": client_id,
        "client_name": "Shop",
        "redirect_uris": full["redirect_uris"],
    }

    gone = hydra("DELETE", f"/admin/clients/{client_id}")
    assert (gone.status_code, gone.content) == (204, b"")
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        answer = hydra(method, f"/admin/clients/{client_id}", [] if method == "PATCH" else {})
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    made_rows = set(AuditEvent.objects.values_list("event", "actor"))
    actor = f"client:admin-tokens.{hydra.issuer.pk}"
    assert {("client:created", actor), ("client:changed", actor), ("client:deleted", actor)} <= made_rows
    assert {("scope:changed", actor), ("audience:changed", actor)} <= made_rows


NEW: list[tuple[dict[str, Any], int, str]] = [
    ({"grant_types": ["client_credentials"]}, 201, ""),
    ({"grant_types": [], "response_types": []}, 201, ""),
    ({"token_endpoint_auth_method": "none"}, 201, ""),
    ({"client_id": "https://app.example/id", "client_secret": "a-secret-of-the-operator"}, 201, ""),
    ({"audience": ["urn:api:1"]}, 201, ""),
    ({"userinfo_signed_response_alg": "RS256", "token_endpoint_auth_signing_alg": "ES256"}, 201, ""),
    ({"client_secret": "short"}, 400, "invalid_client_metadata"),
    ({"client_id": "taken"}, 409, "conflict"),
    ({"client_id": "has space"}, 400, "invalid_client_metadata"),
    ({"scope": "read *"}, 400, "invalid_client_metadata"),
    ({"scope": "foo.*"}, 400, "invalid_client_metadata"),
    ({"scope": 'a"b'}, 400, "invalid_client_metadata"),
    ({"audience": ["no-uri"]}, 400, "invalid_client_metadata"),
    ({"grant_types": ["magic"]}, 400, "invalid_client_metadata"),
    ({"response_types": ["magic"]}, 400, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "magic"}, 400, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "private_key_jwt"}, 400, "invalid_client_metadata"),
    ({"subject_type": "magic"}, 400, "invalid_client_metadata"),
    ({"client_uri": "ftp://x"}, 400, "invalid_client_metadata"),
    ({"jwks": {"keys": [{}]}}, 400, "invalid_client_metadata"),
    ({"redirect_uris": ["https://rp.example/#fragment"]}, 400, "invalid_redirect_uri"),
    ({"redirect_uris": ["http://rp.example/"]}, 400, "invalid_redirect_uri"),
    ({"client_credentials_grant_access_token_lifespan": "soon"}, 400, "invalid_client_metadata"),
    ({"client_credentials_grant_access_token_lifespan": "1ms"}, 400, "invalid_client_metadata"),
    ({"redirect_uris": "https://rp.example/"}, 400, "invalid_request"),
    ({"redirect_uris": [1]}, 400, "invalid_request"),
    ({"skip_consent": "true"}, 400, "invalid_request"),
    ({"metadata": [1]}, 400, "invalid_request"),
    ({"client_name": 1}, 400, "invalid_request"),
    ({"client_id": "a\x00"}, 400, "invalid_request"),
    ({"audience": ["urn:a\x00"]}, 400, "invalid_request"),
    ({"client_credentials_grant_access_token_lifespan": 90}, 400, "invalid_request"),
]


def test_what_a_new_client_may_say(hydra: Hydra):
    factories.ClientFactory(client_id="taken", scopes=[])
    for changes, status, error in NEW:
        before = Client.objects.count()
        answer = hydra("POST", "/admin/clients", {**BODY, **changes})
        assert (answer.status_code, answer.json().get("error", "")) == (status, error), (changes, answer.content)
        assert Client.objects.count() == before + (status == 201)
        if status == 201:
            check(answer.json(), CLIENT)
            public = changes.get("token_endpoint_auth_method") == "none"
            assert ("client_secret" in answer.json()) == (not public)
            row = Client.objects.get(client_id=answer.json()["client_id"])
            assert (row.is_public, row.require_pkce) == (public, public)


def test_bytes_that_are_no_client(hydra: Hydra):
    hydra.make(client_id="x")
    for body in (b"", b"{", b"[]", b"1", b'{"a":1,"a":2}', b"\xff", b'{"client_name":"\\ud800"}', b"[" * 100):
        for method, path in (("POST", "/admin/clients"), ("PUT", "/admin/clients/x")):
            answer = hydra(method, path, body)
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), body
    answer = hydra("POST", "/admin/clients", b'{"client_name":"' + b"x" * 70_000 + b'"}')
    assert (answer.status_code, answer.json()["error"]) == (413, "invalid_request")


@pytest.mark.threat(17)
def test_an_id_may_be_a_url(hydra: Hydra):
    for client_id in ("https://app.example/id", "https://app.example/", "a:b;c=d", "x/secrets", "100%"):
        made = hydra.make(client_id=client_id)
        location = f"/admin/clients/{quote(client_id, safe='')}"
        assert made["client_id"] == client_id
        assert hydra("GET", location).json()["client_id"] == client_id
        assert hydra("PATCH", location, [{"op": "replace", "path": "/client_name", "value": "N"}]).status_code == 200
        assert hydra("POST", f"{location}/secrets/rotate").json()["client_id"] == client_id
    for client_id in ("https://app.example/id", "https://app.example/", "x/secrets"):
        assert hydra("DELETE", f"/admin/clients/{quote(client_id, safe='')}").status_code == 204


PUBLIC = {"client_name": "Old", "redirect_uris": ["https://a.example/", "https://b.example/"]}


PATCHES: list[tuple[Any, Any]] = [
    ([], {}),
    ([{"op": "replace", "path": "/client_name", "value": "new"}], {"client_name": "new"}),
    ([{"op": "replace", "path": "/client_name", "value": ""}], {"client_name": ""}),
    ([{"op": "replace", "path": "/metadata", "value": {"a": [1]}}], {"metadata": {"a": [1]}}),
    ([{"op": "add", "path": "/metadata/a", "value": 1}], {"metadata": {"a": 1}}),
    ([{"op": "replace", "path": "/metadata/a~1b", "value": None}], {"metadata": {"a/b": None}}),
    ([{"op": "replace", "path": "/scope", "value": "read write"}], {"scope": "read write"}),
    ([{"op": "replace", "path": "/audience", "value": [API]}], {"audience": [API]}),
    (
        [{"op": "replace", "path": "/jwks_uri", "value": "https://a.example/jwks"}],
        {"jwks_uri": "https://a.example/jwks"},
    ),
    (
        [{"op": "replace", "path": "/redirect_uris/0", "value": "https://c.example/"}],
        {"redirect_uris": ["https://c.example/", "https://b.example/"]},
    ),
    (
        [{"op": "add", "path": "/redirect_uris/-", "value": "https://c.example/"}],
        {"redirect_uris": [*PUBLIC["redirect_uris"], "https://c.example/"]},
    ),
    ([{"op": "remove", "path": "/redirect_uris/1"}], {"redirect_uris": ["https://a.example/"]}),
    ([{"op": "remove", "path": "/client_name"}], {"client_name": ""}),
    (
        [{"op": "replace", "path": "/refresh_token_grant_id_token_lifespan", "value": "2h"}],
        {"refresh_token_grant_id_token_lifespan": "2h0m0s"},
    ),
    (
        [{"op": "replace", "path": "/grant_types", "value": ["client_credentials"]}],
        {"grant_types": ["client_credentials"]},
    ),
    # refused, and nothing of it is done
    ([{"op": "replace", "path": "/client_name", "value": "x"}, {"op": "remove", "path": "/jwks_uri"}], 400),
    ([{"op": "replace", "path": "/redirect_uris/2", "value": "https://c.example/"}], 400),
    ([{"op": "replace", "path": "/redirect_uris/01", "value": "https://c.example/"}], 400),
    ([{"op": "replace", "path": "/redirect_uris", "value": ["http://c.example/"]}], 400),
    ([{"op": "replace", "path": "/client_name", "value": 1}], 400),
    ([{"op": "replace", "path": "/client_name/x", "value": 1}], 400),
    ([{"op": "replace", "path": "/metadata/a/b", "value": 1}], 400),
    ([{"op": "replace", "path": "/client_id", "value": "other"}], 400),
    ([{"op": "replace", "path": "/created_at", "value": "2026-11-21T07:48:33Z"}], 400),
    ([{"op": "replace", "path": "/client_secret_expires_at", "value": 1}], 400),
    ([{"op": "replace", "path": "/registration_client_uri", "value": ""}], 400),
    ([{"op": "replace", "path": "/unknown", "value": 1}], 400),
    ([{"op": "replace", "path": "", "value": {}}], 400),
    ([{"op": "replace", "path": "client_name", "value": "x"}], 400),
    ([{"op": "replace", "path": "/client_name"}], 400),
    ([{"op": "move", "from": "/owner", "path": "/client_name"}], 400),
    ([{"op": "copy", "from": "/owner", "path": "/client_name"}], 400),
    ([{"op": "test", "path": "/client_name", "value": "Old"}], 400),
    ([1], 400),
    ({"op": "replace"}, 400),
    (None, 400),
]


def test_a_patch_is_done_whole_or_not_at_all(hydra: Hydra):
    unchanged = hydra.make(**PUBLIC, client_id="it")
    del unchanged["client_secret"]
    for number, (patch, expected) in enumerate(PATCHES):
        if expected == 400:
            assert hydra("PATCH", "/admin/clients/it", json.dumps(patch)).status_code == 400, patch
            continue
        before = hydra.make(**PUBLIC, client_id=f"it-{number}")
        del before["client_secret"]
        answer = hydra("PATCH", f"/admin/clients/it-{number}", json.dumps(patch))
        assert answer.status_code == 200, (patch, answer.content)
        check(answer.json(), CLIENT)
        wanted = {**without_times(before), **expected}
        assert (
            without_times(answer.json()) == without_times(hydra("GET", f"/admin/clients/it-{number}").json()) == wanted
        )
    assert hydra("GET", "/admin/clients/it").json() == unchanged


def test_what_hydra_does_not_know_stays(hydra: Hydra):
    """PUT replaces what it names; the members of this project are none of its business."""
    _, key, _ = jose.generate("ES256")
    stored = {name: value for name, value in key.items() if name not in {"alg", "kid", "use"}} | {"key_ops": ["verify"]}
    row = factories.ClientFactory(
        client_id="kept",
        client_jwks={"keys": [stored]},
        require_pkce=True,
        accepts_fewer_scopes=True,
        default_max_age=60,
        request_object_signing_alg="ES256",
        algorithm="ES256",
    )
    shown = hydra("GET", "/admin/clients/kept").json()
    check(shown, CLIENT)
    (public,) = shown["jwks"]["keys"]
    assert (public["alg"], public["use"], public["kid"]) == ("ES256", "sig", key["kid"])
    hydra("PATCH", "/admin/clients/kept", [{"op": "replace", "path": "/client_name", "value": "N"}])
    row.refresh_from_db()
    assert row.client_jwks == {"keys": [stored]}
    body = {"redirect_uris": ["https://a.example/"], "request_object_signing_alg": "ES256"}
    assert hydra("PUT", "/admin/clients/kept", body).status_code == 200
    row.refresh_from_db()
    kept = (
        row.require_pkce,
        row.accepts_fewer_scopes,
        row.default_max_age,
        row.algorithm,
        row.request_object_signing_alg,
    )
    assert kept == (True, True, 60, "ES256", "ES256")
    assert row.client_jwks is None  # that one it does know


def test_pages_by_tokens_in_one_link_header(hydra: Hydra):
    Client.objects.exclude(client_id__startswith="admin-tokens").delete()
    names = [f"client-{number}" for number in range(4)]
    for number, name in enumerate(names):
        factories.ClientFactory(client_id=name, name=f"N{number % 2}", owner="team")
    factories.ClientFactory(issuer=factories.IssuerFactory(), client_id="foreign")
    seen: list[str] = []
    url = "/admin/clients?page_size=2&page_token="
    for _ in range(5):
        answer = hydra("GET", url)
        assert isinstance(answer.json(), list)
        for one in answer.json():
            check(one, CLIENT)
        seen += [one["client_id"] for one in answer.json()]
        links = dict(re.findall(r'<([^>]*)>; rel="(\w+)"', answer["Link"]))
        found = {rel: link for link, rel in links.items()}
        assert found["first"].startswith("/hydra/admin/clients?")
        if "next" not in found:
            break
        token = found["next"].rpartition("page_token=")[2]
        assert re.fullmatch(r"[A-Za-z0-9_.~-]+", token)
        assert unquote(token) == token
        url = f"/admin/clients?page_size=2&page_token={token}"
    assert sorted(seen) == sorted([*names, f"admin-tokens.{hydra.issuer.pk}"])

    assert [one["client_id"] for one in hydra("GET", "/admin/clients?client_name=N1").json()] == [
        "client-1",
        "client-3",
    ]
    assert len(hydra("GET", "/admin/clients?owner=team").json()) == 4
    assert hydra("GET", "/admin/clients?owner=tea").json() == []
    for size in ("0", "501", "100", ""):
        assert len(hydra("GET", f"/admin/clients?page_size={size}").json()) == 5
    for query in ("page_size=x", "page_size=-1", "page_token=1", f"page_token={token[:-1]}", "page_token=%2B"):
        answer = hydra("GET", f"/admin/clients?{query}")
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.bar("O11.2")
def test_the_list_costs_the_same_for_one_client_and_for_many(hydra: Hydra, django_assert_max_num_queries: Any):
    for _ in range(8):
        factories.ClientFactory(audiences=[factories.AudienceFactory()])
    with django_assert_max_num_queries(6):
        assert len(hydra("GET", "/admin/clients").json()) == 9


def test_secrets_are_rotated_with_overlap(hydra: Hydra):
    made = hydra.make(grant_types=["client_credentials"])
    row, values = Client.objects.get(client_id=made["client_id"]), [made["client_secret"]]
    for _ in range(6):
        answer = hydra("POST", f"/admin/clients/{row.client_id}/secrets/rotate")
        check(answer.json(), CLIENT)
        values.append(answer.json()["client_secret"])

    def good() -> list[bool]:
        return [App(row, value).client_credentials().status_code == 200 for value in values]

    assert good() == [False, True, True, True, True, True, True]
    assert hydra("DELETE", f"/admin/clients/{row.client_id}/secrets/rotate/").status_code == 204
    assert good() == [False] * 6 + [True]
    patched = hydra(
        "PATCH",
        f"/admin/clients/{row.client_id}",
        [{"op": "replace", "path": "/client_secret", "value": "chosen-by-hand-1"}],
    )
    assert patched.json()["client_secret"] == "chosen-by-hand-1"
    values = [*values[-1:], "chosen-by-hand-1"]
    assert good() == [False, True]
    public = hydra.make(token_endpoint_auth_method="none")["client_id"]
    assert hydra("POST", f"/admin/clients/{public}/secrets/rotate").status_code == 400
    turned = hydra(
        "PATCH",
        f"/admin/clients/{public}",
        [{"op": "replace", "path": "/token_endpoint_auth_method", "value": "client_secret_basic"}],
    )
    assert turned.json()["client_secret"]  # it has none yet
    assert ClientSecret.objects.filter(client__client_id=public).count() == 1


def test_lifespans_are_what_the_tokens_live(hydra: Hydra, moving_clock: Any):
    made = hydra.make(grant_types=["client_credentials"])
    member = "client_credentials_grant_access_token_lifespan"
    answer = hydra("PUT", f"/admin/clients/{made['client_id']}/lifespans", {member: "2h30m", "client_name": "ignored"})
    check(answer.json(), CLIENT)
    assert (answer.json()[member], answer.json()["client_name"]) == ("2h30m0s", "")
    app = App(Client.objects.get(client_id=made["client_id"]), made["client_secret"])
    assert app.client_credentials().json()["expires_in"] in {9_000, 8_999}
    assert hydra("PUT", f"/admin/clients/{made['client_id']}/lifespans", {}).json()[member] is None
    assert app.client_credentials().json()["expires_in"] <= 3_600


def test_another_issuer_has_a_mount_of_its_own(hydra: Hydra):
    other = hydra_of(factories.IssuerFactory(slug="acme"))
    made = other("POST", "/admin/clients", {"client_id": "of-acme"})
    assert (made.status_code, made["Location"]) == (201, "/acme/hydra/admin/clients/of-acme")
    assert hydra("GET", "/admin/clients/of-acme").status_code == 404
    assert hydra("GET", "/admin/clients", token=other.token).status_code == 401
    assert other("GET", "/admin/clients", token=hydra.token).status_code == 401
    assert hydra("POST", "/admin/clients", {"client_id": "of-acme"}).status_code == 409
    assert Scope.objects.filter(name="manage:read", issuer=issuers.first()).exists()
