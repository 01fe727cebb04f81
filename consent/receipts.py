"""A receipt for each answer: what a person allowed, to whom, for how long and when, in the words that they read."""

import hashlib
import json
from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language

from oauth_server import clock
from oauth_server.authorization.request import AuthorizationRequest

from . import memory, page, points
from .models import Receipt
from .words import Group


def write(asked: AuthorizationRequest, user: Any, allowed: Collection[str]) -> Receipt:
    """In the transaction that remembers the answer. `allowed`: the points that `decision.allow` gave."""
    client, now = asked.client, clock.now()
    groups = [_group(each) for each in page.given(asked, allowed)]
    until = memory.until(now)
    return Receipt.objects.create(
        user=user,
        client_id=client.client_id,
        at=now,
        texts=_version(groups),
        document={
            "issuer": asked.issuer.identifier,
            "app": {
                "client_id": client.client_id,
                "name": str(client),
                "domain": client.domain,
                "publisher": client.publisher if client.verified else "",
                "verified": client.verified,
            },
            "allowed": groups,
            "declined": [_called(asked, name) for name in points.of(asked) if name not in allowed],
            "until": until.isoformat() if until else None,
            "language": get_language() or "",
        },
    )


def of(user: Any) -> "QuerySet[Receipt]":
    """The latest first."""
    return Receipt.objects.filter(user=user.pk).order_by("-at", "pk")


def _group(group: Group) -> dict[str, Any]:
    return {
        "title": str(group.title),
        "api": group.identifier,
        "points": [
            {
                "name": point.name,
                "title": str(point.title),
                "description": str(point.description),
                "sensitive": point.sensitive,
                **({"lines": [[label, list(values)] for label, values in point.lines]} if point.lines else {}),
            }
            for point in group.points
        ],
    }


def _called(asked: AuthorizationRequest, point: str) -> str:
    """A point as people know it: of authorization details their type."""
    detail = points.details_of(asked).get(point)
    return point if detail is None else str(detail["type"])


def _version(groups: list[dict[str, Any]]) -> str:
    text = json.dumps(groups, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
