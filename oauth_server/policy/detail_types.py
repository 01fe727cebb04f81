"""RFC 9396 §2.1, §6.1, §7.1: what a project knows of one type of authorization details beyond its row. AUTHORIZATION_DETAIL_TYPES.

The row (`models.AuthorizationDetailType`) says which members there are, whose API it is and what people read; a class adds what only
code can: a check of values, a comparison, what a grant is enriched with, and words made of the values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from oauth_server.registry import Registry

Detail = Mapping[str, Any]
# §2.2: fewer of these is less; of any other member only its type knows what is more and what is less
_LISTS = ("locations", "actions", "datatypes", "privileges")


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads of one detail. `lines`: what each is called, and its values."""

    title: str
    description: str = ""
    lines: tuple[tuple[str, tuple[str, ...]], ...] = ()


class DetailType:
    """`type` as on the wire. `template`: what shows one detail on the consent page, with `point`; empty: the server's own."""

    type: ClassVar[str]
    template: ClassVar[str] = ""

    def problem(self, detail: Detail) -> str:
        """What is wrong with a detail whose members are as the schema has them, in printable ASCII; empty when it may be asked."""
        return ""

    def narrowed(self, asked: Detail, granted: Detail) -> Detail | None:
        """§6.1 what of a granted detail a token request asks for; None where it asks for something else, or for more."""
        return narrowed(asked, granted)

    def enriched(self, detail: Detail, user: Any) -> Detail:
        """§7.1 what is granted where this was asked, such as the accounts that a person has; `user` None: a client's own token."""
        return detail

    def words(self, detail: Detail) -> Words | None:
        """In the language of the page; None: the words of the row."""
        return None


TYPES: Registry[DetailType] = Registry(lambda one: one.type)


def narrowed(asked: Detail, granted: Detail) -> Detail | None:
    """What is left out stays as it was granted; the lists of §2.2 may be shorter, every other member is the same."""
    for name, value in asked.items():
        if name not in granted:
            return None
        held = granted[name]
        is_list = name in _LISTS and isinstance(held, list) and isinstance(value, list)
        if not is_same(value, held) and not (is_list and _is_part(value, held)):
            return None
    return {**granted, **asked}


def _is_part(asked: list[Any], held: list[Any]) -> bool:
    """An empty list may mean everything."""
    return bool(asked) and all(any(is_same(one, other) for other in held) for one in asked)


def is_same(one: Any, other: Any) -> bool:
    """Equal as JSON: true is not 1, and the order of names says nothing."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)
