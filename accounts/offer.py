"""After a sign-in with a password: one offer to make a passkey, where this browser can, and nobody said "not now" before."""

from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from oauth_server import clock

from . import factors, next_url, shown

# The sign-in page's script says by this field that the browser has a place for passkeys
FIELD = "passkeys"
_KEY = "_oauth_accounts_can_keep_passkeys"


def note(request: HttpRequest) -> None:
    request.session[_KEY] = request.POST.get(FIELD) == "1"


def after_sign_in(request: HttpRequest, user: Any, response: HttpResponse) -> HttpResponse:
    """The same response, or the offer, from which it goes on to where the response leads."""
    can = request.session.pop(_KEY, False)
    by_password = any(step.method == "password" for step in shown.of(request, user))
    if not (can and by_password) or user.passkey_declined_at is not None:
        return response
    if factors.has_passkey(user) or not factors.may_add(user):
        return response
    return HttpResponseRedirect(next_url.with_next(reverse("account_passkey_offer"), response["Location"]))


def decline(user: Any) -> None:
    get_user_model()._default_manager.filter(pk=user.pk).update(passkey_declined_at=clock.now())
