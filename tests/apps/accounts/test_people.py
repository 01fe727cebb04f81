"""The model of a person, its admin, and the settings that would let a page of the engine through."""

import uuid
from typing import Any

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError
from django.test import Client as Browser

from accounts import checks
from accounts.models import User
from oauth_server.checks.rule import run

from .conftest import EMAIL, PASSWORD


def test_the_label_of_the_app_and_its_table_never_change() -> None:
    assert get_user_model() is User
    assert User._meta.label == "oauth_accounts.User"
    assert User._meta.db_table == "oauth_accounts_user"


def test_a_person_is_named_by_a_uuid_and_found_by_an_address_in_any_case(person: User) -> None:
    assert isinstance(person.pk, uuid.UUID)
    assert User.objects.create_user("Grace@EXAMPLE.org").email == "grace@example.org"
    assert User.objects.get_by_natural_key("GRACE@example.org").email == "grace@example.org"
    assert authenticate(None, username="ADA@example.org", password=PASSWORD) == person


def test_an_address_belongs_to_one_person(person: User) -> None:
    with pytest.raises(ValidationError, match="Somebody is registered"):
        User(email="ADA@example.org").full_clean(exclude=["password"])
    with pytest.raises(IntegrityError):
        User.objects.create_user("ADA@example.org")


def test_many_people_have_no_user_name_and_no_two_the_same(db: None) -> None:
    for number in range(2):
        User.objects.create_user(f"{number}@example.org", username="")
    User.objects.create_user("a@example.org", username="ada")
    with pytest.raises(IntegrityError):
        User.objects.create_user("b@example.org", username="ada")


def test_a_person_without_an_address_is_not_made(db: None) -> None:
    with pytest.raises(ValueError, match="address"):
        User.objects.create_user("")


@pytest.mark.parametrize(
    ("first", "last", "full", "short"),
    [("Ada", "Lovelace", "Ada Lovelace", "Ada"), ("", "", "", "ada"), ("Ada", "", "Ada", "Ada"), ("", "X", "X", "ada")],
)
def test_names(first: str, last: str, full: str, short: str) -> None:
    user = User(email=EMAIL, first_name=first, last_name=last)
    assert (user.get_full_name(), user.get_short_name(), str(user)) == (full, short, EMAIL)


def test_createsuperuser_makes_an_operator(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", interactive=False, email="root@example.org", verbosity=0)
    root = User.objects.get()
    assert root.is_staff
    assert root.is_superuser
    assert root.check_password(PASSWORD)


def test_the_admin_makes_finds_and_changes_people(visitor: Browser, person: User) -> None:
    root = User.objects.create_superuser("root@example.org", PASSWORD)
    visitor.force_login(root)
    values = {"email": "Grace@example.org", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    assert visitor.post("/admin/oauth_accounts/user/add/", values).status_code == 302
    grace = User.objects.get(email="grace@example.org")
    assert grace.check_password(PASSWORD)
    assert b"grace@example.org" in visitor.get("/admin/oauth_accounts/user/?q=grace").content
    assert visitor.get(f"/admin/oauth_accounts/user/{grace.pk}/change/").status_code == 200
    assert visitor.get(f"/admin/oauth_accounts/user/{grace.pk}/password/").status_code == 200


def test_the_list_in_the_admin_costs_the_same_for_few_and_for_many(
    visitor: Browser, django_assert_max_num_queries: Any
) -> None:
    visitor.force_login(User.objects.create_superuser("root@example.org", PASSWORD))
    User.objects.bulk_create(User(email=f"{number}@example.org") for number in range(50))
    with django_assert_max_num_queries(6):
        visitor.get("/admin/oauth_accounts/user/")


TWINS = {
    "openid_connect": {"APPS": [{"provider_id": name, "client_id": "id.example.com"} for name in ("north", "south")]},
    "google": {"APPS": [{"client_id": "id.example.com"}]},
    "github": {},
}


def test_as_delivered_the_settings_raise_no_check() -> None:
    assert run(checks.RULES) == []


@pytest.mark.parametrize(
    ("settings_", "ids"),
    [
        ({"ACCOUNT_ADAPTER": "allauth.account.adapter.DefaultAccountAdapter"}, ["E001"]),
        ({"ACCOUNT_SIGNUP_FIELDS": ["email*", "phone"]}, ["E002"]),
        ({"ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED": True}, ["E002"]),
        ({"MFA_ADAPTER": "allauth.mfa.adapter.DefaultMFAAdapter"}, ["E003"]),
        ({"MFA_TRUST_ENABLED": True}, ["E003"]),
        ({"OAUTH_SERVER": {"ISSUER": "https://id.example", "WEBAUTHN_RP_ID": "le"}}, ["E003"]),
        ({"OAUTH_SERVER": {"ISSUER": "https://id.a.example", "WEBAUTHN_RP_ID": "a.example"}}, []),
        ({"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"}, ["E004"]),
        ({"SOCIALACCOUNT_PROVIDERS": TWINS}, ["E005"]),
        ({"OAUTH_SERVER": {"ISSUER": "https://id.example", "AUDIT_RETENTION": 86_400}}, ["E006"]),
        ({"OAUTH_SERVER": {"ISSUER": "https://id.example", "AUDIT_RETENTION": 0}}, []),
        ({"OAUTH_SERVER": {}}, []),
        ({"ROOT_URLCONF": "allauth.account.urls"}, ["W001"]),
        ({"ROOT_URLCONF": "allauth.mfa.urls"}, ["W001", "W003"]),
        ({"LOGIN_URL": "/accounts/login/"}, ["W003"]),
        ({"LOGIN_URL": "members:sign-in"}, ["W003"]),
        ({"LOGIN_URL": "https://people.example/sign-in"}, []),
        ({"LOGIN_URL": "/account/sign-in/"}, []),
        ({"AUTHENTICATION_BACKENDS": ["django.contrib.auth.backends.ModelBackend"]}, ["W003"]),
        ({"ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": False}, ["W002"]),
        ({"ACCOUNT_PREVENT_ENUMERATION": False}, ["W002"]),
    ],
)
def test_settings_that_let_a_page_of_the_engine_through_or_tell_of_accounts_are_reported(
    settings: Any, settings_: dict[str, Any], ids: list[str]
) -> None:
    for name, value in settings_.items():
        setattr(settings, name, value)
    found = run(checks.RULES)
    assert [message.id for message in found] == [f"oauth_accounts.{number}" for number in ids]
    assert all(message.hint for message in found)
