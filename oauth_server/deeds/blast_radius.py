"""What a revocation will end, counted before it is done: by client and person, and what goes on for a while all the same.

Counts are bounded in rows and in time: whoever has to stop something does not wait for a number.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import DatabaseError, connections, transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from oauth_server import clock
from oauth_server.conf import settings
from oauth_server.deeds import revocation
from oauth_server.deeds.revocation import Target, What
from oauth_server.keys import rotation
from oauth_server.models import AccessToken, Audience, Authorization, Client, RefreshToken, Session
from oauth_server.tokens import sql

MOST = 100_000
SHOWN = 10
_TIMEOUT = "3s"


@dataclass(frozen=True, slots=True)
class Number:
    """`value` None: it was not counted in time. `is_more`: at least so many."""

    value: int | None
    is_more: bool = False

    def __str__(self) -> str:
        if self.value is None:
            return _("not counted in time")
        return _("more than %(number)s") % {"number": self.value} if self.is_more else str(self.value)


@dataclass(frozen=True, slots=True)
class Share:
    """How much of it is one client's, or one person's."""

    owner: Any
    authorizations: int = 0
    access_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Holding:
    """What one client holds for one person; `person` None: for itself."""

    client: Client
    person: Any
    authorizations: int
    refresh_tokens: int
    access_tokens: int


@dataclass(frozen=True, slots=True)
class Radius:
    """`jwts_until`: APIs that check JWTs by themselves take them until then; None where there are none."""

    target: Target
    authorizations: Number
    refresh_tokens: Number
    access_tokens: Number
    people: Number
    sessions: Number
    clients: list[Share] = field(default_factory=list)
    persons: list[Share] = field(default_factory=list)
    jwt_authorizations: Number = Number(0)
    jwts_until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing that lives is hit, as far as rows tell."""
        numbers = (self.authorizations, self.refresh_tokens, self.access_tokens, self.sessions)
        return not any(number.value or number.value is None for number in numbers)


def preview(target: Target) -> Radius:
    """Count what `revocation.run` would end now."""
    families = revocation.families(target)
    access, refresh = _access_tokens(target, families), _refresh_tokens(target, families)
    own = [] if target.what == What.KEY else _per_client(families, access)
    jwts, until = _jwts(target, families)
    return Radius(
        target=target,
        authorizations=Number(0) if target.what == What.KEY else number(families),
        refresh_tokens=number(refresh),
        access_tokens=number(access),
        people=number(families.exclude(user=None).values("user").distinct(), by_pk=False),
        sessions=number(_sessions(target)),
        clients=own,
        persons=[] if target.what == What.KEY else _per_person(families),
        jwt_authorizations=jwts,
        jwts_until=until,
    )


def number(rows: "QuerySet[Any]", *, by_pk: bool = True) -> Number:
    counted = rows.order_by().values("pk") if by_pk else rows.order_by()
    found = _in_time(lambda: counted[: MOST + 1].count())
    return Number(found) if found is None or found <= MOST else Number(MOST, is_more=True)


def _in_time(ask: Callable[[], Any]) -> Any:
    """The answer; None where PostgreSQL did not have it within a few seconds."""
    connection = connections[sql.using()]
    try:
        with transaction.atomic(using=sql.using()):
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL statement_timeout = '{_TIMEOUT}'")
            return ask()
    except DatabaseError:
        return None


def _access_tokens(target: Target, families: "QuerySet[Authorization]") -> "QuerySet[AccessToken]":
    """The living ones that are rows."""
    rows = AccessToken.objects.filter(revoked=None, expires__gt=clock.now())
    if target.what == What.KEY:
        return rows.none()
    hit, owner = Q(authorization__in=families), target.audience or target.scope
    if owner is None:
        return rows.filter(hit)
    # a client's own tokens have an API and a scope, their family has none
    own = rows.filter(
        application__issuer=owner.issuer_id, authorization__created__lt=target.before, authorization__revoked_at=None
    )
    if owner.tokens_not_before is not None:
        own = own.filter(authorization__created__gte=owner.tokens_not_before)
    if target.audience is not None:
        mine = revocation.reaching(own, "resource", [target.audience.identifier])
    else:
        mine = revocation.having(own, owner.name)
    return rows.filter(hit | Q(pk__in=mine.values("pk")))


