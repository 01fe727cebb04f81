"""RFC 7009 Token Revocation, and every other way in which tokens end. Final, and effective with the next request on any worker."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from oauth_server import audit, clock, signals
from oauth_server.audit import Event
from oauth_server.models import Authorization, Client, Issuer, Session
from oauth_server.models.access_token import is_signed_out
from oauth_server.tokens import lookup, store, told
from oauth_server.tokens.lookup import Found


@transaction.atomic
def found(credential: Found, reason: str = "") -> None:
    """End an access token alone; with a refresh token or a code everything that hangs on its family (RFC 7009 §2.1)."""
    if credential.kind != "access_token":
        family(credential.authorization.pk, reason)
        return
    if credential.jti:
        store.use_once(lookup.REVOKED_JTI, credential.jti, credential.expires)
    else:
        credential.row.revoke()
    audit.record(
        Event.TOKEN_REVOKED,
        issuer=credential.issuer,
        client=credential.client,
        user_id=credential.authorization.user_id,
        target=f"access_token {credential.authorization.pk}",
        reason=reason,
    )


def revoke_value(value: str, reason: str = "") -> Found | None:
    """Look a clear value up and end it; None for what was never issued."""
    credential = lookup.find(value)
    if credential is not None:
        found(credential, reason)
    return credential


@transaction.atomic
def family(authorization_id: UUID, reason: str = "", *, event: Event = Event.FAMILY_REVOKED) -> bool:
    """End a family. Returns whether it was alive until now."""
    ended = store.revoke_family(authorization_id, clock.now())
    Client.objects.filter(standing=authorization_id).update(standing=None)
    if ended:
        # None once its client is deleted: the join finds nothing, and nothing of the family works any more
        row = Authorization.objects.select_related("client__issuer").filter(pk=authorization_id).first()
        if row is not None:
            audit.record(
                event, issuer=row.client.issuer, client=row.client, user_id=row.user_id, target=row.pk, reason=reason
            )
        transaction.on_commit(
            lambda: signals.family_revoked.send_robust(
                sender=Authorization, authorization_id=authorization_id, reason=reason
            )
        )
    return ended


def families(rows: "QuerySet[Authorization]", reason: str = "") -> int:
    """End each living family of a query. Returns how many."""
    return sum(family(pk, reason) for pk in rows.filter(revoked_at=None).values_list("pk", flat=True))


@transaction.atomic
def person(user_id: Any, reason: str = "") -> int:
    """End everything that any client may do for a person, and their sessions."""
    for row in Session.objects.select_related("issuer").filter(user=user_id, ended_at=None):
        session(row, reason)
    return families(Authorization.objects.filter(user=user_id), reason)


@transaction.atomic
def client(row: Client, reason: str = "") -> None:
    """End everything that a client holds, by its own row: one UPDATE however much it holds."""
    Client.objects.filter(pk=row.pk).update(tokens_not_before=clock.now(), standing=None)
    audit.record(
        Event.CLIENT_CHANGED, issuer=row.issuer, client=row, target=row.client_id, reason=reason or "all tokens revoked"
    )


@transaction.atomic
def issuer_before(row: Issuer, time: datetime, reason: str = "") -> None:
    """End everything that an issuer issued before a time."""
    Issuer.objects.filter(pk=row.pk).update(tokens_not_before=time)
    Client.objects.filter(issuer=row).update(standing=None)
    audit.record(
        Event.EVERYTHING_REVOKED, issuer=row, target=row.identifier, reason=reason or f"before {time.isoformat()}"
    )


@transaction.atomic
def session(row: Session, reason: str = "") -> None:
    """End a sign-in and the families that live only while it does: those without offline_access. Its clients are told."""
    if Session.objects.filter(pk=row.pk, ended_at=None).update(ended_at=clock.now()) == 0:
        return
    audit.record(Event.SESSION_ENDED, issuer=row.issuer, user_id=row.user_id, target=row.pk, reason=reason)
    _online_families(row, reason or "signed out")
    told.end(row, reason)


def _online_families(row: Session, reason: str) -> None:
    """One UPDATE of all of them, and one of what was made from them by exchange; the end of the session is what is recorded."""
    now = clock.now()
    held = Authorization.objects.filter(session=row.pk, revoked_at=None).values_list("pk", "scope")
    online = [pk for pk, scope in held if is_signed_out(scope, now)]
    store.revoke_families(online, now)
    for pk in online:
        transaction.on_commit(
            partial(signals.family_revoked.send_robust, sender=Authorization, authorization_id=pk, reason=reason)
        )
