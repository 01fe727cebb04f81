"""An ordered table from a wire name to the one object that implements it."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Entries are explicit lines at the place where the registry is made; a setting or an app's `ready()` may `add` more."""

    def __init__(self, name_of: Callable[[T], str], *entries: T) -> None:
        self._name_of = name_of
        self._entries: dict[str, T] = {}
        for entry in entries:
            self.add(entry)

    def add(self, entry: T) -> None:
        """Add an entry, or put it in the place of the one with the same name."""
        self._entries[self._name_of(entry)] = entry

    def get(self, name: str) -> T | None:
        return self._entries.get(name)

    def __getitem__(self, name: str) -> T:
        return self._entries[name]

    def names(self) -> list[str]:
        return list(self._entries)

    def __iter__(self) -> Iterator[T]:
        return iter(self._entries.values())

    def __contains__(self, name: object) -> bool:
        return name in self._entries
