"""What is asked of a person, what the answer allows, and what ends with it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.authorization.request import AuthorizationRequest
from oauth_server.interaction import challenge
from oauth_server.models import Authorization, Client
from oauth_server.policy import details, scopes
from oauth_server.policy.detail_types import Detail
from oauth_server.tokens import revoke, told

from . import memory, points


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
    answers = memory.of(asked, user, here)
    known = points.free(asked) if again else points.free(asked) | answers.granted | answers.declined
    everything = points.of(asked)
    offered = [name for name in everything if name not in known]
    apis = [name for name in points.bare_apis(asked) if again or name not in answers.apis]
    return Question(
        required=tuple(name for name in offered if points.is_required(asked, name)),
        optional=tuple(name for name in offered if not points.is_required(asked, name)),
        allowed=tuple(name for name in everything if name not in offered and name not in answers.declined),
        apis=tuple(apis),
        ticked=answers.granted,
    )


def granted(asked: AuthorizationRequest, user: Any) -> tuple[str, ...]:
    """Of the asked scopes those that this person allows."""
    allowed = memory.of(asked, user).granted | points.free(asked)
    return tuple(name for name in asked.scope if name in allowed)


def granted_claims(
    asked: AuthorizationRequest, user: Any, scope: Collection[str], here: Collection[str] | None = None
) -> frozenset[str]:
    """The claims that may be told under a granted scope. `here`: the points that were allowed on the page of this very request."""
    yes = memory.of(asked, user).granted
    allowed = (name for name in points.of(asked) if name in yes and (here is None or name in here))
    return points.released(asked, scope) | frozenset(filter(None, map(points.claim_of, allowed)))


def granted_details(asked: AuthorizationRequest, user: Any, here: Collection[str] | None = None) -> tuple[Detail, ...]:
    """Of the asked authorization details those that this person allows. `here` as in `question`."""
    allowed = memory.of(asked, user, here).granted
    return tuple(one for point, one in points.details_of(asked).items() if point in allowed)


def still_granted(asked: AuthorizationRequest, user: Any, here: Collection[str] | None = None) -> tuple[str, ...]:
    """`granted`, inside the transaction that acts on it: who takes it back at this moment waits, or is obeyed. Raises `Refused`."""
    memory.take_turns(user.pk, asked.client)
    if question(asked, user, here=here).is_open:
        raise Refused("the consent was taken back meanwhile")
    return granted(asked, user)


@transaction.atomic
def allow(asked: AuthorizationRequest, user: Any, ticked: Collection[str], *, again: bool = False) -> tuple[str, ...]:
    """Remember an answer; the points that this request is granted. Raises `Refused` and `Denied`."""
    yes, everything = frozenset(ticked), points.of(asked)
    memory.take_turns(user.pk, asked.client)
    put = question(asked, user, again=again)
    if not yes <= set(everything):
        raise Refused("a scope was allowed that was not asked for")
    if not yes >= set(put.required):
        raise Refused("a required scope is missing")
    result = tuple(name for name in everything if name in yes or name in put.allowed)
    if (asked.scope or asked.details) and not result:
        raise Denied
    spoken_of = yes.union(put.required, put.optional)
    for audience in sorted({*(points.api_of(asked, name) for name in spoken_of), *put.apis}):
        here = {name for name in spoken_of if points.api_of(asked, name) == audience}
        memory.keep(asked, user, audience, here & yes, here - yes)
    _end_wider(asked, user, frozenset(name for name in spoken_of - yes if not points.is_fleeting(asked, name)))
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
    told = [f"{one['type']} {point}" for point, one in points.details_of(asked).items() if point in allowed]
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
    memory.take_turns(user_id, client)
    before = memory.take_back(user_id, client)
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
        changes={"scope": [scopes.join(sorted(before)), ""]},
    )
    return ended


def _end_wider(asked: AuthorizationRequest, user: Any, lost: frozenset[str]) -> None:
    """End every family that holds what the person does not allow any more, also as a part of what it holds (RFC 9396 §7.1)."""
    if not lost:
        return
    gone = details.forms([one for point, one in points.details_of(asked).items() if point in lost], user)
    rows = Authorization.objects.filter(user=user.pk, client=asked.client, revoked_at=None)
    wider = [
        pk
        for pk, scope, claims, held in rows.values_list("pk", "scope", "claims", "details")
        if lost & {*scope.split(), *points.of_claims(claims)} or details.are_among(gone, held)
    ]
    revoke.families(Authorization.objects.filter(pk__in=wider), "consent narrowed")
