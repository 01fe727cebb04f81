"""What templates ask for: initials, colours, hosts, names of people of any model, the name of the site."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from oauth_server.templatetags.oauth_server import LONGEST_HOST, host, hue, initials, person_address, person_name, site


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada Lovelace", "AL"),
        ("Photo Market TV", "PM"),
        ("ada.lovelace@example.org", "AL"),
        ("ada@example.org", "A"),
        ("élan vital", "ÉV"),
        ("写真 市場", "写市"),
        ("<script> x", "X"),
        ("", "?"),
        (None, "?"),
        ("  \t ", "?"),
        ("@@", "?"),
    ],
)
def test_initials(name: str | None, letters: str) -> None:
    assert initials(name) == letters


def test_a_name_has_one_colour_of_six() -> None:
    assert {hue(f"app {number}") for number in range(200)} == set(range(6))
    assert hue("Photo Market") == hue("Photo Market")


@pytest.mark.bar("E6.2")
def test_a_long_host_is_cut_from_the_left_so_that_its_end_is_in_sight() -> None:
    long = "login.bank.example." * 13 + "evil.example"
    assert len(long) >= 253
    assert host(long).endswith("evil.example")
    assert host(long).startswith("…")
    assert len(host(long)) == LONGEST_HOST + 1
    assert host("photos.example") == "photos.example"
    assert host(None) == ""


class Person:
    """A user of a host's own model."""

    def __init__(self, full: str = "", email: str = "") -> None:
        self.full, self.mail = full, email

    def get_full_name(self) -> str:
        return self.full

    def get_username(self) -> str:
        return "ada"

    @classmethod
    def get_email_field_name(cls) -> str:
        return "mail"


@pytest.mark.parametrize(
    ("person", "name", "address"),
    [
        (Person("Ada Lovelace", "ada@example.org"), "Ada Lovelace", "ada@example.org"),
        (Person("", "ada@example.org"), "ada", "ada@example.org"),
        (Person(" ", ""), "ada", ""),
        (Person("ada@example.org", "ada@example.org"), "ada@example.org", ""),
    ],
)
def test_a_person_of_any_model_has_a_name_and_perhaps_an_address(person: Any, name: str, address: str) -> None:
    assert (person_name(person), person_address(person)) == (name, address)


def test_a_user_without_names_does_not_break_a_page() -> None:
    assert person_name(AnonymousUser()) == ""


def test_the_site_has_the_name_of_its_settings_or_that_of_its_host(settings: Any) -> None:
    assert site()["name"] == "Example ID"
    settings.OAUTH_SERVER = {"ISSUER": "https://id.example.com/x", "HELP_URL": "https://help.example.com/"}
    assert site() == {"name": "id.example.com", "privacy_url": "", "help_url": "https://help.example.com/"}
