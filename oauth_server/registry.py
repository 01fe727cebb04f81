"""An ordered table from a wire name to the one object that implements it."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Entries are explicit lines at the place where the registry is made; a setting or an app's `ready()` may `add` more.

    `is_on`: asked at every use; an entry that is off is not there.
    """

    def __init__(self, name_of: Callable[[T], str], *entries: T, is_on: Callable[[T], bool] | None = None) -> None:
        self._name_of = name_of
        self._is_on = is_on
        self._entries: dict[str, T] = {}
        for entry in entries:
            self.add(entry)

    def add(self, entry: T) -> None:
        """Add an entry, or put it in the place of the one with the same name."""
        self._entries[self._name_of(entry)] = entry

    def get(self, name: str) -> T | None:
        entry = self._entries.get(name)
        return entry if entry is not None and self._offers(entry) else None

    def __getitem__(self, name: str) -> T:
        entry = self.get(name)
        if entry is None:
            raise KeyError(name)
        return entry

    def names(self) -> list[str]:
        return [name for name, entry in self._entries.items() if self._offers(entry)]

    def __iter__(self) -> Iterator[T]:
        return iter([entry for entry in self._entries.values() if self._offers(entry)])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def _offers(self, entry: T) -> bool:
        return self._is_on is None or self._is_on(entry)
