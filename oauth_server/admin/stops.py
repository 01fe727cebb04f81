"""What stops working when a client, a scope, an API, an issuer or a person is deleted or switched off, said on the page that asks."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from oauth_server import clock
from oauth_server.deeds import blast_radius
from oauth_server.deeds.revocation import Target, What
from oauth_server.models import Audience, Client, Issuer

# So many rows are looked into; deleting more says no more than their names
_MOST = 5


def lines(request: HttpRequest, rows: Sequence[Any]) -> list[str]:
    """For the page that asks; nothing for the form that it sends."""
    if "post" in request.POST or len(rows) > _MOST:
        return []
    return [line for row in rows for line in _of(row)]


def _of(row: Any) -> list[str]:
    radius = blast_radius.preview(_target(row))
    values = {
        "row": row,
        "authorizations": radius.authorizations,
        "people": radius.people,
        "refresh": radius.refresh_tokens,
        "access": radius.access_tokens,
    }
    told = [
        _(
            "What reaches %(row)s now — authorizations: %(authorizations)s, people: %(people)s, refresh tokens: %(refresh)s, stored access "
            "tokens: %(access)s."
        )
        % values
    ]
    if hasattr(row, "clients"):
        users = list(row.clients.order_by("name", "pk")[: _MOST + 1])
        told += [_("%(client)s uses it.") % {"client": client} for client in users[:_MOST]]
        told += [_("More clients use it.")] if len(users) > _MOST else []
    if radius.jwts_until:
        until = date_format(localtime(radius.jwts_until), "DATETIME_FORMAT")
        told.append(_("APIs that check JWTs by themselves take one until %(time)s.") % {"time": until})
    return told


def _target(row: Any) -> Target:
    now = clock.now()
    if isinstance(row, Client):
        return Target(What.CLIENT, now, issuer=row.issuer, client=row)
    if isinstance(row, Issuer):
        return Target(What.ISSUER, now, issuer=row)
    if isinstance(row, Audience):
        return Target(What.AUDIENCE, now, issuer=row.issuer, audience=row)
    if isinstance(row, get_user_model()):
        return Target(What.PERSON, now, person=row)
    return Target(What.SCOPE, now, issuer=row.issuer, scope=row)
