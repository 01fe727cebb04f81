"""What people agreed to. The only reader and writer of `Consent`.

A scope is remembered under the API that it belongs to: one that moves to another API is asked for again. A claim that is asked by
name (OpenID Connect Core 1.0 §5.5) stands among the scopes as `claim,NAME`: no scope has a comma in its name.

Authorization details (RFC 9396) are points as well, `detail,DIGEST`, and are asked with every request: what is allowed on the page is for
this request alone. Only of a type that says so exactly the same details are remembered.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.authorization.request import AuthorizationRequest
from oauth_server.conf import settings
from oauth_server.interaction import challenge
from oauth_server.models import Authorization, Client
from oauth_server.policy import audiences, details, scopes
from oauth_server.policy.detail_types import Detail
from oauth_server.tokens import revoke, told

from .models import Consent

# The row of what belongs to no API
NO_API = ""
_CLAIM = "claim,"
_DETAIL = "detail,"
# So many are remembered of one person and client
_MOST_DETAILS = 100


class Refused(Exception):
    """An answer that does not fit the question. Nothing was stored."""


class Denied(Exception):
    """The answer leaves the client nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a page asks. `apis` are asked for without any scope of theirs; `ticked` is what an earlier answer allowed."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    allowed: tuple[str, ...]
    apis: tuple[str, ...]
    ticked: frozenset[str]

    @property
    def is_open(self) -> bool:
        return bool(self.required or self.optional or self.apis)


@dataclass(frozen=True, slots=True)
class _Memory:
    """What is remembered of one person and one client. `apis`: those with a live row."""

    granted: frozenset[str]
    declined: frozenset[str]
    apis: frozenset[str]


def points(asked: AuthorizationRequest) -> tuple[str, ...]:
    """All that a request asks of a person: its scopes, the claims asked by name that none of them releases, and its details."""
    released = _released(asked, asked.scope)
    claims = (_CLAIM + name for name in asked.claims.about_person if name not in released)
    return (*asked.scope, *claims, *details_of(asked))


def details_of(asked: AuthorizationRequest) -> dict[str, Detail]:
    """The authorization details by their points."""
    return {_point_of(one): one for one in asked.details}


def _point_of(detail: Detail) -> str:
    return _DETAIL + details.name(detail)


def _is_detail(point: str) -> bool:
    return point.startswith(_DETAIL)


def claim_of(point: str) -> str:
    """The claim that a point is about; empty for a scope."""
    return point.removeprefix(_CLAIM) if point.startswith(_CLAIM) else ""


def _released(asked: AuthorizationRequest, scope: Collection[str]) -> frozenset[str]:
    return frozenset(claim for name in scope for claim in asked.reach.scopes[name].claims)


def is_first_party(client: Client) -> bool:
    """Whether the operator answers for everybody. A client that registered itself never gets this (ASVS 5.0 10.4.7)."""
    return client.skip_authorization and client.registration_source == Client.RegistrationSource.MANUAL


def always_asks(asked: AuthorizationRequest) -> bool:
    """OpenID Connect Core 1.0 §3.1.2.1 prompt=consent, and RFC 8252 §8.6.

    Any app on a device can pose as a client without secret whose answers stay on that device: no memory may answer for it.
    """
    is_web = asked.destination.redirect_uri.startswith("https://")
    return "consent" in asked.prompt or (asked.client.is_public and not is_web)


def question(
    asked: AuthorizationRequest, user: Any, *, again: bool = False, here: Collection[str] | None = None
) -> Question:
    """What has to be asked now: what is asked for, less what was granted or declined. `again`: everything.

    `here`: the points that were allowed on the page of this very request.
    """
    memory = _remembered(asked, user, here)
    known = _free(asked) if again else _free(asked) | memory.granted | memory.declined
    everything = points(asked)
    offered = [name for name in everything if name not in known]
    apis = [name for name in bare_apis(asked) if again or name not in memory.apis]
    return Question(
        required=tuple(name for name in offered if _is_required(asked, name)),
        optional=tuple(name for name in offered if not _is_required(asked, name)),
        allowed=tuple(name for name in everything if name not in offered and name not in memory.declined),
        apis=tuple(apis),
        ticked=memory.granted,
    )


def granted(asked: AuthorizationRequest, user: Any) -> tuple[str, ...]:
    """Of the asked scopes those that this person allows."""
    allowed = _remembered(asked, user).granted | _free(asked)
    return tuple(name for name in asked.scope if name in allowed)


def granted_claims(
    asked: AuthorizationRequest, user: Any, scope: Collection[str], here: Collection[str] | None = None
) -> frozenset[str]:
    """The claims that may be told under a granted scope. `here`: the points that were allowed on the page of this very request."""
    memory = _remembered(asked, user)
    allowed = (name for name in points(asked) if name in memory.granted and (here is None or name in here))
    return _released(asked, scope) | frozenset(filter(None, map(claim_of, allowed)))


