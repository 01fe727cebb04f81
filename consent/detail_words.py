"""RFC 9396 §2.2: what authorization details say, line by line, in words for people. What a client sent is shown as text, never a link."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from oauth_server.models import AuthorizationDetailType
from oauth_server.policy.detail_types import TYPES, Detail, Words

# For types whose row has no words of its own
COMMON: dict[str, Promise] = {
    "actions": _("It may"),
    "locations": _("Where"),
    "datatypes": _("Which data"),
    "privileges": _("With which rights"),
    "identifier": _("Which one"),
}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_.-]+")


def of(row: AuthorizationDetailType, detail: Detail, translated: Mapping[str, str]) -> Words:
    """The project's class goes first, then the row in the person's language (`translated`: title and description), then the row itself."""
    own = TYPES.get(row.type)
    words = own.words(detail) if own is not None else None
    if words is not None:
        return words
    title = translated.get("title") or row.title or row.type
    return Words(title, translated.get("description") or row.description, tuple(_lines(row, detail)))


def template(row: AuthorizationDetailType) -> str:
    """The project's own for one detail of this type; empty: ours."""
    own = TYPES.get(row.type)
    return own.template if own is not None else ""


def _lines(row: AuthorizationDetailType, detail: Detail) -> Iterator[tuple[str, tuple[str, ...]]]:
    known = _known(row.words)
    for path, value in _leaves(detail, ""):
        values = value if isinstance(value, list) else [value]
        label = known.get(path) or str(COMMON.get(path) or _spoken(path))
        yield label, tuple(known.get(f"{path}={one}") or _shown(one) for one in values)


def _known(words: Mapping[str, Any]) -> dict[str, str]:
    """English, and over it what there is in the language of the page."""
    language = get_language() or ""
    found: dict[str, str] = {}
    for code in ("en", language.partition("-")[0], language):
        own = words.get(code)
        found |= own if isinstance(own, dict) else {}
    return found


def _leaves(value: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    """What is inside objects by its path, lists of plain values as a whole."""
    for name, one in value.items():
        path = f"{above}.{name}" if above else name
        if path == "type" or one is None or one == []:
            continue
        inner = one if isinstance(one, list) else [one]
        objects = [each for each in inner if isinstance(each, dict)]
        for each in objects:
            yield from _leaves(each, path)
        if not objects:
            yield path, one


def _spoken(path: str) -> str:
    """`creditorAccount.iban` as “Creditor account iban”."""
    words = " ".join(word for word in _HUMP.split(path) if word).lower()
    return words[:1].upper() + words[1:]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, list):
        return " · ".join(map(_shown, _flat(value)))
    return str(value)


def _flat(value: list[Any]) -> Iterable[Any]:
    for one in value:
        if isinstance(one, list):
            yield from _flat(one)
        else:
            yield one
