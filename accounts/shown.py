"""OpenID Connect Core 1.0 §2 (acr, amr, auth_time), RFC 8176: what a person has shown in this browser, step by step.

Written when the engine says that a step is completed, and kept under a key of our own with the person it is about: its own list keeps
attempts that came to nothing. A second factor that is shown later joins the first one of the same sign-in; a password that is typed
again vouches for nothing but itself.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

from allauth.account import app_settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from oauth_server import clock
from oauth_server.claims import acr as level
from oauth_server.conf import settings

_KEY = "_oauth_accounts_shown"

PASSKEY = "webauthn"
# RFC 8176 §2 has no word for a code or link by mail, nor for a recovery code: "otp" is a one-time password, whatever carries it
_AMR = {
    "password": ("pwd",),
    "password_reset": ("otp",),
    "code": ("otp",),
    "totp": ("otp",),
    "recovery_codes": ("otp",),
    # possession of a key, and a gesture that its device verified
    PASSKEY: ("pop", "user"),
}
_SECOND = frozenset({"totp", "recovery_codes", PASSKEY})
# What each value of ACR_VALUES asks for: any sign-in, two factors, a factor that cannot be phished
ONE, TWO, PHISHING_RESISTANT = range(3)


@dataclass(frozen=True, slots=True)
class Shown:
    """One completed step."""

    method: str
    at: float


def note(request: HttpRequest, user: Any, method: str, *, again: bool = False) -> None:
    """A step is completed. `again`: by somebody who is signed in."""
    now, earlier = clock.now().timestamp(), of(request, user)
    if again:
        carry(request, user, joined(earlier, method, now))
        return
    together = [step for step in earlier if method in _SECOND and now - step.at < app_settings.LOGIN_TIMEOUT]
    carry(request, user, [*_without(together, method), Shown(method, now)])


def still_here(request: HttpRequest, user: Any) -> None:
    """Whoever needs longer for the next step: the one before counts as long as the sign-in waits."""
    carry(request, user, [replace(step, at=clock.now().timestamp()) for step in of(request, user)])


def joined(earlier: list[Shown], method: str, now: float) -> list[Shown]:
    """What counts after one more step of somebody who is signed in: the first factor, and what was shown a moment ago."""
    kept = [step for step in earlier if step.method not in _SECOND or now - step.at < settings.SECURITY_MAX_AGE]
    return [*_without(kept, method), Shown(method, now)]


def _without(steps: list[Shown], method: str) -> list[Shown]:
    return [step for step in steps if step.method != method]


def of(request: HttpRequest, user: Any) -> list[Shown]:
    """The completed steps of this person in this browser, oldest first."""
    return _read(request.session.get(_KEY) or getattr(request, _KEY, None), user)


def beside(store: SessionBase, user: Any) -> list[Shown]:
    """The same for somebody who is signed in beside the one who uses this browser."""
    return _read(store.get(_KEY), user)


def _read(data: Any, user: Any) -> list[Shown]:
    if not data or data["user"] != str(user.pk):
        return []
    return [Shown(**step) for step in data["steps"]]


def carry(request: HttpRequest, user: Any, steps: list[Shown]) -> None:
    """Keep them with the session, and with the request where the sign-in of another person is about to flush the session."""
    data = {"user": str(user.pk), "steps": [asdict(step) for step in steps]}
    request.session[_KEY] = data
    setattr(request, _KEY, data)


def amr(steps: list[Shown]) -> tuple[str, ...]:
    words = [word for step in steps for word in _AMR.get(step.method, ())]
    return tuple(dict.fromkeys([*words, *(["mfa"] if rank(steps) >= TWO else [])]))


def rank(steps: list[Shown]) -> int:
    """How well the steps show who it is. A passkey is two factors: its device, and what unlocks it."""
    methods = {step.method for step in steps}
    if PASSKEY in methods:
        return PHISHING_RESISTANT
    return TWO if methods & _SECOND and methods - _SECOND else ONE


def acr(steps: list[Shown]) -> str:
    """The value of ACR_VALUES that was reached; the lowest where the setting names no more."""
    values = settings.ACR_VALUES
    return str(values[min(rank(steps), len(values) - 1)]) if values else ""


def rank_of(acr_values: tuple[str, ...]) -> int:
    """What has to be reached for any one of the values."""
    ranks = [found for value in acr_values if (found := level.rank(value)) >= 0]
    return min(ranks, default=ONE)


def is_recent(request: HttpRequest, user: Any) -> bool:
    """Whether the last step is younger than SECURITY_MAX_AGE."""
    steps = of(request, user)
    return bool(steps) and clock.now().timestamp() - steps[-1].at < settings.SECURITY_MAX_AGE
