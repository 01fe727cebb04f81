"""RFC 7591 §2: what a client may say of itself."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import translation

from oauth_server import issuers
from oauth_server.client_auth import secret
from oauth_server.errors import InvalidClientMetadata, InvalidRedirectUri
from oauth_server.models import AccessToken, AuditEvent, Client, ClientSecret, SigningKey
from oauth_server.registration import metadata
from oauth_server.tokens import lookup
from tests.factories import AccessTokenFactory, AudienceFactory, IssuerFactory, ScopeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.spec("RFC 7591", "2")]

CODE = {
    "client_name": "Photo Market",
    "grant_types": ["authorization_code", "refresh_token"],
    "redirect_uris": ["https://photos.example/callback"],
}
MACHINE = {"client_name": "Nightly", "grant_types": ["client_credentials"]}
GOOD_SECRET = "a-secret-that-a-person-chose"


def create(**members: Any) -> tuple[Client, str | None]:
    return metadata.create(issuers.first(), members)


@pytest.mark.seed("S-14")
def test_a_code_client_without_scope_may_ask_for_sign_in_and_offline_access() -> None:
    client, value = create(**CODE)
    assert metadata.describe(client)["scope"].split() == ["offline_access", "openid"]
    assert client.response_types == ["code"]
    assert client.token_endpoint_auth_method == "client_secret_basic"
    assert client.require_pkce
    assert value is not None
    assert secret.verify(client, value, "")


@pytest.mark.seed("S-05")
def test_a_machine_client_has_no_scope_and_no_response_type_by_itself() -> None:
    client, value = create(**MACHINE)
    assert metadata.describe(client) | {"scope": "", "response_types": [], "audience": []} == metadata.describe(client)
    assert value is not None


@pytest.mark.seed("S-34")
def test_a_public_client_has_no_secret() -> None:
    client, value = create(**CODE, token_endpoint_auth_method="none")
    assert value is None
    assert not client.secrets.exists()


@pytest.mark.seed("S-34")
@pytest.mark.parametrize("chosen", ["", GOOD_SECRET])
def test_the_secret_is_stored_only_as_what_cannot_be_read(chosen: str) -> None:
    client, value = create(**MACHINE, client_secret=chosen)
    assert value
    assert value == (chosen or value)
    row = client.secrets.get()
    assert row.kind == (ClientSecret.Kind.HASH if chosen else ClientSecret.Kind.DIGEST)
    assert value not in {str(field) for field in ClientSecret.objects.values_list().get()}
    assert value not in str(list(Client.objects.values()) + list(AuditEvent.objects.values()))
    assert secret.verify(client, value, "")


@pytest.mark.seed("S-26")
def test_offline_is_another_name_of_offline_access() -> None:
    client, _ = create(**CODE, scope="openid offline")
    assert metadata.describe(client)["scope"].split() == ["offline_access", "openid"]


def test_scopes_and_audiences_are_those_of_the_clients_own_issuer() -> None:
    other = IssuerFactory()
    ScopeFactory(issuer=other, name="films")
    AudienceFactory(issuer=other, identifier="https://films.example")
    wrong = metadata.problems(issuers.first(), {**MACHINE, "scope": "films", "audience": ["https://films.example"]})
    assert set(wrong) == {"scope", "audience"}
    assert not metadata.problems(other, {**MACHINE, "scope": "films", "audience": ["https://films.example"]})


BAD = [
    ({"grant_types": ["authorization_code", "magic"]}, "grant_types", "authorization_code, client_credentials"),
    ({"grant_types": []}, "grant_types", "At least one"),
    ({"grant_types": "authorization_code"}, "grant_types", "list of strings"),
    ({"grant_types": ["client_credentials", "refresh_token"]}, "grant_types", "refresh_token"),
    (
        {"token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "client_credentials"]},
        "grant_types",
        "authenticates itself",
    ),
    ({"response_types": ["token"]}, "response_types", "token"),
    ({"response_types": []}, "response_types", "authorization_code needs code"),
    ({"grant_types": ["client_credentials"], "response_types": ["code"]}, "response_types", "code needs"),
    ({"redirect_uris": []}, "redirect_uris", "at least one"),
    ({"redirect_uris": ["http://photos.example/callback"]}, "redirect_uris", "https"),
    ({"redirect_uris": ["https://photos.example/#x"]}, "redirect_uris", "fragment"),
    ({"redirect_uris": ["https://*.example/"]}, "redirect_uris", "wildcard"),
    ({"redirect_uris": ["com.example.app:/callback"]}, "redirect_uris", "without a secret"),
    ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris", "dangerous"),
    ({"post_logout_redirect_uris": ["http://photos.example/"]}, "post_logout_redirect_uris", "https"),
    ({"token_endpoint_auth_method": "password"}, "token_endpoint_auth_method", "client_secret_basic"),
    ({"scope": "openid unheard-of"}, "scope", "unheard-of"),
    ({"scope": "openid,offline"}, "scope", "spaces"),
    ({"scope": "openid", "default_scopes": "email"}, "default_scopes", "email"),
    ({"audience": ["https://unknown.example"]}, "audience", "https://unknown.example"),
    ({"require_pkce": False, "token_endpoint_auth_method": "none"}, "require_pkce", "public"),
    ({"require_pkce": "no"}, "require_pkce", "true or false"),
    ({"allowed_cors_origins": ["https://photos.example/path"]}, "allowed_cors_origins", "origin"),
    ({"allowed_cors_origins": ["http://photos.example"]}, "allowed_cors_origins", "origin"),
    ({"allowed_cors_origins": ["*"]}, "allowed_cors_origins", "origin"),
    ({"allowed_cors_origins": ["null"]}, "allowed_cors_origins", "origin"),
    ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg", "RS256"),
    ({"id_token_signed_response_alg": "HS256"}, "id_token_signed_response_alg", "RS256"),
    ({"subject_type": "secret"}, "subject_type", "public"),
    ({"refresh_token_rule": "never"}, "refresh_token_rule", "always"),
    ({"client_uri": "javascript:alert(1)"}, "client_uri", "http"),
    ({"logo_uri": "data:image/png;base64,AAAA"}, "logo_uri", "http"),
    ({"contacts": "ada@example.org"}, "contacts", "list"),
    ({"default_max_age": -1}, "default_max_age", "seconds"),
    ({"default_max_age": True}, "default_max_age", "seconds"),
    ({"metadata": []}, "metadata", "object"),
    ({"client_name": "x" * 256}, "client_name", "255"),
    ({"client_name": "a\x00b"}, "client_name", "string"),
    ({"client_id": "with space"}, "client_id", "ASCII"),
    ({"client_secret": "password"}, "client_secret", "16"),
    ({"client_secret": "aaaaaaaaaaaaaaaaaaaa"}, "client_secret", "guessed"),
    ({"client_id": "demo-client-number-one", "client_secret": "demo-client-number-one"}, "client_secret", "guessed"),
    ({"client_secret": GOOD_SECRET, "token_endpoint_auth_method": "none"}, "client_secret", "public"),
    ({"colour": "green"}, "colour", "unknown"),
]


@pytest.mark.seed("S-06")
@pytest.mark.threat(8, 10, 11)
@pytest.mark.parametrize(("change", "member", "told"), BAD, ids=[f"{case[1]}-{case[2]}" for case in BAD])
def test_bad_metadata_is_refused_by_member_and_nothing_is_created(
    change: dict[str, Any], member: str, told: str
) -> None:
    wrong = metadata.problems(issuers.first(), {**CODE, **change})
    assert told in " ".join(wrong[member])
    expected = InvalidRedirectUri if member == "redirect_uris" else InvalidClientMetadata
    with pytest.raises(expected) as refused:
        create(**{**CODE, **change})
    assert member in refused.value.description
    assert refused.value.description.isascii()
    assert not set(refused.value.description) & {'"', "\\"}
    assert not Client.objects.exists()


@pytest.mark.seed("S-66")
def test_a_guessable_secret_is_refused_at_creation() -> None:
    assert "client_secret" in metadata.problems(issuers.first(), {**MACHINE, "client_secret": "password"})


def test_what_goes_on_the_wire_is_english_in_every_language() -> None:
    with translation.override("de"), pytest.raises(InvalidClientMetadata, match="At least one is needed"):
        create(**{**CODE, "grant_types": []})


@pytest.mark.seed("S-08")
@pytest.mark.parametrize("host", ["127.0.0.1:4446", "[::1]:4446", "localhost:4446"])
def test_plain_http_is_taken_for_an_app_on_the_same_machine(host: str) -> None:
    client, _ = create(**{**CODE, "redirect_uris": [f"http://{host}/callback"]})
    assert client.redirect_uri_allowed(f"http://{host}/callback")


def test_a_public_app_may_have_a_private_use_scheme() -> None:
    client, _ = create(**{**CODE, "redirect_uris": ["com.example.app:/cb"], "token_endpoint_auth_method": "none"})
    assert client.redirect_uri_allowed("com.example.app:/cb")


@pytest.mark.seed("S-42")
def test_only_a_confidential_client_can_be_freed_of_pkce() -> None:
    client, _ = create(**CODE, require_pkce=False)
    assert not client.require_pkce
    with pytest.raises(InvalidClientMetadata):
        metadata.update(client, {"token_endpoint_auth_method": "none"})


@pytest.mark.seed("S-40")
@pytest.mark.threat(58)
def test_a_client_cannot_be_named_like_a_person(person: Any) -> None:
    wrong = metadata.problems(issuers.first(), {**MACHINE, "client_id": str(person.pk)})
    assert "person" in wrong["client_id"][0]
    assert metadata.problems(issuers.first(), {**MACHINE, "client_id": str(person.pk).upper()})


@pytest.mark.seed("S-40")
@pytest.mark.threat(58)
def test_where_people_are_numbered_no_client_is_named_by_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import models

    monkeypatch.setattr(get_user_model()._meta, "pk", models.BigAutoField(primary_key=True))
    assert "client_id" in metadata.problems(issuers.first(), {**MACHINE, "client_id": "4711"})
    assert not metadata.problems(issuers.first(), {**MACHINE, "client_id": "nightly"})


def test_a_client_id_belongs_to_one_client_in_all_issuers() -> None:
    create(**MACHINE, client_id="nightly")
    with pytest.raises(InvalidClientMetadata, match="Another client has it"):
        metadata.create(IssuerFactory(), {**MACHINE, "client_id": "nightly"})


def test_a_change_touches_only_what_it_names_and_is_audited() -> None:
    client, _ = create(**CODE, scope="openid email", contacts=["ada@example.org"])
    before = metadata.describe(client)
    metadata.update(client, {"client_name": "Photo Shop", "scope": "openid"})
    after = metadata.describe(Client.objects.get(pk=client.pk))
    assert after == {**before, "client_name": "Photo Shop", "scope": "openid"}
    event = AuditEvent.objects.get(event="client:changed")
    assert event.changes == {"client_name": ["Photo Market", "Photo Shop"], "scope": ["email openid", "openid"]}


def test_a_change_that_changes_nothing_is_no_event() -> None:
    client, _ = create(**CODE)
    metadata.update(client, {"client_name": "Photo Market"})
    assert not AuditEvent.objects.filter(event="client:changed").exists()


def test_the_client_id_never_changes() -> None:
    client, _ = create(**CODE)
    with pytest.raises(InvalidClientMetadata, match="cannot be changed"):
        metadata.update(client, {"client_id": "another"})


def test_a_client_that_becomes_public_loses_its_secrets() -> None:
    client, _ = create(**CODE)
    metadata.update(client, {"token_endpoint_auth_method": "none"})
    assert not client.secrets.exists()


def test_a_given_secret_takes_the_place_of_all_others() -> None:
    client, first = create(**MACHINE)
    assert first is not None
    metadata.update(client, {"client_secret": GOOD_SECRET})
    fresh = Client.objects.get(pk=client.pk)
    assert secret.verify(fresh, GOOD_SECRET, "")
    assert not secret.verify(fresh, first, "")
    assert GOOD_SECRET not in str(list(AuditEvent.objects.values()))


@pytest.mark.seed("S-81")
def test_a_key_is_made_for_the_algorithm_of_the_clients_id_tokens() -> None:
    issuer = issuers.first()
    assert not issuer.keys.filter(algorithm="EdDSA").exists()
    create(**CODE, id_token_signed_response_alg="EdDSA")
    assert issuer.keys.filter(algorithm="EdDSA", state=SigningKey.State.ACTIVE).count() == 1


def test_what_a_client_held_when_it_was_switched_off_stays_dead() -> None:
    token = AccessTokenFactory()
    client = token.application
    metadata.switch(client, False)
    metadata.switch(Client.objects.get(pk=client.pk), True)
    assert not AccessToken.objects.with_family().get(pk=token.pk).is_valid()


def test_deleting_a_client_ends_what_it_holds_and_is_audited() -> None:
    token = AccessTokenFactory()
    client_id = token.application.client_id
    metadata.delete(token.application)
    assert lookup.find(token.clear) is None
    assert AuditEvent.objects.filter(event="client:deleted", client_id=client_id).exists()
