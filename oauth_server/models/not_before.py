"""What was ended before a time for an API or a scope, whoever holds it: asked by every look-up, and free where nothing was.

The copy is one of the issuer's version, which the statement of the look-up brings along or proves: no look-up is ever behind.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import CharField, Value

from oauth_server.copies import Copies
from oauth_server.models.audience import Audience
from oauth_server.models.scope import Scope
from oauth_server.values import value


@value(frozen=True, slots=True)
class Limits:
    """By identifier of the API, and by name of the scope: what was born before is dead."""

    audiences: Mapping[str, datetime]
    scopes: Mapping[str, datetime]

    def __bool__(self) -> bool:
        return bool(self.audiences or self.scopes)

    def latest(self) -> datetime | None:
        return max((*self.audiences.values(), *self.scopes.values()), default=None)


_copies: "Copies[tuple[UUID, int], Limits]" = Copies()


def limits(issuer_id: UUID, version: int) -> Limits:
    """Those of an issuer as of its version."""
    return _copies.get((issuer_id, version), lambda: _load(issuer_id))


def _load(issuer_id: UUID) -> Limits:
    """One statement."""
    audiences = Audience.objects.filter(issuer=issuer_id, tokens_not_before__isnull=False).order_by()
    scopes = Scope.objects.filter(issuer=issuer_id, tokens_not_before__isnull=False).order_by()
    rows = audiences.values_list(Value("a", CharField()), "identifier", "tokens_not_before").union(
        scopes.values_list(Value("s", CharField()), "name", "tokens_not_before"), all=True
    )
    found: dict[str, dict[str, datetime]] = {"a": {}, "s": {}}
    for kind, name, time in rows:
        found[kind][name] = time
    return Limits(found["a"], found["s"])


def is_ended(known: Limits, born: datetime, scope: str, audiences: Iterable[str]) -> bool:
    """Whether what was born then, and may reach these APIs with this scope, was ended since."""
    if not known:
        return False
    return any(_is_before(born, known.audiences.get(name)) for name in audiences) or any(
        _is_before(born, known.scopes.get(name)) for name in scope.split()
    )


def _is_before(born: datetime, limit: datetime | None) -> bool:
    return limit is not None and born < limit
