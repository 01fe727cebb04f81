"""The keys of the settings that what is stored rests on: what moves to the first key at once, and how long the others are still needed.

A digest does not tell its key, and no token can be digested anew without its clear value. So it is remembered when a key stopped
writing, and when the last of what was stored until then is over. Secrets of clients know their key and move when they are presented.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import Max, Model, Q

from oauth_server import clock, conf, digest, seal
from oauth_server.conf import settings
from oauth_server.keys import store
from oauth_server.models import (
    AuditEvent,
    Authorization,
    Client,
    ClientSecret,
    InitialAccessToken,
    Issuer,
    Session,
    SigningKey,
    StorageKey,
    StoredKey,
    client_secret,
    stored_key,
)
from oauth_server.models.issuer import SALT
from oauth_server.policy import people
from oauth_server.tokens import expired

SECRET_KEY, DIGEST_KEYS, ENCRYPTION_KEYS = "SECRET_KEY", "DIGEST_KEYS", "ENCRYPTION_KEYS"
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column that is encrypted at rest and stays."""

    model: type[Model]
    column: str
    purpose: str

    @property
    def name(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    def rows(self) -> Iterator[tuple[Any, str]]:
        rows = self.model._default_manager.exclude(**{self.column: ""}).exclude(**{self.column: None}).order_by("pk")
        return rows.values_list("pk", self.column).iterator(chunk_size=_BATCH)

    def replace(self, pk: Any, sealed: str, again: str) -> int:
        """Unless somebody else was faster. How many."""
        return self.model._default_manager.filter(pk=pk, **{self.column: sealed}).update(**{self.column: again})


# Apps add what they seal, from `AppConfig.ready()`
SEALED = [
    Sealed(SigningKey, "sealed", store.PURPOSE),
    Sealed(Issuer, "pairwise_salt", SALT),
    Sealed(ClientSecret, "sealed", client_secret.PURPOSE),
    Sealed(StoredKey, "sealed", stored_key.PURPOSE),
]
# No digest of a key is in these, or one that is made anew from what the database knows
_NO_DIGEST = (AuditEvent, Authorization, Session)


@dataclass(frozen=True, slots=True)
class Need:
    """Something that rests on a key. `until` None: until somebody acts, as `what` says."""

    what: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Status:
    """A key as it stands. `place` None: the settings have it no more. `noted`: whether it is known when it stopped writing."""

    setting: str
    fingerprint: str
    place: int | None
    noted: bool
    needs: list[Need] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        return self.place == 0

    @property
    def may_be_dropped(self) -> bool:
        return self.noted and not self.writes and not self.needs


def given() -> dict[str, list[str]]:
    """The keys by the setting in which an operator finds them: SECRET_KEY stands for those that are derived from it."""
    found = {SECRET_KEY: [django_settings.SECRET_KEY, *django_settings.SECRET_KEY_FALLBACKS]}
    found |= {name: getattr(settings, name) for name in (DIGEST_KEYS, ENCRYPTION_KEYS) if conf.given().get(name)}
    return {name: [str(key) for key in keys] for name, keys in found.items()}


def home(name: str) -> str:
    """In which setting the keys of DIGEST_KEYS or ENCRYPTION_KEYS are."""
    return name if conf.given().get(name) else SECRET_KEY


def note_first() -> None:
    """After `migrate`: with which keys it began; nothing where that is known."""
    if not StorageKey.objects.exists():
        for name, keys in given().items():
            StorageKey.objects.create(setting=name, fingerprint=digest.fingerprint(keys[0]), since=clock.now())


def rotate() -> dict[str, int]:
    """Move what can be moved to the first keys, and note since when the others write no more. How much of what was moved."""
    moved: dict[str, int] = {}
    for sealed in SEALED:
        moved[sealed.name] = moved.get(sealed.name, 0) + _reseal(sealed)
    moved[str(Session._meta.verbose_name_plural)] = _renew_sessions()
    with transaction.atomic():
        for name, keys in given().items():
            _note(name, [digest.fingerprint(key) for key in keys])
    return moved


def _note(name: str, fingerprints: list[str]) -> None:
    now = clock.now()
    first, *others = fingerprints
    rows = StorageKey.objects.filter(setting=name)
    row, _ = rows.get_or_create(setting=name, fingerprint=first, defaults={"since": now})
    if row.replaced_at is not None:
        rows.filter(pk=row.pk).update(since=now, replaced_at=None, needed={})
    needed = {what: until.isoformat() for what, until in _ends(name, now).items()}
    # also one that has left the settings before it was noted: it did write
    for fingerprint in {*others, *rows.filter(replaced_at=None).values_list("fingerprint", flat=True)} - {first}:
        known, _ = rows.get_or_create(setting=name, fingerprint=fingerprint, defaults={"since": now})
        if known.replaced_at is None:
            rows.filter(pk=known.pk).update(replaced_at=now, needed=needed)


def _ends(name: str, now: datetime) -> dict[str, datetime]:
    """When the last of what is stored at this moment is over, by what it is."""
    found: dict[str, datetime | None] = {}
    if name == SECRET_KEY:
        found["sign-ins"] = now + timedelta(seconds=django_settings.SESSION_COOKIE_AGE)
        found["links in mails"] = now + timedelta(seconds=django_settings.PASSWORD_RESET_TIMEOUT)
    if name == home(DIGEST_KEYS):
        for model in _dated_tables():
            last = model._default_manager.aggregate(last=Max("expires"))["last"]
            found[str(model._meta.verbose_name_plural)] = last
    return {what: until for what, until in found.items() if until is not None and until > now}


def _dated_tables() -> Iterator[type[Model]]:
    """Those with digests whose rows say when they are over."""
    for model, _over in expired.TABLES:
        if model not in _NO_DIGEST and any(column.name == "expires" for column in model._meta.fields):
            yield model


def _reseal(column: Sealed) -> int:
    """Encrypt anew what another key than the first opens; what none opens is left as it is. How many."""
    moved = 0
    for pk, sealed in column.rows():
        if seal.key_of(column.purpose, sealed):
            moved += column.replace(pk, sealed, seal.seal(column.purpose, seal.unseal(column.purpose, sealed)))
    return moved


def _renew_sessions() -> int:
    """The digest of a session is of a value that the person's row yields, so it can be made anew; another password's is left."""
    moved = 0
    rows = Session.objects.filter(Q(ended_at=None) & Q(_still_named())).select_related("user").order_by("pk")
    for row in rows.iterator(chunk_size=_BATCH):
        again = people.auth_hash(row.user)
        if row.auth_hash != again and people.has_auth_hash(row.user, row.auth_hash):
            moved += Session.objects.filter(pk=row.pk, auth_hash=row.auth_hash).update(auth_hash=again)
    return moved


def _still_named() -> Q:
    """Sessions that still count: live ones, and those whose families live on."""
    living = Authorization.objects.filter(revoked_at=None, expires_at__gt=clock.now()).exclude(session=None)
    return Q(expires__gt=clock.now()) | Q(pk__in=living.values("session"))


def statuses() -> list[Status]:
    """Every key of the settings, and those that are missing there and still needed."""
    found = []
    for name, keys in given().items():
        fingerprints = [digest.fingerprint(key) for key in keys]
        rows = {row.fingerprint: row for row in StorageKey.objects.filter(setting=name)}
        for place, fingerprint in enumerate(fingerprints):
            row = rows.get(fingerprint)
            noted = row is not None and (row.replaced_at is None) == (place == 0)
            needs = [] if place == 0 else [*_dated(row), *_undated(name, fingerprint, place), *_registration(name, row)]
            found.append(Status(name, fingerprint, place, noted, needs))
        for row in rows.values():
            if row.fingerprint not in fingerprints and (needs := [*_dated(row), *_secrets(name, row.fingerprint)]):
                found.append(Status(name, row.fingerprint, None, row.replaced_at is not None, needs))
    return found


def _dated(row: StorageKey | None) -> Iterator[Need]:
    now = clock.now()
    for what, until in (row.needed if row is not None else {}).items():
        if datetime.fromisoformat(until) > now:
            yield Need(what, datetime.fromisoformat(until))


def _undated(name: str, fingerprint: str, place: int) -> Iterator[Need]:
    yield from _secrets(name, fingerprint)
    if name != home(ENCRYPTION_KEYS):
        return
    for column in SEALED:
        count = sum(seal.key_of(column.purpose, sealed) == place for _, sealed in column.rows())
        if count:
            yield Need(f"{count} {column.name}: `oauth rotate storage-keys` moves them", None)


def _registration(name: str, row: StorageKey | None) -> Iterator[Need]:
    """Tokens of registration do not know their key, and live long: those that are older than the next key."""
    if name != home(DIGEST_KEYS) or row is None or row.replaced_at is None:
        return
    live = InitialAccessToken.objects.filter(Q(expires=None) | Q(expires__gt=clock.now()), created__lt=row.replaced_at)
    for hint, expires in live.values_list("hint", "expires"):
        yield Need(f"the initial access token …{hint}", expires)
    count = Client.objects.filter(created__lt=row.replaced_at).exclude(registration_access_token="").count()
    if count:
        yield Need(
            f"registration access tokens of {count} clients: without it these cannot change their registration", None
        )


def _secrets(name: str, fingerprint: str) -> Iterator[Need]:
    if name != home(DIGEST_KEYS):
        return
    rows = ClientSecret.objects.filter(kind=ClientSecret.Kind.DIGEST, digest_key=fingerprint)
    live = rows.filter(Q(expires=None) | Q(expires__gt=clock.now())).order_by("client__client_id")
    for client_id, secret, expires in live.values_list("client__client_id", "hint", "expires"):
        yield Need(f"the secret …{secret} of client {client_id}, until it is next used", expires)
