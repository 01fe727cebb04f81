"""One row as every deed locks and stores it, and as those of an API (scopes, types of authorization details) are filled."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from oauth_server.deeds.invalid import Invalid, Taken
from oauth_server.models import Audience, Issuer

Row = TypeVar("Row", bound=Model)


def locked(row: Row, *related: str) -> Row:
    """The row as it is now, which nobody else can change until the transaction ends. Raises its `DoesNotExist`."""
    rows = type(row)._default_manager.select_for_update(of=("self",))
    return (rows.select_related(*related) if related else rows).get(pk=row.pk)


def store(row: Model, name: str) -> None:
    """Raises `Taken` where another has the name."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Taken(name) from None


def members_of(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """These members, and the audience by its identifier."""
    found = {name: getattr(row, name) for name in names if name != "audience"}
    return {**found, "audience": row.audience.identifier if row.audience else None}


def fill(row: Any, members: Mapping[str, Any], names: Iterable[str]) -> None:
    """Those of the members that have these names; the audience is named by its identifier. Raises `Invalid`."""
    for name in names:
        if name in members:
            setattr(row, name, _audience(row.issuer, members[name]) if name == "audience" else members[name])


def _audience(issuer: Issuer, identifier: str | None) -> Audience | None:
    if not identifier:
        return None
    found = issuer.audiences.filter(identifier=identifier).first()
    if found is None:
        raise Invalid({"audience": [_("This issuer has no such audience.")]})
    return found
