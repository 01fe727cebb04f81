"""After a restore from a backup: nothing that ended since the backup was made may come back.

What a client signed for one use (RFC 7523 assertions, RFC 9101 request objects) and used since is unknown as well: of those none is taken
that was made before `tokens_not_before`, see `keys/jose.py:require_made_since`.

The backup does not know what ended, so everything ends that a credential of that time could open: tokens, codes and sign-ins. What
people agreed to, clients, keys and settings stay.
"""

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import F, Max, Model

from oauth_server import clock
from oauth_server.models import (
    Authorization,
    Client,
    DeviceRequest,
    InitialAccessToken,
    Interaction,
    Issuer,
    PushedRequest,
    Session,
)
from oauth_server.tokens import revoke

REASON = "restored from a backup"
# Used up since the backup perhaps, and unused in it
_UNDER_WAY: tuple[type[Model], ...] = (Interaction, PushedRequest, DeviceRequest)


@transaction.atomic
def end_everything() -> dict[str, int]:
    """Raise `tokens_not_before` of every issuer, and end what does not hang on it. How many of what."""
    epoch = _epoch()
    issuers = list(Issuer.objects.order_by("created"))
    for issuer in issuers:
        revoke.issuer_before(issuer, max(epoch, issuer.tokens_not_before or epoch), REASON)
    counts = {
        "issuers whose tokens are dead": len(issuers),
        "sign-ins ended": Session.objects.filter(ended_at=None).update(ended_at=clock.now()),
        "initial access tokens with a limit ended": _end_initial_access_tokens(),
        "registration access tokens ended": _end_registration_access_tokens(),
        "sessions of the site removed": _remove_host_sessions(),
    }
    for model in _UNDER_WAY:
        counts[f"{model._meta.verbose_name_plural} removed"] = model._default_manager.all().delete()[0]
    return counts


def _epoch() -> datetime:
    """Now, or just after the youngest family where the clock of the backup was ahead."""
    last = Authorization.objects.aggregate(last=Max("created"))["last"]
    now = clock.now()
    return now if last is None else max(now, last + timedelta(microseconds=1))


def _end_initial_access_tokens() -> int:
    """Those that count what they are used for: the backup counts less. One without limit cannot be used once too often."""
    return InitialAccessToken.objects.filter(most__gt=F("used")).exclude(most=0).update(expires=clock.now())


def _end_registration_access_tokens() -> int:
    """RFC 7592 §2.2: each change of a registration brought a new one; the backup may hold one that was replaced, or whose client left."""
    return Client.objects.exclude(registration_access_token="").update(registration_access_token="")


def _remove_host_sessions() -> int:
    """Django's own, where they are in the database: a browser that signed out since would be signed in again."""
    if not apps.is_installed("django.contrib.sessions"):
        return 0
    store: Any = import_module(django_settings.SESSION_ENGINE).SessionStore
    if not hasattr(store, "get_model_class"):
        return 0
    removed: int = store.get_model_class()._default_manager.all().delete()[0]
    return removed
