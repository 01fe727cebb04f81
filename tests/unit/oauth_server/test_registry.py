"""A registry: explicit entries in their order, one for each name."""

import pytest

from oauth_server.registry import Registry


class Thing:
    def __init__(self, name: str) -> None:
        self.name = name


A, B = Thing("a"), Thing("b")


@pytest.fixture
def things() -> Registry[Thing]:
    return Registry(lambda thing: thing.name, A, B)


def test_entries_keep_their_order(things: Registry[Thing]):
    assert things.names() == ["a", "b"]
    assert list(things) == [A, B]


def test_an_entry_is_found_by_its_name_alone(things: Registry[Thing]):
    assert things["a"] is A
    assert things.get("b") is B
    assert things.get("c") is None
    assert "a" in things
    assert A not in things
    with pytest.raises(KeyError):
        things["c"]


def test_an_entry_of_the_same_name_takes_the_place(things: Registry[Thing]):
    other = Thing("a")
    things.add(other)
    assert list(things) == [other, B]


def test_an_entry_that_is_off_is_not_there():
    off = {"a"}
    things = Registry(lambda thing: thing.name, A, B, is_on=lambda thing: thing.name not in off)
    assert (things.names(), list(things), things.get("a"), "a" in things) == (["b"], [B], None, False)
    with pytest.raises(KeyError):
        things["a"]
    off.clear()
    assert things.names() == ["b"], "asked once, until the settings change"
    things.forget()
    assert things.names() == ["a", "b"]
