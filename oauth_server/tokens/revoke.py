"""RFC 7009 Token Revocation, and every other way in which tokens end. Final, and effective with the next request on any worker."""

from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, DateTimeField, F, QuerySet, Value, When

from oauth_server import audit, clock, signals
from oauth_server.audit import Event
from oauth_server.models import Audience, Authorization, Client, Issuer, Scope, Session
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


@transaction.atomic
def families(rows: "QuerySet[Authorization]", reason: str = "") -> int:
    """End every living family of a query, and record it once for each of their clients. Returns how many."""
    living = rows.filter(revoked_at=None).select_related("client__issuer").order_by("client", "created")
    found = list(living.only("pk", "user", "client__client_id", "client__issuer__id"))
    _end_all([row.pk for row in found], reason)
    for _, same in groupby(found, key=lambda row: row.client_id):
        own = list(same)
        audit.record(
            Event.FAMILY_REVOKED,
            issuer=own[0].client.issuer,
            client=own[0].client,
            user_id=own[0].user_id,
            target=own[0].pk if len(own) == 1 else f"{len(own)} authorizations",
            reason=reason,
        )
    return len(found)


@transaction.atomic
def sessions(user_id: Any, reason: str = "", before: datetime | None = None) -> int:
    """End the sign-ins of a person, or those before a time; each of their clients is told. Returns how many."""
    rows = Session.objects.select_related("issuer").filter(user=user_id, ended_at=None)
    if before is not None:
        rows = rows.filter(created__lt=before)
    living = list(rows)
    for row in living:
        session(row, reason)
    return len(living)


# So many families are ended by one transaction of a large revocation
BATCH = 1_000


@transaction.atomic
def batch(rows: "QuerySet[Authorization]", reason: str = "") -> int:
    """End up to BATCH living families of a query, by one statement for as many as a statement takes. Returns how many: 0 at the end."""
    # the keys in their order, so that two operators at the same set wait for each other and do not lock crosswise
    keys = list(rows.filter(revoked_at=None).order_by("pk").values_list("pk", flat=True)[:BATCH])
    _end_all(keys, reason)
    return len(keys)


def _end_all(keys: list[UUID], reason: str) -> None:
    store.revoke_families(keys, clock.now())
    Client.objects.filter(standing__in=keys).update(standing=None)
    for pk in keys:
        transaction.on_commit(
            partial(signals.family_revoked.send_robust, sender=Authorization, authorization_id=pk, reason=reason)
        )


@transaction.atomic
def person(user_id: Any, reason: str = "") -> int:
    """End everything that any client may do for a person, and their sessions."""
    sessions(user_id, reason)
    return families(Authorization.objects.filter(user=user_id), reason)


@transaction.atomic
def client(row: Client, reason: str = "", before: datetime | None = None) -> None:
    """End everything that a client holds, or held before a time, by its own row: one UPDATE however much it holds."""
    _raise(Client.objects.filter(pk=row.pk), before)
    Client.objects.filter(pk=row.pk).update(standing=None)
    audit.record(
        Event.CLIENT_CHANGED, issuer=row.issuer, client=row, target=row.client_id, reason=reason or "all tokens revoked"
    )


@transaction.atomic
def issuer_before(row: Issuer, time: datetime, reason: str = "") -> None:
    """End everything that an issuer issued before a time."""
    _raise(Issuer.objects.filter(pk=row.pk), time)
    Client.objects.filter(issuer=row).update(standing=None)
    audit.record(
        Event.EVERYTHING_REVOKED, issuer=row, target=row.identifier, reason=reason or f"before {time.isoformat()}"
    )


@transaction.atomic
def everything_for(row: Audience | Scope, reason: str = "", before: datetime | None = None) -> None:
    """End everything that may reach an API, or that has a scope, by its own row; whoever holds it."""
    kind: Any = type(row)
    _raise(kind.objects.filter(pk=row.pk), before)
    # a standing family is older than the limit for good: the next token of its client gets a new one
    Client.objects.filter(issuer=row.issuer_id).exclude(standing=None).update(standing=None)
    name = row.identifier if isinstance(row, Audience) else row.name
    audit.record(Event.EVERYTHING_REVOKED, issuer=row.issuer, target=f"{kind._meta.model_name} {name}", reason=reason)


def _raise(rows: "QuerySet[Any]", before: datetime | None) -> None:
    """Set a limit that is never lowered: what was ended stays ended."""
    time = before or clock.now()
    later = When(tokens_not_before__gt=time, then=F("tokens_not_before"))
    rows.update(tokens_not_before=Case(later, default=Value(time), output_field=DateTimeField()))


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