def granted_details(asked: AuthorizationRequest, user: Any, here: Collection[str] | None = None) -> tuple[Detail, ...]:
    """Of the asked authorization details those that this person allows. `here` as in `question`."""
    allowed = _remembered(asked, user, here).granted
    return tuple(one for point, one in details_of(asked).items() if point in allowed)


def still_granted(asked: AuthorizationRequest, user: Any, here: Collection[str] | None = None) -> tuple[str, ...]:
    """`granted`, inside the transaction that acts on it: who takes it back at this moment waits, or is obeyed. Raises `Refused`."""
    _take_turns(user.pk, asked.client)
    if question(asked, user, here=here).is_open:
        raise Refused("the consent was taken back meanwhile")
    return granted(asked, user)


@transaction.atomic
def allow(asked: AuthorizationRequest, user: Any, ticked: Collection[str], *, again: bool = False) -> tuple[str, ...]:
    """Remember an answer; the points that this request is granted. Raises `Refused` and `Denied`."""
    yes, everything = frozenset(ticked), points(asked)
    _take_turns(user.pk, asked.client)
    put = question(asked, user, again=again)
    if not yes <= set(everything):
        raise Refused("a scope was allowed that was not asked for")
    if not yes >= set(put.required):
        raise Refused("a required scope is missing")
    result = tuple(name for name in everything if name in yes or name in put.allowed)
    if (asked.scope or asked.details) and not result:
        raise Denied
    spoken_of = yes.union(put.required, put.optional)
    for audience in sorted({*(_api_of(asked, name) for name in spoken_of), *put.apis}):
        here = {name for name in spoken_of if _api_of(asked, name) == audience}
        _remember(asked, user, audience, here & yes, here - yes)
    _end_wider(asked, user, frozenset(name for name in spoken_of - yes if not _is_fleeting(asked, name)))
    audit.record(
        Event.CONSENT_GIVEN,
        issuer=asked.issuer,
        client=asked.client,
        user_id=user.pk,
        target=asked.client.client_id,
        changes={"scope": [scopes.join(sorted(put.ticked)), scopes.join(result)]} | _changed_details(asked, result),
    )
    return result


def _changed_details(asked: AuthorizationRequest, allowed: Collection[str]) -> dict[str, list[Any]]:
    """By type and digest: the receipt has the words, and the log nothing that is about the person."""
    told = [f"{one['type']} {point}" for point, one in details_of(asked).items() if point in allowed]
    return {"authorization_details": [None, told]} if told else {}


def deny(asked: AuthorizationRequest, user: Any) -> None:
    """A refusal is not remembered: the next request asks again."""
    audit.record(
        Event.CONSENT_DENIED,
        issuer=asked.issuer,
        client=asked.client,
        user_id=user.pk,
        target=asked.client.client_id,
        reason=scopes.join(asked.scope),
    )


@transaction.atomic
def withdraw(user_id: Any, client: Client, reason: str = "") -> int:
    """Take back everything that a person allows a client, and end all that it holds. Returns how many families ended."""
    now = clock.now()
    _take_turns(user_id, client)
    rows = Consent.objects.filter(user=user_id, client=client, withdrawn_at=None)
    before = sorted({name for row in rows for name in row.scope.split()})
    rows.update(withdrawn_at=now, updated=now)
    ended = revoke.families(Authorization.objects.filter(user=user_id, client=client), reason or "consent withdrawn")
    challenge.forget(user_id, client)
    told.leave(user_id, client)
    audit.record(
        Event.CONSENT_WITHDRAWN,
        issuer=client.issuer,
        client=client,
        user_id=user_id,
        target=client.client_id,
        reason=reason,
        changes={"scope": [scopes.join(before), ""]},
    )
    return ended


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


def _is_fleeting(asked: AuthorizationRequest, point: str) -> bool:
    """Whether the answer is for one request alone."""
    return _is_detail(point) and not asked.reach.details[details_of(asked)[point]["type"]].remember


def _settled(asked: AuthorizationRequest, here: Collection[str] | None, rows: Mapping[str, Consent]) -> _Memory:
    """The details that were answered, on the page of this request or for good; what was taken back since is open again."""
    row = rows.get(NO_API)
    kept = {_point_of(one) for one in row.details} if row is not None else set()
    all_of_them = set(details_of(asked))
    lasting = {point for point in all_of_them if point in kept and not _is_fleeting(asked, point)}
    if here is None:
        return _Memory(frozenset(lasting), frozenset(), frozenset())
    now = {point for point in all_of_them & set(here) if row is not None and _is_fleeting(asked, point)}
    return _Memory(frozenset(lasting & set(here) | now), frozenset(all_of_them - set(here)), frozenset())


