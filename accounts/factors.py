"""NIST SP 800-63B-4 §4 second factors: who has which, who must have one, and how they all go at once.

The rows are the engine's (`allauth.mfa`). A passkey counts as a second factor too: once a person has one, the password alone lets
nobody in.
"""

from dataclasses import dataclass
from typing import Any

from allauth.account import app_settings
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import QuerySet

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.conf import settings

from . import mails, remembered
from .factor_models import FactorReset

Type = Authenticator.Type
# Recovery codes stand in for a factor; alone they are none
REAL = (Type.TOTP, Type.WEBAUTHN)


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has, for the pages."""

    passkeys: list[Authenticator]
    totp: Authenticator | None
    recovery_codes: Authenticator | None

    @property
    def has_any(self) -> bool:
        return bool(self.passkeys or self.totp)

    @property
    def codes_left(self) -> int:
        return len(self.recovery_codes.wrap().get_unused_codes()) if self.recovery_codes else 0


def of(user: Any) -> Factors:
    rows = list(_rows(user).order_by("created_at"))
    by_type = {row.type: row for row in rows}
    return Factors(
        passkeys=[row for row in rows if row.type == Type.WEBAUTHN],
        totp=by_type.get(Type.TOTP),
        recovery_codes=by_type.get(Type.RECOVERY_CODES),
    )


def has_any(user: Any) -> bool:
    return bool(user.is_authenticated and _rows(user).filter(type__in=REAL).exists())


def has_passkey(user: Any) -> bool:
    return _rows(user).filter(type=Type.WEBAUTHN).exists()


def must_have(user: Any) -> bool:
    """Whether SECOND_FACTOR asks one of this person."""
    return settings.SECOND_FACTOR == "everybody" or (settings.SECOND_FACTOR == "staff" and is_staff(user))


def is_staff(user: Any) -> bool:
    return bool(getattr(user, "is_staff", False) or getattr(user, "is_superuser", False))


def is_last(row: Authenticator) -> bool:
    return not _rows(row.user).filter(type__in=REAL).exclude(pk=row.pk).exists()


def may_add(user: Any) -> bool:
    """Not while the address is unconfirmed: whoever registered with somebody else's would keep its owner out."""
    if app_settings.EMAIL_VERIFICATION == app_settings.EmailVerificationMethod.NONE:
        return True
    confirmed = list(EmailAddress.objects.filter(user_id=user.pk).values_list("verified", flat=True))
    # people made by an operator have none yet
    return not confirmed or any(confirmed)


@transaction.atomic
def reset_factors(person: Any, by: str) -> int:
    """Remove every second factor of a person: by an operator, who has made sure who asks, or after the waiting time. How many there were.

    The person is told by mail, at every address they have. `by`: who did it, for the audit log.
    """
    rows = _rows(person)
    types = sorted(rows.values_list("type", flat=True))
    rows.delete()
    remembered.forget_all(person)
    FactorReset.objects.filter(user=person, cancelled_at=None, done_at=None).update(done_at=clock.now())
    audit.record(Event.FACTORS_RESET, actor=by, user_id=person.pk, reason=", ".join(types) or "there were none")
    transaction.on_commit(lambda: mails.notify(person, "factors_reset"))
    return len(types)


def _rows(user: Any) -> "QuerySet[Authenticator]":
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=user.pk)
    return found
