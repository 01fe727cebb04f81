"""Revoking by client, person, both, API, scope, key, or everything of an issuer before a time (RFC 7009 §2.1: with all that hangs on it).

A client, an API, a scope, an issuer: one row is changed however much there is. A person's families are ended in batches, each by one
statement and in a transaction of its own; whoever is interrupted begins again and goes on where it stopped.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.deeds import key as key_deed
from oauth_server.models import Audience, Authorization, Client, Issuer, Scope, SigningKey
from oauth_server.policy import roles
from oauth_server.tokens import revoke


class What(StrEnum):
    """What is named, and with it all that it stands for."""

    FAMILY = "family"
    CLIENT = "client"
    PERSON = "person"
    CLIENT_OF_PERSON = "client_person"
    AUDIENCE = "audience"
    SCOPE = "scope"
    KEY = "key"
    ISSUER = "issuer"


# what is named → the permission that it takes
ACTS: dict[What, str] = {
    What.FAMILY: "oauth_server.delete_authorization",
    What.CLIENT: roles.REVOKE_TOKENS,
    What.PERSON: roles.REVOKE_TOKENS,
    What.CLIENT_OF_PERSON: roles.REVOKE_TOKENS,
    What.AUDIENCE: roles.REVOKE_TOKENS,
    What.SCOPE: roles.REVOKE_TOKENS,
    What.KEY: roles.REVOKE_KEYS,
    What.ISSUER: roles.SWITCH_INCIDENT,
}
# A person's families end one by one, and a key signs for all of them: what came since a time cannot be told apart
TIMED = (What.CLIENT, What.PERSON, What.CLIENT_OF_PERSON, What.AUDIENCE, What.SCOPE, What.ISSUER)
# Those whose families are ended as rows, in batches
_BY_ROWS = (What.PERSON, What.CLIENT_OF_PERSON)


class NotFound(Exception):
    """Nothing has this name; the message says what was looked for."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be revoked. `before`: families born later stay."""

    what: What
    before: datetime
    issuer: Issuer | None = None
    family: Authorization | None = None
    client: Client | None = None
    person: Any = None
    audience: Audience | None = None
    scope: Scope | None = None
    key: SigningKey | None = None

    @property
    def name(self) -> str:
        """What an operator types to confirm."""
        if self.what == What.FAMILY and self.family:
            return str(self.family.pk)
        if self.what == What.PERSON:
            return str(self.person.get_username())
        if self.what in (What.CLIENT, What.CLIENT_OF_PERSON) and self.client:
            return self.client.client_id
        named: Any = self.audience or self.scope or self.key or self.issuer
        return str(getattr(named, _NAMED_BY[self.what]))

    @property
    def is_mass(self) -> bool:
        """Whether it is more than one authorization of one client for one person."""
        return self.what != What.FAMILY


_NAMED_BY = {What.AUDIENCE: "identifier", What.SCOPE: "name", What.KEY: "kid", What.ISSUER: "identifier"}


def families(target: Target) -> "QuerySet[Authorization]":
    """The living families that a revocation ends, or for a key those that may hold what it signed."""
    return _HITS[target.what](living().filter(created__lt=target.before), target)


def living() -> "QuerySet[Authorization]":
    """Families that nobody has ended, neither themselves nor with all of their client or issuer."""
    return Authorization.objects.filter(
        Q(client__tokens_not_before=None) | Q(created__gte=F("client__tokens_not_before")),
        Q(client__issuer__tokens_not_before=None) | Q(created__gte=F("client__issuer__tokens_not_before")),
        revoked_at=None,
        expires_at__gt=clock.now(),
    )


def _of_audience(rows: "QuerySet[Any]", target: Target) -> "QuerySet[Any]":
    audience: Any = target.audience
    rows = rows.filter(client__issuer=audience.issuer_id)
    return since(reaching(rows, "audiences", [audience.identifier]), audience)


def _of_scope(rows: "QuerySet[Any]", target: Target) -> "QuerySet[Any]":
    scope: Any = target.scope
    return since(having(rows.filter(client__issuer=scope.issuer_id), scope.name), scope)


def _of_key(rows: "QuerySet[Any]", target: Target) -> "QuerySet[Any]":
    key: Any = target.key
    return reaching(rows.filter(client__issuer=key.issuer_id), "audiences", signed_audiences(key.issuer, key.algorithm))


_HITS: "dict[What, Callable[[QuerySet[Any], Target], QuerySet[Any]]]" = {
    What.FAMILY: lambda rows, target: rows.filter(pk=target.family.pk if target.family else None),
    What.CLIENT: lambda rows, target: rows.filter(client=target.client),
    What.PERSON: lambda rows, target: rows.filter(user=target.person),
    What.CLIENT_OF_PERSON: lambda rows, target: rows.filter(client=target.client, user=target.person),
    What.AUDIENCE: _of_audience,
    What.SCOPE: _of_scope,
    What.KEY: _of_key,
    What.ISSUER: lambda rows, target: rows.filter(client__issuer=target.issuer),
}


def signed_audiences(issuer: Any, algorithm: str = "") -> list[str]:
    """The APIs whose tokens are JWTs, of one algorithm or of all."""
    rows = Audience.objects.filter(issuer=issuer, token_format=Audience.TokenFormat.JWT)
    rows = rows.filter(algorithm=algorithm) if algorithm else rows
    return list(rows.values_list("identifier", flat=True))