def _refresh_tokens(target: Target, families: "QuerySet[Authorization]") -> "QuerySet[RefreshToken]":
    return RefreshToken.objects.none() if target.what == What.KEY else _refreshing(families)


def _refreshing(families: "QuerySet[Authorization]") -> "QuerySet[RefreshToken]":
    return RefreshToken.objects.filter(revoked=None, used_at=None, expires__gt=clock.now(), authorization__in=families)


def _sessions(target: Target) -> "QuerySet[Session]":
    """Only a person's sign-ins end with what is revoked."""
    if target.what != What.PERSON:
        return Session.objects.none()
    return Session.objects.filter(
        user=target.person.pk, ended_at=None, expires__gt=clock.now(), created__lt=target.before
    )


def _per_client(families: "QuerySet[Authorization]", tokens: "QuerySet[AccessToken]") -> list[Share]:
    """Those with the most."""
    held = _shares(families, "client")
    stored = _shares(tokens, "application")
    keys = sorted({*held, *stored}, key=lambda key: (-held.get(key, 0), -stored.get(key, 0), key))[:SHOWN]
    rows = Client.objects.in_bulk(keys)
    return [Share(rows[key], held.get(key, 0), stored.get(key, 0)) for key in keys if key in rows]


def _per_person(families: "QuerySet[Authorization]") -> list[Share]:
    held = _shares(families.exclude(user=None), "user")
    rows = get_user_model()._default_manager.in_bulk(list(held))
    return [Share(rows[key], many) for key, many in held.items() if key in rows]


def holdings(families: "QuerySet[Authorization]", tokens: "QuerySet[AccessToken] | None" = None) -> list[Holding]:
    """By client and person, those with the most first and one more than is shown. `tokens`: these access tokens end, and no family."""
    access = AccessToken.objects.filter(authorization__in=families) if tokens is None else tokens
    counted = (
        _by_pair(families, ""),
        _by_pair(_refreshing(families), "authorization__"),
        _by_pair(access.filter(revoked=None, expires__gt=clock.now()), "authorization__"),
    )
    pairs = sorted(
        {pair for found in counted for pair in found}, key=lambda pair: [-found.get(pair, 0) for found in counted]
    )
    pairs = pairs[: SHOWN + 1]
    clients = Client.objects.in_bulk({client for client, _person in pairs})
    people = get_user_model()._default_manager.in_bulk({person for _client, person in pairs if person is not None})
    return [
        Holding(clients[pair[0]], people.get(pair[1]), *(found.get(pair, 0) for found in counted))
        for pair in pairs
        if pair[0] in clients
    ]


def _by_pair(rows: "QuerySet[Any]", family: str) -> dict[tuple[Any, Any], int]:
    """Keys of client and person → how many. `family`: the way from a row to it."""
    counted = rows.order_by().values_list(f"{family}client", f"{family}user").annotate(number=Count("pk"))
    return {(client, person): number for client, person, number in _in_time(lambda: list(counted)) or []}


def jwts_until(families: "QuerySet[Authorization]") -> datetime | None:
    """Until when APIs that check JWTs by themselves take one of these; None where none can be out."""
    return _jwts(Target(What.FAMILY, clock.now()), families)[1]


def _shares(rows: "QuerySet[Any]", column: str) -> dict[Any, int]:
    """By the key of the owner, the largest first."""
    some = rows.model._default_manager.filter(pk__in=rows.order_by().values("pk")[:MOST])
    counted = some.values_list(column).annotate(number=Count("pk")).order_by("-number", column)
    return dict(_in_time(lambda: list(counted[:SHOWN])) or [])


