"""Signing keys (RFC 7517, OpenID Connect Core 1.0 §10.1.1) as an operator sees and changes them: where each stands, rotated, revoked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.conf import settings
from oauth_server.keys import rotation, store
from oauth_server.keys.rotation import NotPublishedLongEnough
from oauth_server.models import Audience, Client, Issuer, SigningKey

__all__ = [
    "Dependents",
    "NotPublishedLongEnough",
    "Place",
    "Step",
    "dependents",
    "make",
    "ready_at",
    "revoke",
    "rotate",
    "timeline",
]

State = SigningKey.State
# A key that is gone is shown for so many keys of its algorithm
_FORMER = 5
_DEPENDENTS = 10


@dataclass(frozen=True, slots=True)
class Step:
    """A state on the way of a key, since when; `is_now`: it stands here."""

    state: str
    since: datetime | None
    is_now: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A key on its way from next to gone.

    `days`: its age, since it was published. `ready`: when the next one may sign. `tokens_until`: when the last token that it signed, or
    could sign if it were rotated now, will have expired.
    """

    key: SigningKey
    steps: list[Step]
    days: int
    ready: datetime | None
    is_overdue: bool
    tokens_until: datetime | None


def timeline(issuer: Issuer) -> dict[str, list[Place]]:
    """The keys of each algorithm, in the order in which they come; of former ones the last few. Two statements."""
    now = clock.now()
    longest = rotation.longest_lifetime(issuer)
    order = [State.NEXT, State.ACTIVE, State.RETIRING, State.GONE, State.REVOKED]
    found: dict[str, list[Place]] = {}
    rows = sorted(issuer.keys.order_by("-id")[:500], key=lambda row: (row.algorithm, order.index(State(row.state))))
    for row in rows:
        places = found.setdefault(row.algorithm, [])
        former = sum(1 for place in places if place.key.state in (State.GONE, State.REVOKED))
        if former < _FORMER or row.state not in (State.GONE, State.REVOKED):
            places.append(_place(row, now, longest))
    return found


def _place(row: SigningKey, now: datetime, longest: int) -> Place:
    until = None
    if row.state == State.ACTIVE:
        until = now + timedelta(seconds=longest)
    elif row.state == State.RETIRING and row.retired:
        until = row.retired + timedelta(seconds=longest)
    last = State.REVOKED if row.state == State.REVOKED else State.GONE
    times = ((State.NEXT, row.created), (State.ACTIVE, row.activated), (State.RETIRING, row.retired), (last, row.gone))
    lifetime = timedelta(seconds=settings.KEY_LIFETIME)
    return Place(
        key=row,
        steps=[Step(state.value, time, row.state == state) for state, time in times],
        days=(now - row.created).days,
        ready=ready_at(row) if row.state == State.NEXT else None,
        is_overdue=row.state == State.ACTIVE and row.activated is not None and now - row.activated > lifetime,
        tokens_until=until,
    )


@dataclass(frozen=True, slots=True)
class Dependents:
    """Who needs tokens of an algorithm: the APIs whose access tokens are JWTs, the clients with their ID tokens."""

    audiences: list[Audience]
    clients: list[Client]
    is_cut: bool


def dependents(issuer: Issuer, algorithm: str) -> Dependents:
    """The first few of each by name. Two statements."""
    jwts = issuer.audiences.filter(token_format=Audience.TokenFormat.JWT, algorithm=algorithm).order_by("name")
    audiences, clients = (
        list(jwts[: _DEPENDENTS + 1]),
        list(issuer.clients.filter(algorithm=algorithm, enabled=True).order_by("pk")[: _DEPENDENTS + 1]),
    )
    is_cut = max(len(audiences), len(clients)) > _DEPENDENTS
    return Dependents(audiences[:_DEPENDENTS], clients[:_DEPENDENTS], is_cut)


def ready_at(row: SigningKey) -> datetime:
    """When every client that keeps the JWKS for its time will know a key."""
    return row.created + timedelta(seconds=settings.KEY_PUBLICATION)


@transaction.atomic
def make(issuer: Issuer, algorithm: str) -> list[SigningKey]:
    """The first keys of an algorithm: one that signs now, one that is published for later; those that are missing."""
    made = []
    for state in (State.ACTIVE, State.NEXT):
        if issuer.keys.filter(algorithm=algorithm, state=state).exists():
            continue
        row = store.make(issuer, algorithm, state)
        row.activated = clock.now() if state == State.ACTIVE else None
        row.save()
        audit.record(Event.KEY_CREATED, issuer=issuer, target=row.kid)
        made.append(row)
    return made


def rotate(issuer: Issuer, algorithm: str, *, force: bool = False, reason: str = "") -> SigningKey:
    """Put the next key in the place of the active one. Raises `NotPublishedLongEnough`."""
    made = rotation.rotate(issuer, algorithm, force=force)
    audit.record(Event.KEY_ROTATED, issuer=issuer, target=made.kid, reason=reason or ("forced" if force else ""))
    return made


@transaction.atomic
def revoke(row: SigningKey, reason: str = "") -> None:
    """Take a key out of use at once: nothing that it signed is valid any more. One that signs or comes next is replaced."""
    row = SigningKey.objects.select_related("issuer").select_for_update(of=("self",)).get(pk=row.pk)
    if row.state == State.REVOKED:
        return
    before = row.state
    if before == State.ACTIVE:
        rotation.rotate(row.issuer, row.algorithm, force=True)
    SigningKey.objects.filter(pk=row.pk).update(state=State.REVOKED, gone=clock.now(), sealed="")
    if before == State.NEXT:
        rotation.provide(row.issuer)
    audit.record(
        Event.KEY_REVOKED, issuer=row.issuer, target=row.kid, reason=reason, changes={"state": [before, State.REVOKED]}
    )
