"""An ordered table from a wire name to the one object that implements it."""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar
from weakref import WeakSet

T = TypeVar("T")


class Registry(Generic[T]):
    """Entries are explicit lines at the place where the registry is made; a setting or an app's `ready()` may `add` more.

    `is_on`: asked when the settings were read or an entry was added; an entry that is off is not there.
    """

    def __init__(self, name_of: Callable[[T], str], *entries: T, is_on: Callable[[T], bool] | None = None) -> None:
        self._name_of = name_of
        self._is_on = is_on
        self._entries: dict[str, T] = {}
        self._offered: dict[str, T] | None = None
        for entry in entries:
            self.add(entry)
        _all.add(self)

    def add(self, entry: T) -> None:
        """Add an entry, or put it in the place of the one with the same name."""
        self._entries[self._name_of(entry)] = entry
        self._offered = None

    def get(self, name: str) -> T | None:
        return self._offers().get(name)

    def __getitem__(self, name: str) -> T:
        return self._offers()[name]

    def names(self) -> list[str]:
        return list(self._offers())

    def __iter__(self) -> Iterator[T]:
        return iter(self._offers().values())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._offers()

    def _offers(self) -> dict[str, T]:
        """What is on, in its order; replaced as a whole, so that whoever is going through it sees one state."""
        offered = self._offered
        if offered is None:
            is_on = self._is_on
            offered = {name: entry for name, entry in self._entries.items() if is_on is None or is_on(entry)}
            self._offered = offered
        return offered

    def forget(self) -> None:
        self._offered = None


_all: "WeakSet[Registry[Any]]" = WeakSet()


def forget() -> None:
    """The settings changed: every registry asks its entries again whether they are on."""
    for one in list(_all):
        one.forget()
