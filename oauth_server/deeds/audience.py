"""RFC 8707 §2 an API that tokens are for, as the operator makes, changes and deletes it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.deeds import invalid, translations
from oauth_server.deeds.invalid import InUse, Invalid, Taken
from oauth_server.deeds.row import locked, store
from oauth_server.keys import rotation
from oauth_server.models import Audience, Client, Issuer

# What may be given when it is made and changed later; its identifier is for good
MEMBERS = ("name", "translations", "token_format", "algorithm", "access_token_lifetime", "introspectors")
# What people read, and how long it may be
TEXTS = {"name": 120}
_SHOWN = 20


def describe(row: Audience) -> dict[str, Any]:
    """Its members; who may introspect by client ID."""
    found = {name: getattr(row, name) for name in ("identifier", *MEMBERS) if name != "introspectors"}
    return {**found, "introspectors": sorted(client.client_id for client in row.introspectors.all())}


def create(issuer: Issuer, identifier: str, members: Mapping[str, Any]) -> Audience:
    """Raises `Invalid`, `Taken`."""
    if issuer.audiences.filter(identifier=identifier).exists():
        raise Taken(identifier)
    row = Audience(issuer=issuer, identifier=identifier, name=identifier[:120])
    return save(row, introspectors=_fill(row, members))


@transaction.atomic
def change(row: Audience, members: Mapping[str, Any], *, check: Callable[[Audience], None] | None = None) -> Audience:
    """Change these members. `check` sees the row as nobody can change it any more. Raises `Invalid`, and what `check` raises."""
    row = locked(row, "issuer")
    if check:
        check(row)
    return save(row, introspectors=_fill(row, members))


@transaction.atomic
def delete(row: Audience, *, check: Callable[[Audience], None] | None = None) -> None:
    """Raises `InUse` while scopes or types of authorization details belong to it."""
    row = locked(row, "issuer")
    if check:
        check(row)
    scopes = row.scopes.order_by("name").values_list("name", flat=True)
    types = row.detail_types.order_by("type").values_list("type", flat=True)
    if names := [*scopes[:_SHOWN], *types[:_SHOWN]]:
        raise InUse(names)
    audit.record(
        Event.AUDIENCE_CHANGED,
        issuer=row.issuer,
        target=row.identifier,
        reason="deleted",
        changes={"identifier": [row.identifier, None]},
    )
    row.delete()


@transaction.atomic
def save(row: Audience, *, introspectors: Iterable[Client] | None = None) -> Audience:
    """Store a row as it is now, with what was changed in the log. Raises `Invalid`, `Taken`."""
    stored = Audience.objects.filter(pk=row.pk).first() if row.pk else None
    before = describe(stored) if stored else {}
    invalid.require_clean(row)
    if row.translations != before.get("translations"):
        translations.require_good(row.translations, TEXTS)
    store(row, row.identifier)
    if introspectors is not None:
        row.introspectors.set(introspectors)
    # a request never makes a key: the algorithm has to have one before the first token
    rotation.provide(row.issuer)
    changes = audit.changed(before, describe(row))
    if changes:
        audit.record(Event.AUDIENCE_CHANGED, issuer=row.issuer, target=row.identifier, changes=changes)
    return row


def _fill(row: Audience, members: Mapping[str, Any]) -> list[Client] | None:
    """Returns who may introspect; None where nothing is said of it."""
    for name, value in members.items():
        if name in MEMBERS and name != "introspectors":
            setattr(row, name, value)
    return _clients(row.issuer, members["introspectors"]) if "introspectors" in members else None


def _clients(issuer: Issuer, client_ids: list[str]) -> list[Client]:
    found = list(issuer.clients.filter(client_id__in=client_ids))
    missing = sorted(set(client_ids) - {client.client_id for client in found})
    if missing:
        raise Invalid({"introspectors": [_("This issuer has no client %(name)s.") % {"name": missing[0]}]})
    return found
