"""Hooks and signals: what a project adds to claims, what it has to say about tokens, and what it hears of."""

from collections.abc import Collection
from typing import Any, TypedDict
from uuid import UUID

from oauth_server.errors import AccessDenied
from oauth_server.models import Client, Issuer
from oauth_server.policy.issuing import Asked
from oauth_server.signals import family_revoked

ended: list[UUID] = []


class Shop(TypedDict, total=False):
    favourite: str


def claims(user: Any, client: Client, scope: frozenset[str]) -> Shop:
    return {"favourite": "bread"} if "profile" in scope else {}


def who_may(user: Any, issuer: Issuer) -> bool:
    return not str(user.email).endswith("@rival.example")


def token_policy(asked: Asked) -> Collection[str]:
    """At night nobody writes; one client gets nothing at all."""
    if asked.client.name == "Rival":
        raise AccessDenied(reason="a rival")
    return [scope for scope in asked.scopes if not scope.endswith(":write")]


@family_revoked.receiver
def forget(sender: Any, *, authorization_id: UUID, reason: str, **kwargs: Any) -> None:
    ended.append(authorization_id)
