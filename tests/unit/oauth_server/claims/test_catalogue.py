"""Which claims a scope releases, read from whatever user model the project has."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from oauth_server.claims import catalogue
from oauth_server.models import Client, Scope

pytestmark = pytest.mark.spec("OpenID Connect Core 1.0", "5.4")

CLIENT = Client(client_id="shop")


def scope(name: str, *claims: str) -> Scope:
    return Scope(name=name, claims=list(claims))


PROFILE = scope("profile", "name", "given_name", "family_name", "preferred_username", "updated_at", "picture")
EMAIL = scope("email", "email", "email_verified")


def person(**fields: Any) -> Any:
    return SimpleNamespace(**fields)


def claims(user: Any, *scopes: Scope) -> dict[str, Any]:
    return catalogue.for_scopes(user, CLIENT, scopes)


def test_a_claim_is_released_by_its_scope_alone():
    ada = person(email="ada@example.org", first_name="Ada", password="x", is_superuser=True)
    assert claims(ada) == {}
    assert claims(ada, EMAIL) == {"email": "ada@example.org"}
    assert claims(ada, PROFILE) == {"given_name": "Ada"}


def test_what_is_empty_is_left_out():
    assert claims(person(email="", first_name="", last_name=None, picture=""), EMAIL, PROFILE) == {}


@pytest.mark.parametrize("verified", [True, False])
def test_email_verified_is_a_boolean_and_needs_an_address(verified: bool):
    assert claims(person(email="a@b.example", email_verified=verified), EMAIL)["email_verified"] is verified
    assert claims(person(email="", email_verified=verified), EMAIL) == {}


def test_the_first_source_that_is_there_counts():
    assert claims(person(given_name="Augusta", first_name="Ada"), PROFILE)["given_name"] == "Augusta"
    assert claims(person(given_name="", first_name="Ada"), PROFILE)["given_name"] == "Ada"


def test_methods_are_called_and_times_are_numbers():
    changed = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    found = claims(person(get_full_name=lambda: "Ada Lovelace", updated_at=changed), PROFILE)
    assert found == {"name": "Ada Lovelace", "updated_at": 1767323045}


def test_a_claim_that_the_catalogue_does_not_know_is_not_read_from_the_person():
    """A scope's list of claims is an operator's row: it opens no attribute of the user model."""
    secretive = person(password="hash", is_staff=True, secret="x")
    assert claims(secretive, scope("odd", "password", "is_staff", "secret", "__class__", "__dict__")) == {}


def test_what_identifies_the_token_is_no_claim_of_a_person():
    assert not catalogue.RESERVED & set(catalogue.SOURCES)


def hook(user: Any, client: Client, scope: frozenset[str]) -> dict[str, Any]:
    return {"sub": "mallory", "iss": "x", "aud": "x", "name": "Hooked", "roles": [client.client_id, *sorted(scope)]}


def test_a_hosts_hook_adds_and_replaces_but_never_the_subject(settings: Any):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "CLAIMS_HOOK": f"{__name__}.hook"}
    found = claims(person(get_full_name=lambda: "Ada"), PROFILE, EMAIL)
    assert found == {"name": "Hooked", "roles": ["shop", "email", "profile"]}


def test_the_user_of_the_accounts_app_has_the_usual_claims(person: Any):
    person.first_name, person.last_name = "Ada", "Lovelace"
    found = claims(person, PROFILE, EMAIL)
    assert {
        "name": "Ada Lovelace",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "email": "ada@example.org",
    }.items() <= (found.items())
    assert isinstance(found["updated_at"], int)
    assert isinstance(found["email_verified"], bool)
