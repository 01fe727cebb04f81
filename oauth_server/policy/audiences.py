"""RFC 8707 Resource Indicators: which APIs a token is for. `audience` is Ory's parameter for the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from oauth_server.conf import settings
from oauth_server.errors import InvalidTarget
from oauth_server.models import Audience
from oauth_server.policy.reach import Reach
from oauth_server.policy.scopes import OPENID

# What a reach gives for a few names is the same as long as the process keeps that copy of it; every name in a key has been checked
_REMEMBERED = 2_000


@dataclass(frozen=True, slots=True)
class Target:
    """What one access token is for, and how it is made for that. `identifiers` is its `aud` and never empty."""

    identifiers: tuple[str, ...]
    token_format: str
    algorithm: str
    lifetime: int


def grant(
    audience: Sequence[str],
    resource: Sequence[str],
    scopes: Iterable[str],
    reach: Reach,
    details: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """The audiences of a family: the asked ones, else those that own the scopes, else the client's only one, else the issuer.

    `details`: the APIs of the authorization details, which are there whatever else was asked (RFC 9396 §3.2).

    The issuer is added where `openid` was granted and no `resource` was named: such a token opens UserInfo too. One that is bound by
    `resource` does so only if it names the issuer, so that an API cannot read the person's claims with a token that it received.
    Raises `InvalidTarget`.
    """
    names = _split(audience, resource) if audience or resource else ()
    for name in names:
        if name != reach.issuer and name not in reach.audiences:
            raise InvalidTarget(reason=f"audience {name!r} is unknown or not among the client's")
    scopes = tuple(scopes)
    if not names:
        names = _implied(scopes, reach, bool(details))
    if details:
        names = tuple(dict.fromkeys([*names, *details]))
    if OPENID in scopes and not resource and reach.issuer not in names:
        names = (*names, reach.issuer)
    return names


def _split(audience: Sequence[str], resource: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*(name for value in audience for name in value.split(" ") if name), *resource]))


@lru_cache(maxsize=_REMEMBERED)
def _implied(scopes: tuple[str, ...], reach: Reach, others: bool) -> tuple[str, ...]:
    """`others`: there are some already, so a token without any scope's API needs none."""
    owners = (reach.scopes[name].audience for name in scopes if name in reach.scopes)
    names = tuple(dict.fromkeys(owner.identifier for owner in owners if owner))
    if others:
        return names
    if not names and len(reach.listed) == 1:
        names = reach.listed
    return names or (reach.issuer,)


def narrow(resource: Sequence[str], granted: Iterable[str]) -> tuple[str, ...]:
    """RFC 8707 §2.2: a token for a part of what was granted, never for nothing. Raises `InvalidTarget`."""
    granted = tuple(granted)
    names = tuple(dict.fromkeys(name for value in resource for name in value.split(" ") if name))
    if not set(names) <= set(granted):
        raise InvalidTarget("The resource is not among those that were granted.")
    return names or granted


def target(identifiers: tuple[str, ...], reach: Reach, lifetime: int | None = None) -> Target:
    """How to make one access token for these. `lifetime`: the client's own. Raises `InvalidTarget` when they do not share a format."""
    return _target(identifiers, reach, lifetime or settings.ACCESS_TOKEN_LIFETIME)


@lru_cache(maxsize=_REMEMBERED)
def _target(identifiers: tuple[str, ...], reach: Reach, lifetime: int) -> Target:
    rows = [reach.audiences[name] for name in identifiers if name in reach.audiences]
    missing = [name for name in identifiers if name not in reach.audiences and name != reach.issuer]
    if missing:
        raise InvalidTarget(reason=f"audience {missing[0]!r} is no longer among the client's")
    if len({(row.token_format, row.algorithm if row.token_format == "jwt" else "") for row in rows}) > 1:
        raise InvalidTarget("These APIs take tokens of different formats; name one by resource.")
    token_format = rows[0].token_format if rows else Audience.TokenFormat.OPAQUE
    algorithm = rows[0].algorithm if rows else Audience.Algorithm.ES256
    lifetimes = [row.access_token_lifetime for row in rows if row.access_token_lifetime]
    return Target(identifiers, token_format, algorithm, min([*lifetimes, lifetime]))


def scopes_at(scopes: Iterable[str], identifiers: Iterable[str], reach: Reach) -> tuple[str, ...]:
    """RFC 8707 §2.2: of the granted scopes those that mean something at these audiences."""
    return _scopes_at(tuple(scopes), tuple(identifiers), reach)


@lru_cache(maxsize=_REMEMBERED)
def _scopes_at(scopes: tuple[str, ...], identifiers: tuple[str, ...], reach: Reach) -> tuple[str, ...]:
    return tuple(
        name
        for name in scopes
        if name in reach.scopes and ((owner := reach.scopes[name].audience) is None or owner.identifier in identifiers)
    )
