"""Ory Hydra's challenges and verifiers: asked once, answered once, and the answer counts in the browser that asked, once.

The verifier is what keeps apart the browser in which somebody answered from the one of whoever sent them the question: only the app
gives it, to the browser that it spoke with. Both begin with the handle of the interaction that they belong to.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from oauth_server import clock, digest
from oauth_server.conf import settings
from oauth_server.digest import Kind
from oauth_server.models import Challenge, Client, Interaction, Issuer

HANDLE = 43
_RANDOM = 16
# What is remembered "for ever"
_EVER = timedelta(days=36_500)


class Unknown(Exception):
    """There is no such challenge here, or it is over."""


class Used(Exception):
    """It was answered before."""

    def __init__(self, row: Challenge) -> None:
        self.row = row
        super().__init__(str(row.pk))


def ask(
    kind: Challenge.Kind,
    issuer: Issuer,
    request: Mapping[str, Any],
    *,
    handle: str = "",
    key: UUID | None = None,
    interaction: Interaction | None = None,
    client: Client | None = None,
    **columns: Any,
) -> str:
    """A new challenge, which is in clear here alone."""
    handle, now = handle or secrets.token_urlsafe(32), clock.now()
    value = handle + secrets.token_urlsafe(_RANDOM)
    Challenge.objects.create(
        id=key or uuid4(),
        kind=kind,
        challenge=digest.digest(Kind.CHALLENGE, value),
        issuer=issuer,
        client=client,
        interaction=interaction,
        request=dict(request),
        created=now,
        expires=interaction.expires if interaction else now + timedelta(seconds=settings.INTERACTION_LIFETIME),
        **columns,
    )
    return value


def find(kind: Challenge.Kind, issuer: Issuer, value: str) -> Challenge:
    """A challenge that waits for its answer. Raises `Unknown`, `Used`."""
    candidates = digest.candidates(Kind.CHALLENGE, value)
    rows = Challenge.objects.select_related("issuer", "client__issuer", "interaction__client__issuer", "device", "user")
    row = rows.filter(kind=kind, issuer=issuer, challenge__in=candidates).first()
    if row is None or (row.answered_at is None and row.expires <= clock.now()):
        raise Unknown
    if row.answered_at is not None:
        raise Used(row)
    return row


def answer(row: Challenge, value: str, said: Mapping[str, Any], **columns: Any) -> str:
    """Keep the answer; the verifier, which is in clear here alone. Of two answers at once one counts. Raises `Used`.

    The challenge itself may be kept from now on: nothing takes it any more.
    """
    verifier = value[:HANDLE] + secrets.token_urlsafe(_RANDOM)
    waiting = Challenge.objects.filter(pk=row.pk, answered_at=None, expires__gt=clock.now())
    counted = waiting.update(
        answer=dict(said),
        request={**row.request, "challenge": value},
        verifier=digest.digest(Kind.VERIFIER, verifier),
        answered_at=clock.now(),
        **columns,
    )
    if not counted:
        raise Used(row)
    return verifier


def use(kind: Challenge.Kind, issuer: Issuer, verifier: str, **matching: Any) -> Challenge | None:
    """The answered challenge of a verifier, if this call used it up."""
    now = clock.now()
    rows = Challenge.objects.filter(kind=kind, issuer=issuer, verifier__in=digest.candidates(Kind.VERIFIER, verifier))
    good = rows.filter(used_at=None, expires__gt=now, **matching)
    row = good.first()
    if row is None or good.filter(pk=row.pk).update(used_at=now) == 0:
        return None
    row.used_at = now
    return row


def keep(row: Challenge, user_id: Any, until: datetime) -> None:
    """A consent stays as long as its family, and as long as it is remembered."""
    said, now = row.answer, clock.now()
    remembered = None
    if said.get("remember"):
        seconds = said.get("remember_for") or 0
        remembered = now + (timedelta(seconds=seconds) if seconds else _EVER)
    Challenge.objects.filter(pk=row.pk).update(
        user=user_id, remembered_until=remembered, expires=max(filter(None, (until, remembered)))
    )


def remembered(user_id: Any, client: Client, scope: set[str], audiences: set[str]) -> Challenge | None:
    """The last consent that covers all of this and has not been withdrawn."""
    rows = Challenge.objects.filter(
        kind=Challenge.Kind.CONSENT, client=client.pk, user=user_id, remembered_until__gt=clock.now()
    ).exclude(used_at=None)
    for row in rows.order_by("-used_at")[:20]:
        said = row.answer
        if scope <= set(said["grant_scope"]) and audiences <= set(said["grant_access_token_audience"]):
            return row
    return None


def forget(user_id: Any, client: Client) -> None:
    """What a person allows a client is asked again."""
    Challenge.objects.filter(client=client.pk, user=user_id).update(remembered_until=None)
