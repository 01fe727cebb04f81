"""OpenID Connect Core 1.0 §2 (auth_time, amr, acr): tells the server how and when a person showed who they are.

And that a new password ends what apps got before it (ASVS 5.0 7.4.3), and what became of second factors.
"""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import (
    authentication_step_completed,
    email_changed,
    password_changed,
    password_reset,
    password_set,
    user_logged_in,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.interaction.context import record_sign_in
from oauth_server.signals import operator_made
from oauth_server.tokens import revoke

from . import deletion, factors, leftovers, remembered, shown, way_back


def step_completed(
    request: HttpRequest, user: AbstractBaseUser, method: str, reauthenticated: bool = False, **extra: Any
) -> None:
    """One step, whether it ends a sign-in, is the first of two, or confirms one."""
    if method == "code" and leftovers.is_unproven(user):
        leftovers.start_over(user)
    shown.note(request, user, str(extra.get("type") or method), again=reauthenticated)
    if reauthenticated:
        # ASVS 5.0 7.2.4: a new session identifier at every re-authentication
        request.session.cycle_key()
        _record(request, user)


def signed_in(request: HttpRequest, user: Any, **_: Any) -> None:
    if not shown.of(request, user):
        # who has just registered chose a password
        shown.note(request, user, "password")
    way_back.cancel(user, "signed in")
    deletion.keep(request, user)
    _record(request, user)


def _record(request: HttpRequest, user: AbstractBaseUser) -> None:
    steps = shown.of(request, user)
    record_sign_in(request, user, amr=shown.amr(steps), acr=shown.acr(steps))


def has_new_password(request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    audit.record(Event.PASSWORD_CHANGED, user_id=user.pk, target=user.pk)
    leftovers.drop_waiting_addresses(user)
    # whoever asked for it with the old one does not know the new one
    way_back.cancel(user, "a new password")
    revoke.person(user.pk, "a new password")


def has_reset_password(request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    has_new_password(request, user)
    if leftovers.is_unproven(user):
        leftovers.drop_links(user)


def changed_password(request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    has_new_password(request, user)
    # whoever knew the old one has just shown who they are, and stays signed in here
    shown.note(request, user, "password", again=True)
    _record(request, user)


def changed_email(request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    audit.record(Event.EMAIL_CHANGED, user_id=user.pk, target=user.pk)


def factor_added(request: HttpRequest, user: AbstractBaseUser, authenticator: Authenticator, **_: Any) -> None:
    audit.record(Event.FACTOR_ADDED, user_id=user.pk, target=authenticator.type)
    if authenticator.type in factors.REAL and request.user.is_authenticated and request.user.pk == user.pk:
        # making it showed it
        shown.note(request, user, authenticator.type, again=True)
        _record(request, user)


def factor_removed(request: HttpRequest, user: AbstractBaseUser, authenticator: Authenticator, **_: Any) -> None:
    audit.record(Event.FACTOR_REMOVED, user_id=user.pk, target=authenticator.type)
    remembered.forget_all(user)


def factor_replaced(request: HttpRequest, user: AbstractBaseUser, authenticator: Authenticator, **_: Any) -> None:
    audit.record(Event.FACTOR_REMOVED, user_id=user.pk, target=authenticator.type, reason="a new set")
    audit.record(Event.FACTOR_ADDED, user_id=user.pk, target=authenticator.type)


def made_operator(user: AbstractBaseUser, **_: Any) -> None:
    """Who made the account at the command line vouches for its address; no mail may be needed to get in first."""
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"primary": True, "verified": True})  # type: ignore[attr-defined]


def connect_all() -> None:
    operator_made.connect(made_operator, dispatch_uid="oauth_accounts.operator_made")
    password_set.connect(has_new_password, dispatch_uid="oauth_accounts.password_set")
    password_reset.connect(has_reset_password, dispatch_uid="oauth_accounts.password_reset")
    password_changed.connect(changed_password, dispatch_uid="oauth_accounts.password_changed")
    email_changed.connect(changed_email, dispatch_uid="oauth_accounts.email_changed")
    user_logged_in.connect(signed_in, dispatch_uid="oauth_accounts.signed_in")
    authentication_step_completed.connect(step_completed, dispatch_uid="oauth_accounts.step_completed")
    authenticator_added.connect(factor_added, dispatch_uid="oauth_accounts.factor_added")
    authenticator_removed.connect(factor_removed, dispatch_uid="oauth_accounts.factor_removed")
    authenticator_reset.connect(factor_replaced, dispatch_uid="oauth_accounts.factor_replaced")
