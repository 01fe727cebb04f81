"""RFC 8628 §3: the life of a device request, a statement a deed: begun, polled, entered, claimed, answered, used.

Each deed changes only what is still open, so of two at once one wins.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Q, QuerySet

from oauth_server import audit, clock, digest
from oauth_server.conf import settings
from oauth_server.copies import Stale
from oauth_server.digest import Kind
from oauth_server.models import Authorization, Client, DeviceRequest, Issuer
from oauth_server.tokens import opaque, sql, store, user_code
from oauth_server.tokens.sql import Family

PENDING, AUTHORIZED, DENIED = (
    DeviceRequest.AUTHORIZATION_PENDING,
    DeviceRequest.AUTHORIZED,
    DeviceRequest.DENIED,
)
_TRIES = 3
# §5.2: the interval grows by so many seconds with each early poll
_SLOWER = 5
# Client libraries that try two ways to authenticate ask twice for one poll
_SAME_POLL = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Begun:
    """What the device is told. The codes exist in clear here alone."""

    device_code: str
    user_code: str
    expires_in: int
    interval: int


def begin(client: Client, scope: str, request: dict[str, Any], user_agent: str) -> Begun:
    """Store a checked request of this client. Raises `copies.Stale`."""
    now = clock.now()
    expires = now + timedelta(seconds=settings.DEVICE_CODE_LIFETIME)
    device_code = opaque.make(opaque.DEVICE_CODE, expires)
    row = DeviceRequest(
        device_code=digest.digest(Kind.DEVICE_CODE, device_code),
        application=client,
        scope=scope,
        request=request,
        interval=settings.DEVICE_POLL_INTERVAL,
        address=audit.current().address or None,
        user_agent=user_agent[:300],
        created=now,
        expires=expires,
    )
    with transaction.atomic():
        if not store.is_true_still(client):
            raise Stale
        code = _give_user_code(row)
    return Begun(device_code, code, settings.DEVICE_CODE_LIFETIME, settings.DEVICE_POLL_INTERVAL)


def _give_user_code(row: DeviceRequest) -> str:
    """§6.1: no two live codes are equal."""
    for _ in range(_TRIES):
        code = user_code.make()
        row.user_code = digest.digest(Kind.USER_CODE, code)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            continue
        return code
    raise Stale


def find(digests: list[digest.TokenDigest], client: Client) -> DeviceRequest | None:
    """The request of a device code, if it is this client's. Raises `copies.Stale`."""
    current = Client.objects.filter(pk=client.pk, version=client.version, enabled=True)
    current = current.filter(issuer__version=client.issuer.version, issuer__enabled=True)
    rows = DeviceRequest.objects.filter(device_code__in=digests, application=client.pk)
    found = rows.annotate(is_true=Exists(current)).first()
    is_true = store.is_true_still(client) if found is None else found.is_true
    if not is_true:
        raise Stale
    return found


def poll(row: DeviceRequest, now: datetime) -> bool:
    """Count a poll of a pending request. Whether it came early enough to slow the device down (§3.5)."""
    last = row.last_checked
    if last is not None and now - last < _SAME_POLL:
        return False
    early = last is not None and now - last < timedelta(seconds=row.interval)
    # of two polls at once one counts
    unchanged = DeviceRequest.objects.filter(pk=row.pk, last_checked=last, status=PENDING)
    interval = row.interval + _SLOWER if early else row.interval
    return unchanged.update(last_checked=now, interval=interval) == 1 and early


def use(row: DeviceRequest, client: Client, now: datetime) -> Family | None:
    """The family that an approved request led to, if this call used its code up. The first statement of its transaction.

    None as well where a copy of the client is stale.
    """
    table = sql.table(DeviceRequest)
    used = sql.execute(
        f"UPDATE {table} SET used_at = %s WHERE id = %s AND status = %s AND used_at IS NULL AND expires > %s "  # noqa: S608
        f"AND {sql.is_true_still()} RETURNING {sql.family_of(table)}",
        [now, row.pk, AUTHORIZED, now, *sql.proof(client)],
    )
    return None if used is None else sql.read_family(used[0])


def _open(pk: int | None = None, user_id: Any = None) -> "QuerySet[DeviceRequest]":
    """Requests that wait for an answer, and may have it from this person."""
    waiting = DeviceRequest.objects.filter(status=PENDING, expires__gt=clock.now())
    if pk is None:
        return waiting
    return waiting.filter(Q(user=None) | Q(user=user_id), pk=pk)


def enter(issuer: Issuer, code: str) -> bool:
    """Count that somebody typed this code. Whether it belongs to a request that waits, and was not typed too often."""
    mine = _open().filter(_is(code), application__issuer=issuer, entries__lt=settings.USER_CODE_ENTRIES)
    # a sub-select: SQLite and PostgreSQL alike update one table
    return DeviceRequest.objects.filter(pk__in=mine.values("pk")).update(entries=F("entries") + 1) == 1


def _is(code: str) -> Q:
    return Q(user_code__in=digest.candidates(Kind.USER_CODE, code))


def behind(issuer: Issuer, code: str) -> DeviceRequest | None:
    """The request of a user code of this issuer, whatever has become of it."""
    rows = DeviceRequest.objects.select_related("application__issuer")
    return rows.filter(_is(code), application__issuer=issuer).first()


def claim(row: DeviceRequest, user_id: Any) -> bool:
    """§5.3: a request is answered by the first person who says that the code is theirs, and by nobody else."""
    return _open(row.pk, user_id).update(user=user_id) == 1


def approve(row: DeviceRequest, family: Authorization) -> bool:
    """Inside the transaction that made the family: whether the request was still open."""
    claimed = _open(row.pk, family.user_id).filter(user=family.user_id)
    return claimed.update(status=AUTHORIZED, authorization=family) == 1


def deny(row: DeviceRequest, user_id: Any) -> bool:
    """Whether this call ended the request."""
    return _open(row.pk, user_id).update(status=DENIED, user=user_id) == 1
