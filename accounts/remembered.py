"""Remembered devices: a browser that its owner marked is not asked for the second factor for a while (REMEMBER_DEVICES_FOR).

It vouches for the second factor at the sign-in page alone: `acr` and `amr` tell only what was shown, so a client that asks for more
gets more.
"""

import secrets
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase

from oauth_server import audit, clock, digest
from oauth_server.conf import settings
from oauth_server.digest import Kind
from oauth_server.policy import people

from . import cookies
from .factor_models import RememberedDevice

_COOKIE = "oauth_accounts_device"


def is_on() -> bool:
    return settings.REMEMBER_DEVICES_FOR > 0


def remember(request: HttpRequest, user: Any, response: HttpResponseBase) -> None:
    """Mark this browser. One token serves one person; another person on the same browser is asked again."""
    token, now = secrets.token_urlsafe(32), clock.now()
    RememberedDevice.objects.create(
        token=digest.digest(Kind.REMEMBERED_DEVICE, token),
        user=user,
        auth_hash=people.auth_hash(user),
        user_agent=request.headers.get("user-agent", "")[:300],
        address=audit.current().address or None,
        created=now,
        last_used=now,
        expires=now + timedelta(seconds=settings.REMEMBER_DEVICES_FOR),
    )
    cookies.put(response, _COOKIE, token, settings.REMEMBER_DEVICES_FOR)


def is_remembered(request: HttpRequest, user: Any) -> bool:
    """At sign-in: whether this browser was marked by this person, since the password was last changed."""
    row = this(request, user)
    return row is not None and bool(RememberedDevice.objects.filter(pk=row.pk).update(last_used=clock.now()))


def this(request: HttpRequest, user: Any) -> RememberedDevice | None:
    token = request.COOKIES.get(cookies.name(_COOKIE), "")
    if not token or not is_on():
        return None
    row = live(user).filter(token__in=digest.candidates(Kind.REMEMBERED_DEVICE, token)).first()
    return row if row is not None and people.has_auth_hash(user, row.auth_hash) else None


def live(user: Any) -> "QuerySet[RememberedDevice]":
    return RememberedDevice.objects.filter(user=user.pk, expires__gt=clock.now()).order_by("-last_used")


def forget(user: Any, pk: int) -> None:
    RememberedDevice.objects.filter(user=user.pk, pk=pk).delete()


def forget_all(user: Any) -> None:
    RememberedDevice.objects.filter(user=user.pk).delete()
