"""What scopes are called: the person's language, then the row's own words, then what the standard scopes mean."""

from typing import Any

import pytest
from django.utils import translation

from consent import words
from oauth_server.models import Scope
from tests import factories
from tests.apps.consent.conftest import scope

GERMAN = {"de": {"title": "Ihre Bestellungen lesen", "description": "Auch alte."}, "pt-br": {"title": "Ler pedidos"}}


@pytest.mark.parametrize("name", ["openid", "profile", "email", "address", "phone", "offline_access"])
def test_each_standard_scope_has_words_that_can_be_translated(db: None, name: str) -> None:
    point = words.point(scope(name))
    assert str(point.title) not in ("", name)
    assert str(point.description)
    with translation.override(None):
        assert str(words.point(scope(name)).title)


@pytest.mark.parametrize(
    ("language", "title", "description"),
    [
        ("en", "Read your orders", "All of them."),
        ("de", "Ihre Bestellungen lesen", "Auch alte."),
        ("de-at", "Ihre Bestellungen lesen", "Auch alte."),
        ("pt-br", "Ler pedidos", "All of them."),
        ("fr", "Read your orders", "All of them."),
        (None, "Read your orders", "All of them."),
    ],
)
def test_a_scope_is_called_what_its_row_says_in_the_language(
    language: str | None, title: str, description: str
) -> None:
    row = Scope(name="orders.read", title="Read your orders", description="All of them.", translations=GERMAN)
    with translation.override(language):
        point = words.point(row)
    assert (point.title, point.description) == (title, description)


def test_words_of_the_operator_go_before_the_standard_ones() -> None:
    assert words.point(Scope(name="email", title="Write to you")).title == "Write to you"
    assert words.point(Scope(name="email", title="Write to you")).description == ""


def test_without_any_words_the_name_stands() -> None:
    assert words.point(Scope(name="orders.read")).title == "orders.read"


@pytest.mark.parametrize("translations", [{"en": "no"}, {"en": {}}, {"en": {"title": ""}}, {"en": []}])
def test_translations_that_are_none_are_ignored(translations: dict[str, Any]) -> None:
    assert words.point(Scope(name="x", title="X", translations=translations)).title == "X"


def test_groups_stand_in_their_order(db: None) -> None:
    api = factories.AudienceFactory(
        name="", identifier="https://api.example", translations={"de": {"name": "Bestell-API"}}
    )
    rows: list[Scope] = [
        scope("offline_access"),
        factories.ScopeFactory(name="do.things"),
        factories.ScopeFactory(name="read", audience=api),
        scope("email"),
        scope("openid"),
    ]
    found = words.groups(rows, [words.point(row) for row in rows])
    assert [(str(group.title), [point.name for point in group.points]) for group in found] == [
        ("About you", ["email", "openid"]),
        ("https://api.example", ["read"]),
        ("In your name", ["do.things"]),
        ("For how long", ["offline_access"]),
    ]
    with translation.override("de-at"):
        assert "Bestell-API" in [group.title for group in words.groups(rows, [words.point(row) for row in rows])]
