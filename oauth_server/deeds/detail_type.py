"""RFC 9396 §2.1 a type of authorization details as the operator makes, changes and deletes it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.deeds import invalid, translations
from oauth_server.deeds.invalid import Invalid, Taken
from oauth_server.deeds.row import fill, locked, members_of, store
from oauth_server.models import AuthorizationDetailType, Client, Issuer
from oauth_server.policy import detail_schema

# What may be given when it is made and changed later; its name is for good
MEMBERS = (
    "title", "description", "words", "translations", "schema", "optional", "sensitive", "remember", "audience",
)  # fmt: skip
# What people read, and how long it may be
TEXTS = {"title": 120, "description": 300}
_LONGEST = 300


def describe(row: AuthorizationDetailType) -> dict[str, Any]:
    """Its members; the audience by its identifier."""
    return members_of(row, ("type", *MEMBERS))


def create(issuer: Issuer, type: str, members: Mapping[str, Any]) -> AuthorizationDetailType:
    """Raises `Invalid`, `Taken`."""
    if issuer.detail_types.filter(type=type).exists():
        raise Taken(type)
    row = AuthorizationDetailType(issuer=issuer, type=type)
    fill(row, members, MEMBERS)
    return save(row)


@transaction.atomic
def change(
    row: AuthorizationDetailType,
    members: Mapping[str, Any],
    *,
    check: Callable[[AuthorizationDetailType], None] | None = None,
) -> AuthorizationDetailType:
    """Change these members. `check` sees the row as nobody can change it any more. Raises `Invalid`, and what `check` raises."""
    row = locked(row, "issuer", "audience")
    if check:
        check(row)
    fill(row, members, MEMBERS)
    return save(row)


@transaction.atomic
def delete(row: AuthorizationDetailType, *, check: Callable[[AuthorizationDetailType], None] | None = None) -> None:
    """No client can ask for it any more, and no new token carries what was granted of it."""
    row = locked(row, "issuer", "audience")
    if check:
        check(row)
    for client in clients(row):
        _take_from(client, row.type)
    changes = {"type": [row.type, None]}
    audit.record(Event.DETAIL_TYPE_CHANGED, issuer=row.issuer, target=row.type, reason="deleted", changes=changes)
    row.delete()


def _take_from(client: Client, type: str) -> None:
    """Who makes a type of this name again gives it to nobody by that."""
    before = client.authorization_details_types
    client.authorization_details_types = [name for name in before if name != type]
    client.save(update_fields=["authorization_details_types", "updated"])
    changes = {"authorization_details_types": [before, client.authorization_details_types]}
    audit.record(Event.CLIENT_CHANGED, issuer=client.issuer, client=client, target=client.client_id, changes=changes)


@transaction.atomic
def save(row: AuthorizationDetailType) -> AuthorizationDetailType:
    """Store a row as it is now, with what was changed in the log. Raises `Invalid`, `Taken`."""
    stored = AuthorizationDetailType.objects.select_related("audience").filter(pk=row.pk).first() if row.pk else None
    before = describe(stored) if stored else {}
    _require_good(row)
    store(row, row.type)
    changes = audit.changed(before, describe(row))
    if changes:
        audit.record(Event.DETAIL_TYPE_CHANGED, issuer=row.issuer, target=row.type, changes=changes)
    return row


def _require_good(row: AuthorizationDetailType) -> None:
    invalid.require_clean(row)
    translations.require_good(row.translations, TEXTS)
    require_objects(row.schema, row.words)


def require_objects(schema: Any, words: Any) -> None:
    """What a form can tell before anything is stored. Raises `Invalid`."""
    if fault := detail_schema.fault(schema):
        raise Invalid({"schema": [fault]})
    if not isinstance(words, dict) or not all(map(_are_words, words.values())):
        told = _('Write what members and values are called by language code: {"en": {"actions": "It may"}}.')
        raise Invalid({"words": [told]})


def _are_words(words: Any) -> bool:
    return isinstance(words, dict) and all(isinstance(text, str) and len(text) <= _LONGEST for text in words.values())


def clients(row: AuthorizationDetailType) -> list[Client]:
    """Those that may ask for it, by name."""
    some = row.issuer.clients.select_related("issuer").exclude(authorization_details_types=[]).order_by("name", "pk")
    return [client for client in some if row.type in client.authorization_details_types]
