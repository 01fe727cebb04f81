"""Clients: the rules of registration at each field, every change on record."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from oauth_server import issuers
from oauth_server.models import AuditEvent, Authorization, Client, ClientSecret, Issuer, Scope
from oauth_server.tokens import lookup
from oauth_server.tokens.issue import IssuedTokens
from tests import factories
from tests.apps.admin.conftest import errors, events, last_event, list_of, of
from tests.apps.admin.test_secrets import new_client_form, shown_in


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"redirect_uris": "http://photos.example/callback"}, "redirect_uris"),
        ({"redirect_uris": "https://photos.example/*"}, "redirect_uris"),
        ({"redirect_uris": "javascript:alert(1)"}, "redirect_uris"),
        ({"redirect_uris": "https://photos.example/#x"}, "redirect_uris"),
        ({"redirect_uris": ""}, "redirect_uris"),
        ({"grant_types": []}, "grant_types"),
        ({"grant_types": ["implicit"]}, "grant_types"),
        ({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"}, "grant_types"),
        ({"token_endpoint_auth_method": "magic"}, "token_endpoint_auth_method"),
        ({"allowed_origins": "https://photos.example/path"}, "allowed_origins"),
        ({"client_uri": "javascript:alert(1)"}, "client_uri"),
        ({"token_endpoint_auth_method": "none", "require_pkce": ""}, "require_pkce"),
        ({"default_scopes": "nothing"}, "default_scopes"),
        ({"name": "x" * 300}, "name"),
    ],
)
def test_a_client_that_breaks_a_rule_is_refused_at_its_field(
    operator: Browser, change: dict[str, Any], field: str
) -> None:
    answer = operator.post(of(Client, "add"), new_client_form(operator, **change))
    assert field in errors(answer)
    assert shown_in(answer) == ""
    assert not Client.objects.exists()


def test_a_new_client_has_what_rfc_7591_gives_it(operator: Browser) -> None:
    operator.post(of(Client, "add"), new_client_form(operator))
    made = Client.objects.get()
    assert made.response_types == ["code"]
    assert set(made.scopes.values_list("name", flat=True)) == {"openid", "offline_access"}
    assert made.require_pkce
    assert made.registration_source == "manual"
    assert events() == ["client:created"]


def _client_form(client: Client, **changes: Any) -> dict[str, Any]:
    return {
        "name": client.name,
        "enabled": "on",
        "grant_types": client.grant_types,
        "response_types": client.response_types,
        "redirect_uris": client.redirect_uris,
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "refresh_token_rule": client.refresh_token_rule,
        "algorithm": client.algorithm,
        "subject_type": client.subject_type,
        "require_pkce": "on",
        "scopes": [scope.pk for scope in client.scopes.all()],
        **changes,
    }


def test_saving_a_client_unchanged_changes_nothing(operator: Browser, client: Client) -> None:
    before = (Client.objects.values().get(), set(client.scopes.all()), events())
    assert operator.post(of(Client, "change", client.pk), _client_form(client)).status_code == 302
    after = (Client.objects.values().get(), set(client.scopes.all()), events())
    for row in (before[0], after[0]):
        del row["updated"], row["version"]
    assert before == after


def test_a_change_of_a_client_is_stored_and_recorded(operator: Browser, client: Client, person: Any) -> None:
    uris = "https://photos.example/one\r\nhttps://photos.example/two"
    profile = Scope.objects.get(name="profile")
    form = _client_form(
        client, redirect_uris=uris, contacts="ops@photos.example", scopes=[profile.pk], user=str(person.pk)
    )
    name = "authorization_code_grant_access_token_lifespan"
    form["lifespans"] = json.dumps({name: 600})
    assert operator.post(of(Client, "change", client.pk), form).status_code == 302
    after = Client.objects.get(pk=client.pk)
    assert after.redirect_uris.split() == uris.split()
    assert after.contacts == ["ops@photos.example"]
    assert list(after.scopes.all()) == [profile]
    assert after.user == person
    changes: dict[str, Any] = {}
    for event in AuditEvent.objects.filter(event="client:changed", client_id=client.client_id):
        changes |= event.changes
    assert set(changes) == {"redirect_uris", "contacts", "scope", "user", "lifespans"}
    # a member a line
    assert f"{{\n  &quot;{name}&quot;: 600\n}}" in operator.get(of(Client, "change", client.pk)).content.decode()
    wrong = {**form, "lifespans": json.dumps({name: -1})}
    assert "lifespans" in errors(operator.post(of(Client, "change", client.pk), wrong))


def test_a_scope_of_another_issuer_is_refused(operator: Browser, client: Client) -> None:
    foreign = issuers.create("Shop", slug="shop").scopes.get(name="email")
    form = _client_form(client, scopes=[foreign.pk])
    assert "scopes" in errors(operator.post(of(Client, "change", client.pk), form))


def test_only_scopes_of_the_same_issuer_are_offered(operator: Browser, client: Client) -> None:
    issuers.create("Shop", slug="shop")
    page = operator.get(of(Client, "change", client.pk)).content.decode()
    assert f"of_issuer={client.issuer_id}" in page
    query = {"term": "", "app_label": "oauth_server", "model_name": "client", "field_name": "scopes"}
    offered = operator.get(reverse("admin:autocomplete"), {**query, "of_issuer": str(client.issuer_id)}).json()[
        "results"
    ]
    assert len(offered) == client.issuer.scopes.count()
    assert operator.get(reverse("admin:autocomplete"), {**query, "of_issuer": "x"}).json()["results"] == []


@pytest.mark.threat(56)
@pytest.mark.parametrize("deed", ["disable", "revoke_tokens"])
def test_a_client_that_was_switched_off_or_emptied_holds_nothing_any_more(
    deed: str, operator: Browser, client: Client, tokens: IssuedTokens
) -> None:
    form = {"action": deed, "_selected_action": str(client.pk), "confirmed": "1", "note": "x"}
    operator.post(list_of("client"), form)
    operator.post(list_of("client"), {**form, "action": "enable"})
    assert Client.objects.get(pk=client.pk).enabled
    for value in (tokens.access_token, tokens.refresh_token):
        assert not lookup.find(value).active  # type: ignore[union-attr]
    assert "client:changed" in events()


def test_unticking_enabled_is_the_same_as_switching_off(
    operator: Browser, client: Client, tokens: IssuedTokens
) -> None:
    form = _client_form(client)
    del form["enabled"]
    operator.post(of(Client, "change", client.pk), form)
    assert not Client.objects.get(pk=client.pk).enabled
    assert not lookup.find(tokens.access_token).active  # type: ignore[union-attr]


def test_a_client_that_becomes_public_keeps_no_secret(operator: Browser, client: Client) -> None:
    form = _client_form(client, token_endpoint_auth_method="none", grant_types=["authorization_code", "refresh_token"])
    assert operator.post(of(Client, "change", client.pk), form).status_code == 302
    assert not ClientSecret.objects.exists()


@pytest.mark.threat(56)
@pytest.mark.parametrize("way", ["page", "list"])
def test_deleting_a_client_revokes_first_and_is_recorded(
    way: str, operator: Browser, client: Client, tokens: IssuedTokens, django_assert_max_num_queries: Any
) -> None:
    url = of(Client, "delete", client.pk) if way == "page" else list_of("client")
    assert str(client) in operator.get(of(Client, "delete", client.pk)).content.decode()
    form = {"confirmed": "1", "action": "delete_selected", "_selected_action": str(client.pk)}
    # why is asked, and kept
    assert "This field is required." in operator.post(url, form).content.decode()
    assert Client.objects.exists()
    assert operator.post(url, {**form, "note": "they left"}).status_code == 302
    assert not Client.objects.exists()
    assert AuditEvent.objects.get(event="client:deleted").note == "they left"
    assert lookup.find(tokens.access_token) is None
    assert [event for event in events() if event.startswith("client:")] == [
        "client:created",
        "client:changed",
        "client:deleted",
    ]
    assert Authorization.objects.exists()


@pytest.mark.spec("OpenID Connect Core 1.0", "8.1")
def test_what_a_client_learns_of_a_person_is_set_here(operator: Browser, client: Client) -> None:
    told = {"subject_type": "pairwise", "userinfo_signed_response_alg": "ES256", "default_acr_values": "2 1"}
    assert operator.post(of(Client, "change", client.pk), _client_form(client, **told)).status_code == 302
    after = Client.objects.get(pk=client.pk)
    assert (after.subject_type, after.userinfo_signed_response_alg) == ("pairwise", "ES256")
    assert after.default_acr_values == ["2", "1"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id_token_audiences": "nobody"}, "id_token_audiences"),
        ({"id_token_audiences": "{own}"}, "id_token_audiences"),
        ({"id_token_audiences": "{other}", "subject_type": "pairwise"}, "id_token_audiences"),
        ({"userinfo_signed_response_alg": "none"}, "userinfo_signed_response_alg"),
        ({"id_token_encrypted_response_alg": "RSA1_5"}, "id_token_encrypted_response_alg"),
        ({"id_token_encrypted_response_enc": "A256GCM"}, "id_token_encrypted_response_enc"),
        ({"userinfo_encrypted_response_alg": "ECDH-ES"}, "userinfo_encrypted_response_alg"),
        (
            {"subject_type": "pairwise", "redirect_uris": "https://a.example/cb https://b.example/cb"},
            "sector_identifier_uri",
        ),
    ],
)
def test_what_cannot_be_told_so_is_refused_at_its_field(
    operator: Browser, client: Client, change: dict[str, str], field: str
) -> None:
    other = factories.ClientFactory()
    filled = {name: value.format(own=client.client_id, other=other.client_id) for name, value in change.items()}
    answer = operator.post(of(Client, "change", client.pk), _client_form(client, **filled))
    assert field in errors(answer)


@pytest.mark.seed("S-47")
@pytest.mark.threat(63)
@pytest.mark.spec("RFC 9700", "2.1.2")
def test_a_legacy_response_type_is_offered_by_a_setting_and_warned_of(
    operator: Browser, client: Client, settings: Any
) -> None:
    legacy = {"grant_types": ["authorization_code", "implicit"], "response_types": ["code", "id_token token"]}
    address = of(Client, "change", client.pk)
    assert "grant_types" in errors(operator.post(address, _client_form(client, **legacy)))
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "IMPLICIT_GRANT": True}
    assert "Legacy, and unsafe" not in operator.get(address).content.decode()
    assert operator.post(address, _client_form(client, **legacy)).status_code == 302
    assert "Legacy, and unsafe: id_token token." in operator.get(address).content.decode()


def test_how_the_requests_of_a_client_travel_can_be_set(operator: Browser, client: Client) -> None:
    uris = "https://photos.example/one.jwt#x\r\nhttps://photos.example/two.jwt"
    form = _client_form(
        client,
        response_modes=["form_post"],
        require_pushed_authorization_requests="on",
        require_signed_request_object="on",
        request_object_signing_alg="PS256",
        request_uris=uris,
    )
    assert operator.post(of(Client, "change", client.pk), form).status_code == 302
    after = Client.objects.get(pk=client.pk)
    assert after.response_modes == ["form_post"]
    assert after.require_pushed_authorization_requests
    assert after.require_signed_request_object
    assert after.request_object_signing_alg == "PS256"
    assert after.request_uris == uris.split()
    bad = _client_form(client, response_modes=["web_message"])
    assert "response_modes" in errors(operator.post(of(Client, "change", client.pk), bad))


@pytest.mark.bar("E18.4", "O12.1")
def test_colours_are_set_and_those_that_nobody_could_read_refused(
    operator: Browser, staff: Callable[..., Browser], issuer: Issuer, client: Client
) -> None:
    for row, form in ((issuer, {"name": issuer.name}), (client, _client_form(client))):
        url = of(type(row), "change", row.pk)
        assert "#17594a" in errors(operator.post(url, {**form, "brand_background": "red"}))["brand_background"][0]
        assert "1.5:1" in errors(operator.post(url, {**form, "brand_primary": "#ffcc00"}))["brand_primary"][0]
        assert operator.post(url, {**form, "brand_primary": "#0b5fff"}).status_code == 302
        row.refresh_from_db()
        assert row.brand == {"primary": "#0b5fff"}
        assert last_event().changes == {"brand": [{}, {"primary": "#0b5fff"}]}
        assert 'value="#0b5fff"' in operator.get(url).content.decode()
    looking = staff("view_issuer", "view_client")
    assert "primary: #0b5fff" in looking.get(of(Issuer, "change", issuer.pk)).content.decode()
    assert looking.get(of(Client, "change", client.pk)).status_code == 200
