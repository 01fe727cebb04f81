"""The apps that can use a person's account, by their consent or because the operator answers for them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, Min, Q, QuerySet

from oauth_server import clock
from oauth_server.conf import settings
from oauth_server.models import (
    AccessToken,
    Audience,
    Authorization,
    AuthorizationDetailType,
    Client,
    RefreshToken,
    Scope,
)
from oauth_server.policy import details
from oauth_server.policy.detail_types import Detail
from oauth_server.policy.reach import reach

from . import decision, memory, words
from .points import claim_of
from .words import Group


@dataclass(frozen=True, slots=True)
class App:
    """`last_used`: when it last got access or a token; None while it has only a consent."""

    client: Client
    since: datetime
    last_used: datetime | None
    groups: list[Group]
    is_first_party: bool


@dataclass(slots=True)
class _Held:
    """What one client was allowed or holds."""

    scopes: set[str]
    since: datetime
    last_used: datetime | None = None
    details: dict[str, Detail] = field(default_factory=dict)


def apps(user: Any) -> list[App]:
    """By name. Six statements, however many there are, and one where there are authorization details."""
    held = _held(user)
    clients = Client.objects.select_related("issuer").in_bulk(list(held))
    rows, types = _scope_rows(clients.values(), held), _type_rows(clients.values(), held)
    found = [
        App(
            client,
            held[pk].since,
            held[pk].last_used,
            _groups(rows, types, client, held[pk]),
            decision.is_first_party(client),
        )
        for pk, client in clients.items()
    ]
    return sorted(found, key=lambda app: str(app.client).casefold())


def ends(client: Client) -> datetime | None:
    """Until when an API that checks tokens by itself may go on accepting one that is out now; None when there is no such API."""
    lifetimes = [
        audience.access_token_lifetime or settings.ACCESS_TOKEN_LIFETIME
        for audience in reach(client).audiences.values()
        if audience.token_format == Audience.TokenFormat.JWT
    ]
    return clock.now() + timedelta(seconds=max(lifetimes)) if lifetimes else None


def _held(user: Any) -> dict[Any, _Held]:
    """By the client's key."""
    found: dict[Any, _Held] = {}
    agreed = memory.live(user).values_list("client_id", "scope", "details", "created")
    for client, scope, allowed, created in agreed:
        _put(found, client, scope, allowed, created)
    for client, scope, allowed, first, last in _families(user):
        held = _put(found, client, scope, allowed, first)
        held.last_used = max(last, held.last_used or last)
    for client, last in _tokens(user):
        if client in found:
            held = found[client]
            held.last_used = max(last, held.last_used or last)
    return found


def _put(found: dict[Any, _Held], client: Any, scope: str, allowed: Iterable[Detail], since: datetime) -> _Held:
    held = found.setdefault(client, _Held(set(), since))
    held.scopes |= set(scope.split())
    held.details |= {details.name(one): one for one in allowed}
    held.since = min(held.since, since)
    return held


def _families(user: Any) -> Iterable[tuple[Any, str, list[Detail], datetime, datetime]]:
    families = Authorization.objects.filter(
        Q(client__tokens_not_before=None) | Q(created__gte=F("client__tokens_not_before")),
        Q(client__issuer__tokens_not_before=None) | Q(created__gte=F("client__issuer__tokens_not_before")),
        user=user.pk,
        revoked_at=None,
        expires_at__gt=clock.now(),
    )
    grouped = families.values_list("client_id", "scope", "details")
    return grouped.annotate(first=Min("created"), last=Max("created")).order_by()


def _tokens(user: Any) -> Iterable[tuple[Any, datetime]]:
    """When each client last got one that is kept."""
    for model in (AccessToken, RefreshToken):
        rows: QuerySet[Any] = model._default_manager.filter(user=user.pk)
        yield from rows.values_list("application_id").annotate(last=Max("created")).order_by()


def _scope_rows(clients: Iterable[Client], held: dict[Any, _Held]) -> dict[tuple[Any, str], Scope]:
    names = {name for each in held.values() for name in each.scopes}
    rows = Scope.objects.select_related("audience").filter(issuer__in={c.issuer_id for c in clients}, name__in=names)
    return {(row.issuer_id, row.name): row for row in rows}


def _type_rows(clients: Iterable[Client], held: dict[Any, _Held]) -> dict[tuple[Any, str], AuthorizationDetailType]:
    names = {one["type"] for each in held.values() for one in each.details.values()}
    if not names:
        return {}
    rows = AuthorizationDetailType.objects.select_related("audience").filter(type__in=names)
    return {(row.issuer_id, row.type): row for row in rows.filter(issuer__in={c.issuer_id for c in clients})}


def _groups(
    rows: dict[tuple[Any, str], Scope],
    types: dict[tuple[Any, str], AuthorizationDetailType],
    client: Client,
    held: _Held,
) -> list[Group]:
    names, issuer = held.scopes, client.issuer_id
    mine = {
        name: (types[issuer, one["type"]], one) for name, one in held.details.items() if (issuer, one["type"]) in types
    }
    told = [words.detail(name, row, one) for name, (row, one) in mine.items()]
    here = [rows[client.issuer_id, name] for name in sorted(names) if (client.issuer_id, name) in rows]
    claims = [words.claim(name, claim_of(name)) for name in sorted(names) if claim_of(name)]
    points = [*map(words.point, here), *claims, *told]
    return words.groups(here, points, {name: row for name, (row, _detail) in mine.items()})