def reaching(rows: "QuerySet[Any]", column: str, identifiers: list[str]) -> "QuerySet[Any]":
    """Rows whose list of APIs, as its JSON text, holds one of these. An identifier has neither quotes nor backslashes."""
    wanted = Q(pk__in=[])
    for identifier in identifiers:
        wanted |= Q(_apis__contains=f'"{identifier}"')
    found: QuerySet[Any] = rows.alias(_apis=Cast(column, TextField())).filter(wanted)
    return found


def having(rows: "QuerySet[Any]", name: str) -> "QuerySet[Any]":
    """Rows with a scope among theirs."""
    padded = Concat(Value(" "), "scope", Value(" "), output_field=TextField())
    found: QuerySet[Any] = rows.alias(_scopes=padded).filter(_scopes__contains=f" {name} ")
    return found


def since(rows: "QuerySet[Any]", owner: Any) -> "QuerySet[Any]":
    """Without what an earlier revocation of the same API or scope has ended already."""
    return rows.filter(created__gte=owner.tokens_not_before) if owner.tokens_not_before else rows


@dataclass(frozen=True, slots=True)
class Progress:
    """How many families this call ended where they are rows, and whether others are left."""

    ended: int = 0
    is_over: bool = True


# So long one call goes on with the next batch
SECONDS = 2.0


def run(target: Target, reason: str) -> Progress:
    """Revoke. Large sets of rows take several calls, each of about SECONDS; a call that is lost has lost nothing."""
    if target.what not in _BY_ROWS:
        _at_once(target, reason)
        return Progress()
    if target.what == What.PERSON:
        revoke.sessions(target.person.pk, reason, target.before)
    end, ended, rows = time.monotonic() + SECONDS, 0, families(target)
    while some := revoke.batch(rows, reason):
        ended += some
        if some < revoke.BATCH or time.monotonic() >= end:
            break
    is_over = not rows.exists()
    audit.record(
        Event.TOKENS_REVOKED,
        issuer=target.client.issuer if target.client else None,
        client=target.client,
        user_id=target.person.pk,
        target=f"{target.what} {target.name}",
        reason=reason,
        changes={"authorizations": [ended, 0], "before": [None, target.before.isoformat()]},
    )
    return Progress(ended, is_over)


@transaction.atomic
def _at_once(target: Target, reason: str) -> None:
    if target.what == What.FAMILY and target.family:
        revoke.family(target.family.pk, reason)
    elif target.what == What.CLIENT and target.client:
        revoke.client(target.client, reason, target.before)
    elif target.what == What.KEY and target.key:
        key_deed.revoke(target.key, reason)
    elif target.what == What.ISSUER and target.issuer:
        revoke.issuer_before(target.issuer, target.before, reason)
    elif (owner := target.audience or target.scope) is not None:
        revoke.everything_for(owner, reason, target.before)


# From names to what they name


def target(what: str, *, before: datetime | None = None, **names: str) -> Target:
    """`names`: family, client, person, audience, scope, key, issuer; empty ones count as not given. Raises `NotFound`."""
    kind = What(what)
    now = clock.now()
    time = min(before, now) if before and kind in TIMED else now
    found: dict[str, Any] = {"what": kind, "before": time}
    if kind in (What.AUDIENCE, What.SCOPE, What.ISSUER):
        found["issuer"] = issuer(names.get("issuer", ""))
    for noun in _NOUNS[kind]:
        found[noun] = _FIND[noun](names.get(noun, "").strip(), found.get("issuer"))
        if found[noun] is None:
            raise NotFound(noun)
    if kind != What.ISSUER and (owner := found.get("client") or found.get("key")):
        found["issuer"] = owner.issuer
    return Target(**found)


_NOUNS: dict[What, tuple[str, ...]] = {
    What.FAMILY: ("family",),
    What.CLIENT: ("client",),
    What.PERSON: ("person",),
    What.CLIENT_OF_PERSON: ("client", "person"),
    What.AUDIENCE: ("audience",),
    What.SCOPE: ("scope",),
    What.KEY: ("key",),
    What.ISSUER: (),
}


def issuer(name: str) -> Issuer:
    """By URL or slug; the first one without a name. Raises `NotFound`."""
    for row in Issuer.objects.order_by("created"):
        if (not name and row.is_first) or (name and name.rstrip("/") in (row.identifier, row.slug or None)):
            return row
    raise NotFound("issuer")


def person(name: str) -> Any:
    """By sign-in name, or by key."""
    users = get_user_model()
    wanted = Q(**{users.USERNAME_FIELD: name})
    with suppress(ValidationError):
        wanted |= Q(pk=users._meta.pk.to_python(name))
    return users._default_manager.filter(wanted).first() if name and "\x00" not in name else None


def _family(name: str, within: Issuer | None) -> Authorization | None:
    try:
        pk = UUID(name)
    except ValueError:
        return None
    return Authorization.objects.select_related("client__issuer", "user").filter(pk=pk).first()


def _within(model: Any, column: str) -> "Callable[[str, Issuer | None], Any]":
    """Looks up by a name, in the issuer where one is given."""

    def find(name: str, within: Issuer | None) -> Any:
        if not name or "\x00" in name:
            return None
        rows = model.objects.select_related("issuer").filter(**{column: name})
        return (rows.filter(issuer=within) if within else rows).first()

    return find


_FIND: dict[str, Callable[[str, Issuer | None], Any]] = {
    "family": _family,
    "client": _within(Client, "client_id"),
    "person": lambda name, within: person(name),
    "audience": _within(Audience, "identifier"),
    "scope": _within(Scope, "name"),
    "key": _within(SigningKey, "kid"),
}
