"""RFC 6749 §3.3 a scope as the operator makes, changes and deletes it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.deeds import invalid, translations
from oauth_server.deeds.admin_token import SCOPES
from oauth_server.deeds.invalid import Invalid, Taken
from oauth_server.deeds.row import fill, locked, members_of, store
from oauth_server.models import Issuer, Scope
from oauth_server.policy import scopes

# What may be given when it is made and changed later; its name is for good
MEMBERS = ("title", "description", "translations", "claims", "required", "sensitive", "skip_consent", "audience")
# What whoever has it gets
GIVES = ("claims", "audience")
# What people read, and how long it may be
TEXTS = {"title": 120, "description": 300}


def describe(row: Scope) -> dict[str, Any]:
    """Its members; the audience by its identifier."""
    return members_of(row, ("name", *MEMBERS))


def create(issuer: Issuer, name: str, members: Mapping[str, Any]) -> Scope:
    """Raises `Invalid`, `Taken`."""
    if issuer.scopes.filter(name=name).exists():
        raise Taken(name)
    row = Scope(issuer=issuer, name=name)
    fill(row, members, MEMBERS)
    return save(row)


@transaction.atomic
def change(row: Scope, members: Mapping[str, Any], *, check: Callable[[Scope], None] | None = None) -> Scope:
    """Change these members. `check` sees the row as nobody can change it any more. Raises `Invalid`, and what `check` raises."""
    row = locked(row, "issuer", "audience")
    if check:
        check(row)
    fill(row, members, MEMBERS)
    return save(row)


@transaction.atomic
def delete(row: Scope, *, check: Callable[[Scope], None] | None = None) -> None:
    """No client can ask for it any more."""
    row = locked(row, "issuer", "audience")
    if check:
        check(row)
    audit.record(
        Event.SCOPE_CHANGED, issuer=row.issuer, target=row.name, reason="deleted", changes={"name": [row.name, None]}
    )
    row.delete()


@transaction.atomic
def save(row: Scope) -> Scope:
    """Store a row as it is now, with what was changed in the log. Raises `Invalid`, `Taken`."""
    stored = Scope.objects.select_related("audience").filter(pk=row.pk).first() if row.pk else None
    before = describe(stored) if stored else {}
    _require_good(row, before)
    store(row, row.name)
    changes = audit.changed(before, describe(row))
    if changes:
        audit.record(Event.SCOPE_CHANGED, issuer=row.issuer, target=row.name, changes=changes)
    return row


def _require_good(row: Scope, before: Mapping[str, Any]) -> None:
    invalid.require_clean(row)
    if not before:
        require_not_ours(row.name)
    if row.claims != before.get("claims") and not (
        isinstance(row.claims, list) and all(isinstance(claim, str) for claim in row.claims)
    ):
        raise Invalid({"claims": [_('Use a list of names, such as ["email", "email_verified"].')]})
    if row.translations != before.get("translations"):
        translations.require_good(row.translations, TEXTS)


def require_not_ours(name: str) -> None:
    """A scope of that prefix that the management API does not know would keep everybody from the clients that have it. Raises `Invalid`."""
    if name.startswith(scopes.MANAGE) and name not in SCOPES:
        told = _("Names that begin with manage: are this server's own: %(names)s.") % {
            "names": ", ".join(sorted(SCOPES))
        }
        raise Invalid({"name": [told]})
