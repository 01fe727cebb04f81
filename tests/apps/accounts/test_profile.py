"""What a person can say about themselves, and that every standard claim of every scope can be given."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from oauth_server.issuers import STANDARD_SCOPES
from tests import factories
from tests.flows import Browser

ABOUT = {
    "middle_name": "Augusta",
    "nickname": "The Countess",
    "username": "ada",
    "birthdate": "1815-12-10",
    "gender": "female",
    "locale": "de",
    "zoneinfo": "Europe/London",
    "phone_number": "+44 20 7946-0958",
    "street_address": "12 St James's Square\nFlat 3",
    "postal_code": "SW1Y 4LE",
    "locality": "London",
    "region": "Greater London",
    "country": "United Kingdom",
    "website": "https://ada.example",
    "profile_url": "https://ada.example/me",
    "picture": "https://ada.example/me.png",
}


@pytest.fixture
def here(person: User) -> Browser:
    person.first_name, person.last_name = "Ada", "Lovelace"
    person.save()
    here = Browser()
    here.force_sign_in(person)
    return here


def save(here: Browser, **changes: Any) -> Any:
    return here.submit(here.open("/account/profile/"), {**ABOUT, **changes})


@pytest.mark.op("B9", "A10")
@pytest.mark.spec("OpenID Connect Core 1.0", "5.4")
def test_what_a_person_fills_in_is_every_standard_claim(person: User, here: Browser) -> None:
    assert save(here).address == reverse("account_overview")
    app = factories.app()
    tokens = app.tokens(here, scope="openid profile email address phone")
    claims = app.userinfo(tokens["access_token"]).json()
    assert set(claims) == {claim for _name, claims_of, _required in STANDARD_SCOPES for claim in claims_of}
    assert isinstance(claims.pop("updated_at"), int)
    assert claims == {
        "sub": str(person.pk),
        "name": "Ada Lovelace",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "middle_name": "Augusta",
        "nickname": "The Countess",
        "preferred_username": "ada",
        "profile": "https://ada.example/me",
        "picture": "https://ada.example/me.png",
        "website": "https://ada.example",
        "gender": "female",
        "birthdate": "1815-12-10",
        "zoneinfo": "Europe/London",
        "locale": "de",
        "email": person.email,
        "email_verified": False,
        "phone_number": "+442079460958",
        "phone_number_verified": False,
        "address": {
            "formatted": "12 St James's Square\nFlat 3\nSW1Y 4LE London\nGreater London\nUnited Kingdom",
            "street_address": "12 St James's Square\nFlat 3",
            "locality": "London",
            "region": "Greater London",
            "postal_code": "SW1Y 4LE",
            "country": "United Kingdom",
        },
    }


@pytest.mark.op("A10")
@pytest.mark.spec("OpenID Connect Core 1.0", "5.3.2")
def test_what_is_empty_is_left_out(person: User, here: Browser) -> None:
    save(here, **{**dict.fromkeys(ABOUT, ""), "country": "France"})
    app = factories.app()
    claims = app.userinfo(app.tokens(here, scope="openid profile address phone")["access_token"]).json()
    assert set(claims) == {"sub", "name", "given_name", "family_name", "updated_at", "address"}
    assert claims["address"] == {"formatted": "France", "country": "France"}


def test_a_new_phone_number_has_to_be_confirmed_again(person: User, here: Browser) -> None:
    User.objects.update(phone_number="+442079460958", phone_number_verified=True, birthdate=date(1815, 12, 10))
    save(here, nickname="Countess")
    person.refresh_from_db()
    assert (person.nickname, person.phone_number_verified) == ("Countess", True)
    save(here, phone_number="+442079460959")
    person.refresh_from_db()
    assert (person.phone_number, person.phone_number_verified) == ("+442079460959", False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("phone_number", "12345"),
        ("phone_number", "+0123456789"),
        ("picture", "javascript:alert(1)"),
        ("website", "ftp://ada.example"),
        ("profile_url", "ada"),
        ("zoneinfo", "Mars/Olympus"),
        ("locale", "xx-none"),
        ("birthdate", "1815-13-10"),
    ],
)
def test_what_is_no_such_thing_is_refused(person: User, here: Browser, name: str, value: str) -> None:
    page = save(here, **{name: value})
    assert page.status_code == 200
    assert page.address == reverse("account_profile")
    assert name in page.context["form"].errors
    assert not User.objects.get().nickname


def test_a_language_from_elsewhere_stays_until_another_is_chosen(person: User, here: Browser) -> None:
    User.objects.update(locale="gsw-CH", zoneinfo="Europe/Zurich", birthdate=date(1815, 12, 10))
    page = here.get(reverse("account_profile")).context["form"]
    save(here, nickname="Countess", locale=page["locale"].value(), zoneinfo=page["zoneinfo"].value())
    person.refresh_from_db()
    assert (person.nickname, person.locale, person.zoneinfo) == ("Countess", "gsw-CH", "Europe/Zurich")


@pytest.mark.threat(96)
def test_a_form_that_says_more_changes_no_more(person: User, here: Browser) -> None:
    save(here, phone_number_verified="on", email="eve@example.org", is_staff="on")
    person.refresh_from_db()
    assert (person.phone_number_verified, person.email, person.is_staff) == (False, "ada@example.org", False)
