"""Somebody has signed in: their earlier sign-in on this browser goes on, the session is made, and a new device is told by mail."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.signals import user_logged_in
from django.http import HttpRequest

from oauth_server import issuers
from oauth_server.interaction import context
from oauth_server.models import Session

from . import aside, devices, shown


def came_back(request: HttpRequest, user: Any, **_: Any) -> None:
    aside.adopt(request, user)


def arrived(request: HttpRequest, user: Any, sociallogin: Any = None, **_: Any) -> None:
    """The session is there from the sign-in on, so that the person sees it on their page of sessions, and can end it."""
    if sociallogin is not None:
        _as_old_as_there(request, user, sociallogin)
    had_been_here = Session.objects.filter(user=user.pk).exists()
    person = context.person(request, issuers.first())
    if not devices.is_known(request, user):
        devices.remember(request, user)
        if had_been_here:
            seen = devices.describe(person.session) if person else {}
            get_adapter(request).send_notification_mail("account/email/new_device", user, seen)


def _as_old_as_there(request: HttpRequest, user: Any, sociallogin: Any) -> None:
    """A sign-in elsewhere, with nothing shown here, is as old as it was there; how it was done there we do not vouch for."""
    from .social import auth_time

    at, steps = auth_time(sociallogin), shown.of(request, user)
    if at is not None and len(steps) == 1:
        context.record_sign_in(request, user, amr=shown.amr(steps), acr=shown.acr(steps), auth_time=at)


def connect_first() -> None:
    user_logged_in.connect(came_back, dispatch_uid="oauth_accounts.came_back")


def connect_last() -> None:
    user_logged_in.connect(arrived, dispatch_uid="oauth_accounts.arrived")
