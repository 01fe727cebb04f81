"""OpenID Connect Core 1.0 §2 (auth_time, amr), RFC 8176: tells the server how and when a person showed who they are.

And that a new password ends what apps got before it (ASVS 5.0 7.4.3).
"""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.signals import (
    authentication_step_completed,
    password_changed,
    password_reset,
    password_set,
    user_logged_in,
)
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from oauth_server.interaction.context import record_sign_in
from oauth_server.tokens import revoke

# RFC 8176 §2 has no word for a code or link by mail: "otp" is a one-time password, whatever carries it
AMR = {"password": "pwd", "password_reset": "otp", "code": "otp"}


def _amr(request: HttpRequest, user: AbstractBaseUser) -> tuple[str, ...]:
    """What this sign-in showed, as far as there is a word for it; who has just registered chose a password."""
    records = get_authentication_records(request, user)
    methods = (AMR.get(record["method"]) for record in records)
    return tuple(dict.fromkeys(method for method in methods if method)) if records else ("pwd",)


def signed_in(request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    record_sign_in(request, user, amr=_amr(request, user))


def confirmed_again(
    request: HttpRequest, user: AbstractBaseUser, method: str, reauthenticated: bool = False, **_: Any
) -> None:
    if not reauthenticated:
        return
    # ASVS 5.0 7.2.4: a new session identifier at every re-authentication
    request.session.cycle_key()
    record_sign_in(request, user, amr=(AMR[method],) if method in AMR else ())


def has_new_password(request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    revoke.person(user.pk, "a new password")


def changed_password(request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    has_new_password(request, user)
    # whoever knew the old one has just shown who they are, and stays signed in here
    record_sign_in(request, user, amr=("pwd",))


def connect_all() -> None:
    password_set.connect(has_new_password, dispatch_uid="oauth_accounts.password_set")
    password_reset.connect(has_new_password, dispatch_uid="oauth_accounts.password_reset")
    password_changed.connect(changed_password, dispatch_uid="oauth_accounts.password_changed")
    user_logged_in.connect(signed_in, dispatch_uid="oauth_accounts.signed_in")
    authentication_step_completed.connect(confirmed_again, dispatch_uid="oauth_accounts.confirmed_again")
