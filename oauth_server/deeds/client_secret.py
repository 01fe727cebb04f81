"""RFC 6749 §2.3.1 the secrets of a client: several by name, with an end, so that they can be changed with overlap. A value is told once."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.client_auth import secret
from oauth_server.deeds.client import require_within
from oauth_server.deeds.invalid import Invalid
from oauth_server.deeds.row import locked
from oauth_server.models import Client, ClientSecret


@dataclass(frozen=True, slots=True)
class Made:
    """`value` is in this answer alone."""

    row: ClientSecret
    value: str = field(repr=False)


@transaction.atomic
def create(
    client: Client, *, rights: Collection[str], name: str = "", expires: datetime | None = None, value: str = ""
) -> Made:
    """One more secret; `value`: one that a person chose. Raises `Beyond`, `Invalid`."""
    client = _locked(client, rights)
    if value:
        try:
            secret.choose(client, value, name=name, expires=expires)
        except ValueError as error:
            raise Invalid({"client_secret": [str(error)]}) from None
    else:
        value = secret.issue(client, name=name, expires=expires)
    ends = expires.isoformat() if expires else None
    return Made(_recorded(client, name, changes={"expires": [None, ends]}), value)


@transaction.atomic
def rotate(client: Client, *, rights: Collection[str], name: str = "", overlap: timedelta) -> Made:
    """A new secret; the others end after the overlap, if not before. Raises `Beyond`, `Invalid`."""
    client = _locked(client, rights)
    end = clock.now() + overlap
    for row in client.secrets.all():
        row.expires = end if row.expires is None else min(row.expires, end)
        row.save(update_fields=["expires"])
    value = secret.issue(client, name=name)
    return Made(_recorded(client, name, reason=f"others end after {int(overlap.total_seconds())} s"), value)


@transaction.atomic
def delete(
    client: Client, row: ClientSecret, *, rights: Collection[str], check: Callable[[ClientSecret], None] | None = None
) -> None:
    """Whoever still uses it is refused from now on. Raises `Beyond`, `ClientSecret.DoesNotExist`, and what `check` raises."""
    client = _within(client, rights)
    row = client.secrets.select_for_update().get(pk=row.pk)
    if check:
        check(row)
    audit.record(Event.SECRET_DELETED, issuer=client.issuer, client=client, target=row.name or f"…{row.hint}")
    row.delete()


def _locked(client: Client, rights: Collection[str]) -> Client:
    client = _within(client, rights)
    if not client.has_secret:
        raise Invalid({"token_endpoint_auth_method": [_("By its authentication method the client has no secret.")]})
    return client


def _within(client: Client, rights: Collection[str]) -> Client:
    """As nobody can change it any more. Raises `Client.DoesNotExist`."""
    found = locked(client, "issuer")
    require_within(found, rights)
    return found


def _recorded(client: Client, name: str, **told: Any) -> ClientSecret:
    audit.record(Event.SECRET_CREATED, issuer=client.issuer, client=client, target=name or client.client_id, **told)
    return client.secrets.order_by("-pk")[:1].get()
