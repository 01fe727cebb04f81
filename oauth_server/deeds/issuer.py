"""RFC 8414 §2 an issuer as the operator makes, changes and deletes it. Its URL never changes: every token names it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from oauth_server import audit, clock, issuers
from oauth_server.audit import Event
from oauth_server.deeds import invalid
from oauth_server.deeds.invalid import Invalid, Taken
from oauth_server.deeds.row import locked
from oauth_server.models import Audience, Issuer, Scope
from oauth_server.registration import metadata
from oauth_server.tokens import revoke

MEMBERS = ("name", "enabled", "brand")
SAMPLE_API = "https://orders.example.com"
_NAME = 255


class First(Exception):
    """The first issuer is the server itself."""


def describe(row: Issuer) -> dict[str, Any]:
    return {name: getattr(row, name) for name in MEMBERS}


@transaction.atomic
def create(name: str, *, slug: str = "", url: str = "", with_sample_api: bool = False) -> Issuer:
    """With its keys and the standard scopes; without slug and URL its slug is made from the name. Raises `Invalid`, `Taken`."""
    url = url.rstrip("/")
    _require_good(name, slug, url)
    try:
        with transaction.atomic():
            row = issuers.create(name, slug=slug if slug or url else issuers.free_slug(name), url=url)
    except IntegrityError:
        raise Taken(slug or url) from None
    if with_sample_api:
        add_sample_api(row, SAMPLE_API)
    changes = {member: [None, getattr(row, member)] for member in ("name", "slug", "url") if getattr(row, member)}
    audit.record(Event.ISSUER_CREATED, issuer=row, target=row.identifier, changes=changes)
    return row


def _require_good(name: str, slug: str, url: str) -> None:
    wrong: dict[str, str] = {}
    if not name.strip() or len(name) > _NAME or "\x00" in name:
        wrong["name"] = _("An issuer has a name of at most %(most)d characters.") % {"most": _NAME}
    if slug and url:
        wrong["slug"] = _("An issuer has either a slug, below the first issuer, or a URL with a host of its own.")
    elif slug:
        wrong["slug"] = issuers.slug_problem(slug)
    elif url:
        wrong["url"] = issuers.url_problem(url)
    if found := {member: [text] for member, text in wrong.items() if text}:
        raise Invalid(found)


def add_sample_api(issuer: Issuer, identifier: str) -> Audience:
    """An API with two scopes, to try things on."""
    api = Audience.objects.create(issuer=issuer, identifier=identifier, name="Orders")
    texts = (
        ("orders:read", "See your orders", "What you ordered and when."),
        ("orders:write", "Change your orders", "Place and cancel orders for you."),
    )
    Scope.objects.bulk_create(
        [Scope(issuer=issuer, audience=api, name=name, title=title, description=told) for name, title, told in texts]
    )
    return api


@transaction.atomic
def change(row: Issuer, members: Mapping[str, Any], *, check: Callable[[Issuer], None] | None = None) -> Issuer:
    """Change these members; disabling ends all that was issued. `check` sees the row as nobody can change it any more.

    Raises `Invalid`, and what `check` raises.
    """
    row = locked(row)
    if check:
        check(row)
    before = describe(row)
    for name in MEMBERS:
        if name in members:
            setattr(row, name, members[name])
    invalid.require_clean(row)
    changes = audit.changed(before, describe(row))
    if changes:
        row.save(update_fields=list(changes))
        audit.record(Event.ISSUER_CHANGED, issuer=row, target=row.identifier, changes=changes)
    if "enabled" in changes and not row.enabled:
        revoke.issuer_before(row, clock.now(), "disabled")
    return row


@transaction.atomic
def delete(row: Issuer, *, check: Callable[[Issuer], None] | None = None) -> None:
    """With everything in it. Raises `First`."""
    row = locked(row)
    if check:
        check(row)
    if row.is_first:
        raise First
    revoke.issuer_before(row, clock.now(), "deleted")
    audit.record(
        Event.ISSUER_CHANGED,
        issuer=row,
        target=row.identifier,
        reason="deleted",
        changes={"name": [row.name, None]},
    )
    for client in row.clients.all():
        metadata.delete(client)
    row.delete()