def _remembered(asked: AuthorizationRequest, user: Any, here: Collection[str] | None = None) -> _Memory:
    found = live(user).filter(client=asked.client)
    rows = {row.audience: row for row in found if _is_fresh(row, asked.client.consent_not_before)}
    allowed = defaultdict(set, {name: _fresh(asked, row, row.scope) for name, row in rows.items()})
    declined = defaultdict(set, {name: _fresh(asked, row, row.declined) for name, row in rows.items()})
    # what an allowed scope tells need not be allowed once more by its name
    told = _released(asked, [name for names in allowed.values() for name in names if name in asked.reach.scopes])
    answered = _settled(asked, here, rows)
    return _Memory(
        granted=answered.granted.union(
            name for name in points(asked) if name in allowed[_api_of(asked, name)] or claim_of(name) in told
        ),
        declined=answered.declined.union(
            name for name in points(asked) if name in declined[_api_of(asked, name)] and not _is_required(asked, name)
        ),
        apis=frozenset(rows),
    )


def _api_of(asked: AuthorizationRequest, name: str) -> str:
    owner = None if claim_of(name) or _is_detail(name) else asked.reach.scopes[name].audience
    return owner.identifier if owner else NO_API


def _free(asked: AuthorizationRequest) -> frozenset[str]:
    """What the operator gives without asking; not to a stranger's client, of which people learn by the question alone (ASVS 5.0 10.7.1)."""
    if asked.client.is_a_strangers:
        return frozenset()
    return frozenset(name for name in asked.scope if asked.reach.scopes[name].skip_consent)


def _is_required(asked: AuthorizationRequest, name: str) -> bool:
    """All or nothing, unless the client can live with less; of details their type says so."""
    if _is_detail(name):
        return not asked.reach.details[details_of(asked)[name]["type"]].optional
    must = asked.claims.is_essential(claim_of(name)) if claim_of(name) else asked.reach.scopes[name].required
    return must or not asked.client.accepts_fewer_scopes


def bare_apis(asked: AuthorizationRequest) -> tuple[str, ...]:
    """The APIs that are named without any scope of theirs; with neither scope nor API the client itself still needs a yes."""
    beside = details.audiences(asked.details, asked.reach)
    named = audiences.grant(asked.audience, asked.resource, asked.scope, asked.reach, beside)
    covered = {asked.issuer.identifier, *beside, *(_api_of(asked, name) for name in asked.scope)}
    bare = tuple(name for name in named if name not in covered)
    return bare if bare or asked.scope or asked.details else (NO_API,)


def _take_turns(user_id: Any, client: Client) -> None:
    """A write that changes nothing: who answers or withdraws at the same time waits, on SQLite instead of failing later."""
    Consent.objects.filter(user=user_id, client=client).update(client=client)


def _remember(asked: AuthorizationRequest, user: Any, audience: str, yes: set[str], no: set[str]) -> None:
    """Put an answer about some scopes of one API into its row; what it does not speak of, and is still good, stays as it is."""
    now, client = clock.now(), asked.client
    row, made = Consent.objects.select_for_update().get_or_create(
        user_id=user.pk, client=client, audience=audience, defaults={"created": now, "updated": now}
    )
    if not made and not (is_live(row) and _is_fresh(row, client.consent_not_before)):
        row.scope, row.declined, row.details, row.created = "", "", [], now
    row.details = _kept_details(asked, row.details, yes, no)
    yes, no = ({name for name in names if not _is_detail(name)} for names in (yes, no))
    row.scope = scopes.join(sorted((_fresh(asked, row, row.scope) - no) | yes))
    row.declined = scopes.join(sorted((_fresh(asked, row, row.declined) - yes) | no))
    row.updated, row.withdrawn_at = now, None
    row.expires_at = until(now)
    row.save()


def _kept_details(asked: AuthorizationRequest, before: list[Any], yes: set[str], no: set[str]) -> list[Any]:
    """The latest last; what is not remembered is in no list."""
    named = details_of(asked)
    new = [dict(named[point]) for point in named if point in yes and not _is_fleeting(asked, point)]
    return [*(one for one in before if _point_of(one) not in yes | no), *new][-_MOST_DETAILS:]


def _end_wider(asked: AuthorizationRequest, user: Any, lost: frozenset[str]) -> None:
    """End every family that holds what the person does not allow any more, also as a part of what it holds (RFC 9396 §7.1)."""
    if not lost:
        return
    gone = [one for point, one in details_of(asked).items() if point in lost]
    rows = Authorization.objects.filter(user=user.pk, client=asked.client, revoked_at=None)
    wider = [
        pk
        for pk, scope, claims, held in rows.values_list("pk", "scope", "claims", "details")
        if lost & {*scope.split(), *_points_of(claims)} or details.are_among(gone, held, user)
    ]
    revoke.families(Authorization.objects.filter(pk__in=wider), "consent narrowed")


def _points_of(claims: dict[str, dict[str, Any]]) -> set[str]:
    """The points of the claims that a family was made with."""
    return {_CLAIM + name for each in claims.values() for name in each}
