"""All rows of a list that may be longer than memory."""

from collections.abc import Iterator
from typing import Any

_AT_ONCE = 1000


def each(rows: Any) -> Iterator[Any]:
    """Some at a time by key: neither memory nor a transaction holds them."""
    rows = rows.order_by("pk")
    found = list(rows[:_AT_ONCE])
    while found:
        yield from found
        found = list(rows.filter(pk__gt=found[-1].pk)[:_AT_ONCE]) if len(found) == _AT_ONCE else []
