"""The mail that tells a person of an app that they allowed to use their account: by `CONSENT_MAILS`."""

from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.urls import reverse
from django.utils.translation import override

from oauth_server import audit, mail, uris
from oauth_server.conf import settings
from oauth_server.models import Client

from . import decision
from .models import Receipt


def tell(receipt: Receipt, client: Client, user: Any, *, is_new: bool) -> None:
    """Once the answer is stored; a mail server that is away costs the mail and nothing else."""
    to = _address_of(user)
    if not to or settings.CONSENT_MAILS == "never" or (settings.CONSENT_MAILS == "new" and not is_new):
        return
    message = _message(receipt, client, to)
    # Django names the function when it fails, and a `partial` has no name
    transaction.on_commit(message.send, robust=True)


def _message(receipt: Receipt, client: Client, to: str) -> EmailMultiAlternatives:
    """An app that nobody has looked at does not get its name into a mail of ours."""
    context = {
        "app": str(client) if client.verified or decision.is_first_party(client) else "",
        "domain": client.domain,
        "groups": receipt.document["allowed"],
        "receipt": receipt,
        "address": audit.current().address,
        "apps_url": _absolute("oauth_consent:connected-apps"),
        "receipts_url": _absolute("oauth_consent:receipts"),
    }
    with override(receipt.document["language"] or None):
        return mail.message("oauth_consent/email/app_access.txt", to, context)


def _address_of(user: Any) -> str:
    """The address of a user of any user model; empty where it has none."""
    name = getattr(user, "get_email_field_name", str)()
    return str(getattr(user, name, "") or "") if name else ""


def _absolute(name: str) -> str:
    """An address for a mail: the issuer's, whatever the Host header says."""
    return uris.origin(settings.ISSUER) + reverse(name)