def _jwts(target: Target, families: "QuerySet[Authorization]") -> tuple[Number, datetime | None]:
    """JWTs are no rows: how many authorizations may hold some, and until when the last can run."""
    now = clock.now()
    if target.key is not None:
        until = rotation.tokens_live_until(target.key, target.key.issuer)
        until = until or now + timedelta(seconds=rotation.longest_lifetime(target.key.issuer))
        return number(families), until if target.key.state != "next" else None
    apis = Audience.objects.filter(token_format=Audience.TokenFormat.JWT)
    apis = apis.filter(issuer=target.issuer) if target.issuer else apis
    apis = apis.filter(pk=target.audience.pk) if target.audience else apis
    lifetimes = dict(apis.values_list("identifier", "access_token_lifetime"))
    if not lifetimes:
        return Number(0), None
    found = number(revocation.reaching(families, "audiences", list(lifetimes)))
    may_be = found.value != 0 or target.what in (What.CLIENT, What.AUDIENCE, What.SCOPE, What.ISSUER)
    usual = _usual_lifetime(target) if None in lifetimes.values() else 0
    longest = max(value or usual for value in lifetimes.values())
    return found, now + timedelta(seconds=longest) if may_be else None


def _usual_lifetime(target: Target) -> int:
    """The longest life of an access token for an API that sets none: the setting's, or that of a client with lifespans of its own."""
    clients = Client.objects.exclude(lifespans={})
    clients = clients.filter(pk=target.client.pk) if target.client else clients
    spans = clients.filter(issuer=target.issuer) if target.issuer else clients
    own: list[int] = [
        seconds
        for each in spans.values_list("lifespans", flat=True)
        for name, seconds in each.items()
        if name.endswith("access_token_lifespan")
    ]
    return max([settings.ACCESS_TOKEN_LIFETIME, *own])


def consequences(radius: Radius) -> list[str]:
    """In words, what people and clients will notice, and what goes on."""
    target, told = radius.target, [_AFTER[radius.target.what]()]
    if target.what == What.KEY:
        told += _of_key(radius)
    else:
        told.append(_("Opaque access tokens and refresh tokens stop with the next request, on every server."))
    if target.what in (What.CLIENT_OF_PERSON, What.CLIENT, What.PERSON, What.AUDIENCE, What.SCOPE):
        told.append(
            _(
                "What people agreed to stays remembered, and secrets stay valid: an app may get new tokens. Where it must not, withdraw "
                "the consent or disable the client."
            )
        )
    return told


def _of_key(radius: Radius) -> list[str]:
    key: Any = radius.target.key
    told = [_("Refresh tokens and opaque access tokens go on: clients get tokens of another key with them.")]
    if key.state == "active":
        told.append(
            _(
                "The next key takes its place now. Apps with an older copy of the key set refuse its tokens until they fetch it again."
            )
        )
    told.append(_("ID tokens of this key are no longer taken as a hint at sign-in or sign-out."))
    return told


_AFTER: dict[What, Callable[[], str]] = {
    What.FAMILY: lambda: _("This app loses what this authorization allows; other sign-ins at the same app go on."),
    What.CLIENT: lambda: _("Everybody who uses this client has to sign in to it again; its own tokens end too."),
    What.PERSON: lambda: _("All apps lose access to this person's account, and every sign-in of this person ends."),
    What.CLIENT_OF_PERSON: lambda: _("This app loses access to this person's account; the person's sign-ins go on."),
    What.AUDIENCE: lambda: _("Every authorization that may reach this API ends, with what it allows at other APIs."),
    What.SCOPE: lambda: _("Every authorization with this scope ends, with its other scopes."),
    What.KEY: lambda: _("Nothing that this key signed is valid any more, as far as this server is asked."),
    What.ISSUER: lambda: _("Everybody has to sign in to every app again, and every client has to get new tokens."),
}
