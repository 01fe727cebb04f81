"""Which claims a scope releases, read from whatever user model the project has."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

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


@pytest.mark.op("A10")
@pytest.mark.spec("OpenID Connect Core 1.0", "5.1")
@pytest.mark.parametrize(
    ("claim", "source", "held", "told"),
    [
        ("birthdate", "birthdate", date(1815, 12, 10), "1815-12-10"),
        ("birthdate", "birthdate", datetime(1815, 12, 10, tzinfo=UTC), "1815-12-10"),
        ("birthdate", "birthdate", "0000-12-10", "0000-12-10"),
        ("birthdate", "birthdate", "1815", "1815"),
        ("birthdate", "birthdate", "10.12.1815", None),
        ("zoneinfo", "zoneinfo", ZoneInfo("Europe/London"), "Europe/London"),
        ("updated_at", "updated_at", 1767323045.7, 1767323045),
        ("updated_at", "updated_at", "yesterday", None),
        ("updated_at", "updated_at", True, None),
        ("picture", "picture", "https://x.example/a.png", "https://x.example/a.png"),
        ("picture", "picture", "avatars/a.png", None),
        ("website", "website", "javascript:alert(1)", None),
        ("gender", "gender", "   ", None),
        ("gender", "gender", object(), None),
        ("nickname", "nickname", 7, None),
        ("address", "address_claim", {"country": "France", "region": "", "planet": "Earth"}, {"country": "France"}),
        ("address", "address_claim", "1 Rue X\nParis", {"formatted": "1 Rue X\nParis"}),
        ("address", "address_claim", {"country": ""}, None),
        ("address", "address_claim", 7, None),
    ],
)
def test_each_claim_has_its_type_or_is_left_out(claim: str, source: str, held: Any, told: Any):
    expected = {} if told is None else {claim: told}
    assert claims(person(**{source: held}), scope("x", claim)) == expected


@pytest.mark.parametrize("value", ["yes", 1, None])
def test_what_is_no_boolean_confirms_nothing(value: Any):
    phone = scope("phone", "phone_number", "phone_number_verified")
    assert claims(person(phone_number="+15555550100", phone_number_verified=value), phone) == {
        "phone_number": "+15555550100"
    }


def test_a_claim_may_be_asked_by_its_name_alone():
    ada = person(get_full_name=lambda: "Ada", email="a@b.example", email_verified=True, password="x")
    assert catalogue.for_scopes(ada, CLIENT, [EMAIL], ["name", "password"]) == {
        "email": "a@b.example",
        "email_verified": True,
        "name": "Ada",
    }
    assert catalogue.by_name(ada, CLIENT, [], ["email_verified", "nickname"]) == {"email_verified": True}


class Staff(TypedDict, total=False):
    department: str
    level: int
    sub: str
    groups: list[str]


def typed_hook(user: Any, client: Client, scope: frozenset[str]) -> Staff:
    return user.staff  # type: ignore[no-any-return]


@pytest.fixture
def _typed(settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "CLAIMS_HOOK": f"{__name__}.typed_hook"}


@pytest.mark.usefixtures("_typed")
def test_what_a_hook_declares_can_be_asked_for_by_name():
    assert set(catalogue.names()) == {*catalogue.SOURCES, "department", "level", "groups"}
    ada = person(staff={"department": "Mathematics", "groups": ["a"]}, nickname="The Countess")
    assert catalogue.by_name(ada, CLIENT, ["openid"], ["department", "nickname"]) == {
        "department": "Mathematics",
        "nickname": "The Countess",
    }
    assert catalogue.for_scopes(ada, CLIENT, []) == {"department": "Mathematics", "groups": ["a"]}


@pytest.mark.usefixtures("_typed")
@pytest.mark.parametrize(
    "wrong", [{"level": "7"}, {"level": True}, {"department": 7}, {"groups": "a"}, {"department": ""}]
)
def test_what_is_not_of_the_declared_type_is_left_out(wrong: dict[str, Any]):
    assert catalogue.for_scopes(person(staff={"groups": ["b"], **wrong}), CLIENT, []) == (
        {"groups": ["b"]} if "groups" not in wrong else {}
    )
