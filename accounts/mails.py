"""Notices by mail about what changed in how a person signs in, each with a link that says "this was not me".

The link is signed, works for two weeks, and opens a page; only the button on it does something.
"""

import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.utils import user_email
from allauth.core import context as allauth_context
from django.core import signing
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone

from oauth_server import audit, uris
from oauth_server.conf import settings

from .former_address import Changed

logger = logging.getLogger("oauth_server")

_SALT = "oauth_accounts.not_me"
GOOD_FOR = timedelta(days=14)


class NotSent(Exception):
    """The mail server is away. `again`: the page on which to try again, where it is another one."""

    def __init__(self, again: str = "") -> None:
        super().__init__()
        self.again = again


def absolute(path: str) -> str:
    """An address for a mail: the issuer's, whatever the Host header says."""
    return uris.origin(settings.ISSUER) + path


def not_me_path(user: Any, address: str) -> str:
    said = [str(user.pk), address, int(timezone.now().timestamp())]
    return reverse("account_not_me", args=[signing.dumps(said, salt=_SALT)])


def read(token: str) -> Changed | None:
    """None when it is not of this server, or too old."""
    try:
        user_id, address, at = signing.loads(token, salt=_SALT, max_age=GOOD_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Changed(user_id, address, datetime.fromtimestamp(at, UTC))


def notify(user: Any, name: str, **context: Any) -> None:
    """Send `oauth_accounts/email/<name>.txt` to every confirmed address of a person, or to the one that they have."""
    adapter, request = get_adapter(), allauth_context.request
    told = {
        "user": user,
        "timestamp": timezone.now(),
        "ip": audit.current().address,
        "user_agent": request.headers.get("user-agent", "")[:300] if request else "",
        "request": request,
        **context,
    }
    for address in addresses(user):
        told["not_me_url"] = absolute(not_me_path(user, address))
        # a mail server that is away costs the notice and nothing else
        with suppress(NotSent):
            send(adapter.render_mail(name, address, told), name)


def send(message: EmailMessage, name: str) -> None:
    """Raises `NotSent`; the log says which mail it was, and for which request, but to nobody's address."""
    try:
        message.send()
    except OSError as error:
        told = {"trace_id": audit.current().trace_id}
        logger.error("the mail %s could not be sent: %s", name, type(error).__name__, extra=told)
        raise NotSent from error


def addresses(user: Any) -> list[str]:
    confirmed = EmailAddress.objects.filter(user_id=user.pk, verified=True).values_list("email", flat=True)
    return sorted({*confirmed} or {user_email(user)} - {"", None})
