"""The apps that can use a person's account, by their consent or because the operator answers for them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from django.db.models import F, Min, Q

from oauth_server import clock
from oauth_server.conf import settings
from oauth_server.models import Audience, Authorization, Client, Scope
from oauth_server.policy.reach import reach

from . import decision, words
from .words import Group


@dataclass(frozen=True, slots=True)
class App:
    client: Client
    since: datetime
    groups: list[Group]
    is_first_party: bool


def apps(user: Any) -> list[App]:
    """By name. Four statements, however many there are."""
    scopes, since = _held(user)
    clients = Client.objects.select_related("issuer").in_bulk(list(since))
    rows = _scope_rows(clients.values(), scopes)
    found = [
        App(client, since[pk], _groups(rows, client, scopes[pk]), decision.is_first_party(client))
        for pk, client in clients.items()
    ]
    return sorted(found, key=lambda app: str(app.client).casefold())


def minutes_after(client: Client) -> int:
    """How long an API that checks tokens by itself may go on accepting one; 0 when there is no such API."""
    lifetimes = [
        audience.access_token_lifetime or settings.ACCESS_TOKEN_LIFETIME
        for audience in reach(client).audiences.values()
        if audience.token_format == Audience.TokenFormat.JWT
    ]
    return ceil(max(lifetimes, default=0) / 60)


def _held(user: Any) -> tuple[dict[Any, set[str]], dict[Any, datetime]]:
    """What each client was allowed or holds, and since when, by the client's key."""
    scopes: dict[Any, set[str]] = defaultdict(set)
    since: dict[Any, datetime] = {}
    agreed = decision.live(user).values_list("client_id", "scope", "created")
    for client, scope, created in [*agreed, *_families(user)]:
        scopes[client] |= set(scope.split())
        since[client] = min(created, since.get(client, created))
    return scopes, since


def _families(user: Any) -> Iterable[tuple[Any, str, datetime]]:
    families = Authorization.objects.filter(
        Q(client__tokens_not_before=None) | Q(created__gte=F("client__tokens_not_before")),
        Q(client__issuer__tokens_not_before=None) | Q(created__gte=F("client__issuer__tokens_not_before")),
        user=user.pk,
        revoked_at=None,
        expires_at__gt=clock.now(),
    )
    return families.values_list("client_id", "scope").annotate(since=Min("created")).order_by()


def _scope_rows(clients: Iterable[Client], scopes: dict[Any, set[str]]) -> dict[tuple[Any, str], Scope]:
    names = set().union(*scopes.values())
    rows = Scope.objects.select_related("audience").filter(issuer__in={c.issuer_id for c in clients}, name__in=names)
    return {(row.issuer_id, row.name): row for row in rows}


def _groups(rows: dict[tuple[Any, str], Scope], client: Client, names: set[str]) -> list[Group]:
    here = [rows[client.issuer_id, name] for name in sorted(names) if (client.issuer_id, name) in rows]
    claims = [words.claim(name, decision.claim_of(name)) for name in sorted(names) if decision.claim_of(name)]
    return words.groups(here, [*map(words.point, here), *claims])
