"""The row that a path names: by its natural key (`identity.py`), its number, or its UUID."""

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from oauth_server.api.v1.identity import key_of
from oauth_server.api.v1.problem import missing

# Fewer digits than the largest key of a table has
_DIGITS = 18

Row = TypeVar("Row", bound=Model)


def named(rows: "QuerySet[Row]", column: str, name: str, what: str) -> Row:
    """`column` holds the natural key. Raises `Problem`, which says that there is no such `what`."""
    key = key_of(name)
    return _found(rows.filter(**{column: key}).first() if key else None, what)


def numbered(rows: "QuerySet[Row]", name: str, what: str) -> Row:
    """Raises `Problem`, as `named`."""
    is_number = name.isascii() and name.isdigit() and len(name) <= _DIGITS
    return _found(rows.filter(pk=int(name)).first() if is_number else None, what)


def identified(rows: "QuerySet[Row]", name: str, what: str) -> Row:
    """By its UUID. Raises `Problem`, as `named`."""
    try:
        key = UUID(name)
    except ValueError:
        raise missing(what) from None
    return _found(rows.filter(pk=key).first(), what)


def _found(row: Row | None, what: str) -> Row:
    if row is None:
        raise missing(what)
    return row
