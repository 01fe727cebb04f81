"""What stops working when a client, a scope, an API, an issuer or a person is deleted or switched off, or tokens and sign-ins are ended.

It is said on the page that asks.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from oauth_server import clock
from oauth_server.deeds import blast_radius, revocation
from oauth_server.deeds.revocation import Target, What
from oauth_server.models import AccessToken, Audience, Authorization, Client, Issuer
from oauth_server.policy import scopes

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
    return [*told, _jwts(radius.jwts_until)] if radius.jwts_until else told


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


# Authorizations and what hangs on them, by client and person


def of_families(request: HttpRequest, rows: Sequence[Any]) -> list[str]:
    """`rows`: authorizations, or tokens with which theirs end."""
    keys = {getattr(row, "authorization_id", row.pk) for row in rows}
    return _held(revocation.living().filter(pk__in=keys))


def of_access_tokens(request: HttpRequest, rows: Sequence[Any]) -> list[str]:
    """The tokens alone."""
    living = revocation.living().filter(pk__in={row.authorization_id for row in rows})
    tokens = AccessToken.objects.filter(pk__in=[row.pk for row in rows], authorization__in=living)
    return _said(blast_radius.holdings(Authorization.objects.none(), tokens))


def of_people(request: HttpRequest, rows: Sequence[Any]) -> list[str]:
    """All that apps have by them."""
    return _held(revocation.living().filter(user__in=[row.pk for row in rows]))


def of_sessions(request: HttpRequest, rows: Sequence[Any]) -> list[str]:
    """What does not outlive the sign-ins."""
    families = revocation.living().filter(session__in=[row.pk for row in rows])
    lasting = revocation.having(families, scopes.OFFLINE_ACCESS)
    return _held(families.exclude(pk__in=lasting.values("pk")))


def _held(families: "QuerySet[Authorization]") -> list[str]:
    told, until = _said(blast_radius.holdings(families)), blast_radius.jwts_until(families)
    return [*told, _jwts(until)] if until else told


def _said(found: list[blast_radius.Holding]) -> list[str]:
    if not found:
        return [_("Nothing that lives is stored for it.")]
    told = [_line(holding) for holding in found[: blast_radius.SHOWN]]
    more = [_("There is more, of other clients or people.")] if len(found) > blast_radius.SHOWN else []
    return told + more


def _line(holding: blast_radius.Holding) -> str:
    values = {
        "client": holding.client,
        "person": holding.person,
        "authorizations": holding.authorizations,
        "refresh": holding.refresh_tokens,
        "access": holding.access_tokens,
    }
    if holding.person is None:
        return (
            _(
                "%(client)s for itself — authorizations: %(authorizations)s, refresh tokens: %(refresh)s, stored access tokens: %(access)s."
            )
            % values
        )
    return (
        _(
            "%(client)s for %(person)s — authorizations: %(authorizations)s, refresh tokens: %(refresh)s, stored access tokens: %(access)s."
        )
        % values
    )


def _jwts(until: datetime) -> str:
    time = date_format(localtime(until), "Y-m-d H:i")
    return _("APIs that check JWTs by themselves take one until %(time)s.") % {"time": time}
