"""What a request asks of a person, point by point: its scopes, and as points of their own what no scope stands for.

A claim that is asked by name (OpenID Connect Core 1.0 §5.5) is `claim,NAME`: no scope has a comma in its name. Authorization details
(RFC 9396) are `detail,DIGEST`.
"""

from collections.abc import Collection
from typing import Any

from oauth_server.authorization.request import AuthorizationRequest
from oauth_server.policy import audiences, details
from oauth_server.policy.detail_types import Detail

# What belongs to no API
NO_API = ""
_CLAIM = "claim,"
_DETAIL = "detail,"


def of(asked: AuthorizationRequest) -> tuple[str, ...]:
    """All that a request asks of a person: its scopes, the claims asked by name that none of them releases, and its details."""
    told = released(asked, asked.scope)
    claims = (_CLAIM + name for name in asked.claims.about_person if name not in told)
    return (*asked.scope, *claims, *details_of(asked))


def details_of(asked: AuthorizationRequest) -> dict[str, Detail]:
    """The authorization details by their points."""
    return {_DETAIL + name: one for name, one in asked.named_details.items()}


def of_detail(detail: Detail) -> str:
    return _DETAIL + details.name(detail)


def is_detail(point: str) -> bool:
    return point.startswith(_DETAIL)


def claim_of(point: str) -> str:
    """The claim that a point is about; empty for a scope."""
    return point.removeprefix(_CLAIM) if point.startswith(_CLAIM) else ""


def of_claims(claims: dict[str, dict[str, Any]]) -> set[str]:
    """The points of the claims that a family was made with."""
    return {_CLAIM + name for each in claims.values() for name in each}


def released(asked: AuthorizationRequest, scope: Collection[str]) -> frozenset[str]:
    return frozenset(claim for name in scope for claim in asked.reach.scopes[name].claims)


def api_of(asked: AuthorizationRequest, name: str) -> str:
    owner = None if claim_of(name) or is_detail(name) else asked.reach.scopes[name].audience
    return owner.identifier if owner else NO_API


def bare_apis(asked: AuthorizationRequest) -> tuple[str, ...]:
    """The APIs that are named without any scope of theirs; with neither scope nor API the client itself still needs a yes."""
    beside = details.audiences(asked.details, asked.reach)
    named = audiences.grant(asked.audience, asked.resource, asked.scope, asked.reach, beside)
    covered = {asked.issuer.identifier, *beside, *(api_of(asked, name) for name in asked.scope)}
    bare = tuple(name for name in named if name not in covered)
    return bare if bare or asked.scope or asked.details else (NO_API,)


def free(asked: AuthorizationRequest) -> frozenset[str]:
    """What the operator gives without asking; not to a stranger's client, of which people learn by the question alone (ASVS 5.0 10.7.1)."""
    if asked.client.is_a_strangers:
        return frozenset()
    return frozenset(name for name in asked.scope if asked.reach.scopes[name].skip_consent)


def is_required(asked: AuthorizationRequest, name: str) -> bool:
    """All or nothing, unless the client can live with less; of details their type says so."""
    if is_detail(name):
        return not asked.reach.details[details_of(asked)[name]["type"]].optional
    must = asked.claims.is_essential(claim_of(name)) if claim_of(name) else asked.reach.scopes[name].required
    return must or not asked.client.accepts_fewer_scopes


def is_fleeting(asked: AuthorizationRequest, point: str) -> bool:
    """Whether the answer is for one request alone."""
    return is_detail(point) and not asked.reach.details[details_of(asked)[point]["type"]].remember
