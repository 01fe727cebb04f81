"""The invariants I1 to I8, read from a journal of what clients were told and from the tables.

I1 a code gives at most one token response and one live grant · I2 after a replay nothing of the family is active · I3 what was ended is
never active again · I4 live lineages of a grant ≤ 1 · I5 nothing that was granted grows · I6 no token that nobody was told of · I7 nothing
of one client or person is another's · I8 what works once works once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F

from oauth_server import digest
from oauth_server.digest import Kind
from oauth_server.models import AccessToken, Authorization, AuthorizationCode, RefreshToken, Replay
from oauth_server.tokens import lookup, opaque

Body = dict[str, Any]
# SQLite takes so many parameters at least
AT_ONCE = 500
STORED: dict[str, tuple[Any, str, Kind]] = {
    opaque.ACCESS_TOKEN: (AccessToken, "token_checksum", Kind.ACCESS_TOKEN),
    opaque.REFRESH_TOKEN: (RefreshToken, "token_checksum", Kind.REFRESH_TOKEN),
    opaque.AUTHORIZATION_CODE: (AuthorizationCode, "code", Kind.AUTHORIZATION_CODE),
}


@dataclass
class Journal:
    """`codes`, `refreshes`: the token responses that each value brought; `own`: those that no credential was spent for.

    A refresh token that the test made itself is a key of `refreshes`.
    `ended`: values that may never be active again, and why. `unanswered`: requests whose answer never came: each may have stored a pair.
    """

    codes: dict[str, list[Body]] = field(default_factory=lambda: defaultdict(list))
    refreshes: dict[str, list[Body]] = field(default_factory=lambda: defaultdict(list))
    own: list[Body] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)
    unanswered: int = 0

    def bodies(self) -> Iterator[Body]:
        for spent in (self.codes, self.refreshes):
            for bodies in spent.values():
                yield from bodies
        yield from self.own

    def told(self, name: str) -> set[str]:
        return {body[name] for body in self.bodies() if name in body}


def problems(journal: Journal) -> list[str]:
    """What is wrong; empty when all of it holds."""
    return [*_of_clients(journal), *_of_ended(journal), *_of_tables(), *_orphans(journal)]


def _of_clients(journal: Journal) -> Iterator[str]:
    for code, bodies in journal.codes.items():
        if len(bodies) > 1:
            yield f"I1: {len(bodies)} token responses for the code {code}"
    for token, bodies in journal.refreshes.items():
        if len({body["refresh_token"] for body in bodies}) > 1:
            yield f"I4: several successors of {token}"


def _of_ended(journal: Journal) -> Iterator[str]:
    for value in active(journal.ended):
        yield f"I2, I3: {value} is active after {journal.ended[value]}"


def active(values: Iterable[str]) -> set[str]:
    """Those of them that may be used. Rows of one kind are read together: a look-up of each takes longer than the race before."""
    found = set()
    kinds: dict[str, list[str]] = defaultdict(list)
    for value in values:
        kinds[next((prefix for prefix in STORED if value.startswith(prefix)), "")].append(value)
    for prefix, ours in kinds.items():
        if prefix:
            found |= _active(ours, *STORED[prefix])
        else:
            found |= {value for value in ours if (known := lookup.find(value)) is not None and known.active}
    return found


def _active(values: list[str], model: Any, column: str, kind: Kind) -> set[str]:
    found = set()
    for some in batched(values, AT_ONCE):
        by_digest = {one: value for value in some for one in digest.candidates(kind, value)}
        rows = model.objects.select_related(*lookup._JOINS).filter(**{f"{column}__in": list(by_digest)})
        found |= {by_digest[getattr(row, column)] for row in rows if not lookup.why(row)}
    return found


def batched(values: list[str], size: int) -> Iterator[list[str]]:
    for first in range(0, len(values), size):
        yield values[first : first + size]


def _of_tables() -> Iterator[str]:
    live = RefreshToken.objects.filter(used_at=None, revoked=None, authorization__revoked_at=None)
    for row in live.values("authorization").annotate(lines=Count("id")).filter(lines__gt=1):
        yield f"I4: {row['lines']} live refresh tokens of {row['authorization']}"
    codes = AuthorizationCode.objects.values("authorization").annotate(codes=Count("id")).filter(codes__gt=1)
    for family in codes:
        yield f"I1: {family['codes']} codes of {family['authorization']}"
    for number in Counter(RefreshToken.objects.exclude(previous=None).values_list("previous", flat=True)).values():
        if number > 1:
            yield f"I4: {number} successors of one refresh token"
    if Replay.objects.values("kind", "value").annotate(times=Count("id")).filter(times__gt=1).exists():
        yield "I8: something was used twice"
    families = {row.pk: row for row in Authorization.objects.all()}
    for model in (AccessToken, RefreshToken, AuthorizationCode):
        for token in model.objects.all():
            yield from _of_row(token, families.get(token.authorization_id))
    stray = RefreshToken.objects.exclude(previous=None).exclude(previous__authorization=F("authorization"))
    if stray.exists():
        yield "I7: a refresh token succeeds one of another family"


def _of_row(token: Any, family: Authorization | None) -> Iterator[str]:
    name = f"{type(token).__name__} {token.pk}"
    if family is None:
        yield f"I6: {name} has no family"
        return
    user_id = family.user_id if isinstance(token, AuthorizationCode) else token.user_id
    if (token.application_id, user_id) != (family.client_id, family.user_id):
        yield f"I7: {name} is of another client or person than its family"
    # the family of a client's own tokens holds their life alone
    if family.user_id is None:
        return
    if not set(token.scope.split()) <= set(family.scope.split()) or not set(token.resource) <= set(family.audiences):
        yield f"I5: {name} has more than its family"


def _orphans(journal: Journal) -> Iterator[str]:
    kinds = ((AccessToken, Kind.ACCESS_TOKEN, "access_token"), (RefreshToken, Kind.REFRESH_TOKEN, "refresh_token"))
    for model, kind, name in kinds:
        known = journal.told(name) | set(journal.refreshes)
        untold = set(model.objects.values_list("token_checksum", flat=True)) - {
            str(digest.digest(kind, value)) for value in known
        }
        if len(untold) > journal.unanswered:
            yield f"I6: {len(untold)} rows of {name}s that nobody was told of, {journal.unanswered} unanswered requests"
