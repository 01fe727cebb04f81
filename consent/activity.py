"""What happened to a person's account, in words: the events of the audit log that are about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oauth_server.audit import Event
from oauth_server.models import AuditEvent, Client

# Event → what happened; %(app)s is the client's name. What is not here is the operator's business alone
WORDS: dict[str, Promise] = {
    Event.PERSON_SIGNED_IN: _("You signed in."),
    Event.PERSON_REFUSED: _("Somebody tried to sign in and did not succeed."),
    Event.SESSION_ENDED: _("A sign-in ended."),
    Event.CONSENT_GIVEN: _("You allowed %(app)s to use your account."),
    Event.CONSENT_DENIED: _("You did not allow %(app)s to use your account."),
    Event.CONSENT_WITHDRAWN: _("%(app)s was removed from your connected apps."),
    Event.DEVICE_APPROVED: _("You let a device use your account, with %(app)s."),
    Event.DEVICE_DENIED: _("You did not let a device use your account, with %(app)s."),
    Event.REFRESH_TOKEN_REPLAYED: _("A token of %(app)s was used a second time, so its access ended."),
    Event.CODE_REPLAYED: _("A sign-in code of %(app)s was used a second time, so its access ended."),
    Event.PASSWORD_CHANGED: _("Your password was changed."),
    Event.EMAIL_CHANGED: _("Your email address was changed."),
    Event.PERSON_EMAIL_RESTORED: _("Your former email address was put back."),
    Event.FACTOR_ADDED: _("A way to sign in was added: %(factor)s."),
    Event.FACTOR_REMOVED: _("A way to sign in was removed: %(factor)s."),
    Event.FACTORS_RESET_ASKED: _("Somebody who knows your password asked for your second factors to be removed."),
    Event.FACTORS_RESET_CANCELLED: _("Your second factors stay."),
    Event.FACTORS_RESET: _("Your second factors were removed."),
    Event.PERSON_DISOWNED: _("You said that a change was not yours, and it was undone."),
    Event.PERSON_CHANGED: _("An operator changed your account."),
    Event.TERMS_ACCEPTED: _("You accepted the terms."),
    Event.DATA_EXPORTED: _("You downloaded your data."),
    Event.DELETION_REQUESTED: _("You asked for your account to be deleted."),
    Event.DELETION_ENDED: _("You signed in, so your account is not deleted."),
    Event.CLIENT_CREATED: _("You registered the app %(app)s."),
}
# Where somebody else may have been at work
DOUBTFUL = frozenset(
    {
        Event.PERSON_SIGNED_IN,
        Event.CONSENT_GIVEN,
        Event.DEVICE_APPROVED,
        Event.REFRESH_TOKEN_REPLAYED,
        Event.CODE_REPLAYED,
        Event.PASSWORD_CHANGED,
        Event.EMAIL_CHANGED,
        Event.FACTOR_ADDED,
        Event.FACTOR_REMOVED,
        Event.FACTORS_RESET_ASKED,
        Event.DATA_EXPORTED,
    }
)
# The object of an event about a factor
_FACTORS: dict[str, Promise] = {
    "webauthn": _("a passkey"),
    "totp": _("an authenticator app"),
    "recovery_codes": _("recovery codes"),
}
PAGE = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """`doubtful`: a person who does not know of it should act."""

    at: datetime
    text: str
    address: str
    doubtful: bool


@dataclass(frozen=True, slots=True)
class Page:
    """`before` leads to what is older; 0 when nothing is."""

    entries: list[Entry]
    before: int


def page(user: Any, before: int = 0) -> Page:
    """The latest first."""
    rows = AuditEvent.objects.filter(user_id=str(user.pk), event__in=WORDS).order_by("-pk")
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    names = _names(found)
    return Page([_entry(row, names) for row in found[:PAGE]], found[PAGE - 1].pk if len(found) > PAGE else 0)


def _entry(row: AuditEvent, names: dict[str, str]) -> Entry:
    app = names.get(row.client_id, row.client_id)
    return Entry(
        row.at,
        str(WORDS[row.event]) % {"app": app, "factor": _FACTORS.get(row.object, row.object)},
        row.address,
        row.event in DOUBTFUL,
    )


def _names(rows: Sequence[AuditEvent]) -> dict[str, str]:
    ids = {row.client_id for row in rows if row.client_id}
    return {client.client_id: str(client) for client in Client.objects.filter(client_id__in=ids)}
