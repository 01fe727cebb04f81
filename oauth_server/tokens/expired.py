"""What has expired is removed here, in bounded batches by indexed columns. No decision rests on it having run.

A used code and a used refresh token stay until they expire: their replay must still be noticed.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, ForeignObjectRel, Model, OuterRef, Q, QuerySet

from oauth_server import clock
from oauth_server.conf import settings
from oauth_server.models import (
    AccessToken,
    Attempt,
    AuditEvent,
    Authorization,
    AuthorizationCode,
    Challenge,
    Client,
    ClientSecret,
    Counter,
    DeviceRequest,
    InitialAccessToken,
    Interaction,
    LogoutDelivery,
    PushedRequest,
    RefreshToken,
    Replay,
    Session,
    SessionClient,
    WebhookDelivery,
    append_only,
)
from oauth_server.tokens import partitions, sql

BATCH = 5000
_CLIENT_HOURS = timedelta(days=2)


def expires(model: type[Model], column: str = "expires") -> Callable[[datetime], QuerySet[Any]]:
    return lambda now: model._default_manager.filter(**{f"{column}__lt": now}).order_by(column)


def _sessions(now: datetime) -> QuerySet[Any]:
    """A session stays as long as a family names it: its refreshed ID tokens carry its `sid`."""
    named = Authorization.objects.filter(session=OuterRef("pk"))
    before = now - timedelta(seconds=settings.SESSION_RETENTION)
    return Session.objects.filter(~Exists(named), expires__lt=before).order_by("expires")


def _audit_events(now: datetime) -> QuerySet[Any]:
    if not settings.AUDIT_RETENTION:
        return AuditEvent.objects.none()
    return AuditEvent.objects.filter(at__lt=_audit_end(now)).order_by("at")


def _audit_end(now: datetime) -> datetime:
    return now - timedelta(seconds=settings.AUDIT_RETENTION)


def _counters(now: datetime) -> QuerySet[Any]:
    """A client's hours are for the last two days; its days, and the hours of all clients, for as long as the setting says."""
    hours = Q(at__lt=now - _CLIENT_HOURS, span=Counter.Span.HOUR) & ~Q(client_id="")
    all_of_it = Q(at__lt=now - timedelta(seconds=settings.COUNTER_RETENTION))
    return Counter.objects.filter(hours | all_of_it, at__lt=now - _CLIENT_HOURS).order_by("at")


def _unused_clients(now: datetime) -> QuerySet[Any]:
    """Clients that registered themselves, have no owner, and are named by nothing: no family, request, or row of an app such as consent."""
    if not settings.REGISTRATION_UNUSED_LIFETIME:
        return Client.objects.none()
    before = now - timedelta(seconds=settings.REGISTRATION_UNUSED_LIFETIME)
    rows = Client.objects.filter(registration_source=Client.RegistrationSource.DCR, user=None, updated__lt=before)
    for relation in Client._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.one_to_many and not _is_own(relation.related_model):
            named = {relation.field.name: OuterRef("pk")}
            rows = rows.filter(~Exists(relation.related_model._default_manager.filter(**named)))
    return rows.order_by("pk")


def _is_own(model: Any) -> bool:
    """Whether rows of this table are parts of the client itself: its secrets, and what it may ask for."""
    return model is ClientSecret or bool(model._meta.auto_created)


# Families after what hangs on them, sessions after the families
# Apps add theirs, from `AppConfig.ready()`
TABLES: list[tuple[type[Model], Callable[[datetime], QuerySet[Any]]]] = [
    (AccessToken, expires(AccessToken)),
    (RefreshToken, expires(RefreshToken)),
    (AuthorizationCode, expires(AuthorizationCode)),
    (DeviceRequest, expires(DeviceRequest)),
    (Interaction, expires(Interaction)),
    (PushedRequest, expires(PushedRequest)),
    (Challenge, expires(Challenge)),
    (Replay, expires(Replay)),
    (Attempt, expires(Attempt)),
    (SessionClient, expires(SessionClient)),
    (LogoutDelivery, expires(LogoutDelivery)),
    (WebhookDelivery, expires(WebhookDelivery)),
    (Counter, _counters),
    (Authorization, expires(Authorization, "expires_at")),
    (Client, _unused_clients),
    (InitialAccessToken, expires(InitialAccessToken)),
    (Session, _sessions),
    (AuditEvent, _audit_events),
]


# What an app removes by rules of its own: called with the batch, it yields as `clear` does
MORE: list[Callable[[int], Iterator[tuple[type[Model], int]]]] = []


def clear(batch: int = BATCH) -> Iterator[tuple[type[Model], int]]:
    """Remove batch after batch; yields the model and how many rows went, once for each statement."""
    now = clock.now()
    for remove in MORE:
        yield from remove(batch)
    for model, over in TABLES:
        if model is AccessToken and partitions.is_partitioned(sql.using()):
            yield from ((model, count) for count in partitions.clear(batch, now))
            continue
        removed = batch
        while removed == batch:
            some = over(now).values("pk")[:batch]
            with append_only.door(_audit_end(now)) if model is AuditEvent else nullcontext():
                # without what went with them
                removed = model._default_manager.filter(pk__in=some).delete()[1].get(model._meta.label, 0)
            yield model, removed


def forget_addresses(batch: int = BATCH) -> Iterator[int]:
    """Where people were, longer ago than ADDRESS_RETENTION; yields how many rows forgot it, once for each statement."""
    if not settings.ADDRESS_RETENTION:
        return
    before = clock.now() - timedelta(seconds=settings.ADDRESS_RETENTION)
    events = AuditEvent.objects.filter(~Q(address=""), at__lt=before).order_by("at")
    over = Session.objects.filter(expires__lt=before).exclude(address=None, user_agent="").order_by("expires")
    forgotten = batch
    while forgotten == batch:
        with append_only.door(before):
            forgotten = AuditEvent.objects.filter(pk__in=events.values("pk")[:batch]).update(address="")
        yield forgotten
    forgotten = batch
    while forgotten == batch:
        forgotten = Session.objects.filter(pk__in=over.values("pk")[:batch]).update(address=None, user_agent="")
        yield forgotten
