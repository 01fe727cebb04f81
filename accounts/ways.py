"""The ways in which somebody who is signed in can confirm that it is they, and which of them reach what is asked."""

from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from oauth_server import clock

from . import aside, factors, next_url, remembered, shown
from .pending import pending_of
from .shown import ONE, PASSKEY, PHISHING_RESISTANT, TWO, Shown

# way → the steps any one of which it completes
_STEPS = {
    "account_reauthenticate": ("password",),
    "mfa_reauthenticate_webauthn": (PASSKEY,),
    "mfa_reauthenticate": ("totp", "recovery_codes"),
}


def wanted(request: HttpRequest) -> int:
    """What has to be reached: what a client asks for, what SECOND_FACTOR asks of this person, on the own pages the most they have."""
    user: Any = request.user
    asked, waiting = request.GET.get("acr_values", "").split(), pending_of(request)
    rank = shown.rank_of(tuple(asked))
    if not asked and waiting is not None:
        # a sign-in that is only to be confirmed asks for no more than this person can show
        rank = min(shown.rank_of(waiting.acr_values), _reach(user))
    if factors.must_have(user) or (not asked and waiting is None and factors.has_any(user)):
        rank = max(rank, TWO)
    return rank


def _reach(user: Any) -> int:
    """The best that this person can show."""
    own = factors.of(user)
    return PHISHING_RESISTANT if own.passkeys else TWO if own.totp else ONE


def is_reached(request: HttpRequest, rank: int) -> bool:
    return shown.rank(shown.of(request, request.user)) >= rank


def is_strong(request: HttpRequest) -> bool:
    """Whether this sign-in showed a second factor, or the person has none."""
    return is_reached(request, TWO) or not factors.has_any(request.user)


def is_enough(request: HttpRequest, user: Any = None) -> bool:
    """Whether SECOND_FACTOR is satisfied with this sign-in; a remembered device vouches for the second factor.

    `user`: of several people on this browser the one who is meant; else the one who uses it.
    """
    user = request.user if user is None else user
    if not factors.must_have(user):
        return True
    if shown.rank(_shown_by(request, user)) >= TWO:
        return True
    return factors.has_any(user) and remembered.this(request, user) is not None


def _shown_by(request: HttpRequest, user: Any) -> list[Shown]:
    if user.pk == request.user.pk:
        return shown.of(request, user)
    store = next((one.store for one in aside.others(request) if one.user.pk == user.pk), None)
    return shown.beside(store, user) if store is not None else []


def methods(request: HttpRequest, user: Any) -> list[dict[str, Any]]:
    """The ways that reach it, the strongest first; where it takes two of them, those that can be the first."""
    if not user.is_authenticated:
        return []
    rank, steps = wanted(request), shown.of(request, user)
    has = _methods_of(user)
    found = [way for way in _ways() if has & set(_STEPS[way["id"]])]
    good = [way for way in found if any(_leads_to(steps, step) >= rank for step in has & set(_STEPS[way["id"]]))]
    if good or rank == PHISHING_RESISTANT:
        return good
    return [way for way in found if way["id"] == "account_reauthenticate"] if len(has) > 1 else []


def confirm_first(request: HttpRequest) -> HttpResponseRedirect:
    """To the page on which they confirm that it is they, or sign in; from there back to this one."""
    here = request.get_full_path() if request.method == "GET" else next_url.passed_on(request, request.path)
    found = methods(request, request.user)
    return HttpResponseRedirect(next_url.with_next(found[0]["url"] if found else reverse("account_login"), here))


def _methods_of(user: Any) -> set[str]:
    own = factors.of(user)
    has = {"password"} if user.has_usable_password() else set()
    has |= {PASSKEY} if own.passkeys else set()
    has |= {"totp"} if own.totp else set()
    return has | ({"recovery_codes"} if own.codes_left else set())


def _leads_to(steps: list[Shown], step: str) -> int:
    return shown.rank(shown.joined(steps, step, clock.now().timestamp()))


def _ways() -> list[dict[str, Any]]:
    return [
        {
            "id": "mfa_reauthenticate_webauthn",
            "description": _("Use a passkey"),
            "url": reverse("mfa_reauthenticate_webauthn"),
        },
        {
            "id": "account_reauthenticate",
            "description": _("Use your password"),
            "url": reverse("account_reauthenticate"),
        },
        {
            "id": "mfa_reauthenticate",
            "description": _("Use an authenticator app or a recovery code"),
            "url": reverse("mfa_reauthenticate"),
        },
    ]


__all__ = ["ONE", "TWO", "is_enough", "is_reached", "is_strong", "methods", "wanted"]
