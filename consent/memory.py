"""What is remembered of the answers of people. The only reader and writer of `Consent`.

A scope is remembered under the API that it belongs to: one that moves to another API is asked for again. Authorization details (RFC 9396)
are asked with every request: what is allowed on the page is for this request alone. Only of a type that says so exactly the same details
are remembered.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from oauth_server import clock
from oauth_server.authorization.request import AuthorizationRequest
from oauth_server.conf import settings
from oauth_server.models import Client
from oauth_server.policy import scopes

from . import points
from .models import Consent
from .points import NO_API

# So many are remembered of one person and client
_MOST_DETAILS = 100


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one person and one client. `apis`: those with a live row."""

    granted: frozenset[str]
    declined: frozenset[str]
    apis: frozenset[str]


def of(asked: AuthorizationRequest, user: Any, here: Collection[str] | None = None) -> Memory:
    found = live(user).filter(client=asked.client)
    rows = {row.audience: row for row in found if _is_fresh(row, asked.client.consent_not_before)}
    allowed = defaultdict(set, {name: _fresh(asked, row, row.scope) for name, row in rows.items()})
    declined = defaultdict(set, {name: _fresh(asked, row, row.declined) for name, row in rows.items()})
    # what an allowed scope tells need not be allowed once more by its name
    told = points.released(asked, [name for names in allowed.values() for name in names if name in asked.reach.scopes])
    answered = _settled(asked, here, rows)
    return Memory(
        granted=answered.granted.union(
            name
            for name in points.of(asked)
            if name in allowed[points.api_of(asked, name)] or points.claim_of(name) in told
        ),
        declined=answered.declined.union(
            name
            for name in points.of(asked)
            if name in declined[points.api_of(asked, name)] and not points.is_required(asked, name)
        ),
        apis=frozenset(rows),
    )


def _settled(asked: AuthorizationRequest, here: Collection[str] | None, rows: Mapping[str, Consent]) -> Memory:
    """The details that were answered, on the page of this request or for good; what was taken back since is open again."""
    all_of_them = set(points.details_of(asked))
    if not all_of_them:
        return Memory(frozenset(), frozenset(), frozenset())
    row = rows.get(NO_API)
    kept = {points.of_detail(one) for one in row.details} if row is not None else set()
    lasting = {point for point in all_of_them if point in kept and not points.is_fleeting(asked, point)}
    if here is None:
        return Memory(frozenset(lasting), frozenset(), frozenset())
    now = {point for point in all_of_them & set(here) if row is not None and points.is_fleeting(asked, point)}
    return Memory(frozenset(lasting & set(here) | now), frozenset(all_of_them - set(here)), frozenset())


def keep(asked: AuthorizationRequest, user: Any, audience: str, yes: set[str], no: set[str]) -> None:
    """Put an answer about some scopes of one API into its row; what it does not speak of, and is still good, stays as it is."""
    now, client = clock.now(), asked.client
    row, made = Consent.objects.select_for_update().get_or_create(
        user_id=user.pk, client=client, audience=audience, defaults={"created": now, "updated": now}
    )
    if not made and not (is_live(row) and _is_fresh(row, client.consent_not_before)):
        row.scope, row.declined, row.details, row.created = "", "", [], now
    row.details = _kept_details(asked, row.details, yes, no)
    yes, no = ({name for name in names if not points.is_detail(name)} for names in (yes, no))
    row.scope = scopes.join(sorted((_fresh(asked, row, row.scope) - no) | yes))
    row.declined = scopes.join(sorted((_fresh(asked, row, row.declined) - yes) | no))
    row.updated, row.withdrawn_at = now, None
    row.expires_at = until(now)
    row.save()


def _kept_details(asked: AuthorizationRequest, before: list[Any], yes: set[str], no: set[str]) -> list[Any]:
    """The latest last; what is not remembered is in no list."""
    named = points.details_of(asked)
    new = [dict(named[point]) for point in named if point in yes and not points.is_fleeting(asked, point)]
    return [*(one for one in before if points.of_detail(one) not in yes | no), *new][-_MOST_DETAILS:]


def take_turns(user_id: Any, client: Client) -> None:
    """A write that changes nothing: who answers or withdraws at the same time waits, on SQLite instead of failing later."""
    Consent.objects.filter(user=user_id, client=client).update(client=client)


def take_back(user_id: Any, client: Client) -> set[str]:
    """Everything of one person and client; the scopes and claims that were allowed until now."""
    now = clock.now()
    rows = Consent.objects.filter(user=user_id, client=client, withdrawn_at=None)
    before = {name for row in rows for name in row.scope.split()}
    rows.update(withdrawn_at=now, updated=now)
    return before


def has_answered(user: Any, client: Client) -> bool:
    """Whether there is an answer to this client that was not taken back."""
    return Consent.objects.filter(user=user.pk, client=client, withdrawn_at=None).exists()


def until(now: datetime) -> datetime | None:
    """When an answer that is given now is asked for again; None: never."""
    return now + timedelta(seconds=settings.CONSENT_LIFETIME) if settings.CONSENT_LIFETIME else None


def live(user: Any) -> "QuerySet[Consent]":
    """The consents that a person has given and not taken back."""
    return Consent.objects.filter(Q(expires_at=None) | Q(expires_at__gt=clock.now()), user=user.pk, withdrawn_at=None)


def is_live(row: Consent) -> bool:
    return row.withdrawn_at is None and (row.expires_at is None or row.expires_at > clock.now())


def _is_fresh(row: Consent, since: datetime | None) -> bool:
    """Whether an answer is younger than the operator's wish that people are asked again."""
    return since is None or row.updated > since


def _fresh(asked: AuthorizationRequest, row: Consent, names: str) -> set[str]:
    """Of the points of a row those whose meaning has not changed since the answer."""
    known = asked.reach.scopes
    return {name for name in names.split() if name not in known or _is_fresh(row, known[name].consent_not_before)}
