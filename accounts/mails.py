"""Notices by mail about what changed in how a person signs in, each with a link that says "this was not me".

The link is signed, works for two weeks, and opens a page; only the button on it does something.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.utils import user_email
from allauth.core import context as allauth_context
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from oauth_server import audit
from oauth_server.conf import settings

from .former_address import Changed

logger = logging.getLogger("oauth_server")

_SALT = "oauth_accounts.not_me"
GOOD_FOR = timedelta(days=14)


def absolute(path: str) -> str:
    """An address for a mail: the issuer's, whatever the Host header says."""
    issuer = urlsplit(settings.ISSUER)
    return f"{issuer.scheme}://{issuer.netloc}{path}"


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
        message = adapter.render_mail(name, address, told)
        try:
            message.send()
        except OSError as error:
            # a mail server that is away costs the notice and nothing else
            logger.error("the notice %s could not be sent: %s", name, type(error).__name__)


def addresses(user: Any) -> list[str]:
    confirmed = EmailAddress.objects.filter(user_id=user.pk, verified=True).values_list("email", flat=True)
    return sorted({*confirmed} or {user_email(user)} - {"", None})
