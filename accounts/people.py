"""What staff do for people: switch off and on, sign out everywhere, reset lost factors, send a mail again. Each is in the audit log."""

from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpRequest

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.tokens import revoke

from . import factors
from .models import User


@transaction.atomic
def switch(person: User, is_active: bool) -> bool:
    """Off is final for what apps hold: switching on brings nothing back. Returns whether anything changed."""
    if not User.objects.filter(pk=person.pk, is_active=not is_active).update(is_active=is_active):
        return False
    person.is_active = is_active
    if not is_active:
        revoke.person(person.pk, "switched off by staff")
    changes = {"is_active": [not is_active, is_active]}
    audit.record(Event.PERSON_CHANGED, user_id=person.pk, target=person.pk, changes=changes)
    return True


@transaction.atomic
def sign_out(person: User) -> None:
    """Every sign-in ends, and with it every app's access, also what was to last without it."""
    revoke.person(person.pk, "signed out by staff")


@transaction.atomic
def reset_factors(person: User) -> int:
    """How many second factors there were. The person is told by mail."""
    revoke.person(person.pk, "second factors reset by staff")
    return factors.reset_factors(person, audit.current().actor)


def send_confirmation(request: HttpRequest, person: User) -> bool:
    """The mail with which they confirm their address, once more. Returns whether there was one to send."""
    row: Any = EmailAddress.objects.filter(user=person, email=person.email).first()
    if row is None:
        row = EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=False)
    if row.verified:
        return False
    row.send_confirmation(request)
    audit.record(Event.PERSON_CHANGED, user_id=person.pk, target=person.pk, reason="confirmation mail sent again")
    return True
