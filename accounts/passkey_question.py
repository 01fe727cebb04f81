"""W3C Web Authentication Level 3 §13.4.3 what the sign-in page asks a passkey to sign, kept in a cookie of its own, and good once.

A script asks for it, so its answer may come late. With the challenge in the session, where the engine keeps it, the answer could bring
the cookie of an empty session after that of a sign-in, and take its place.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from oauth_server import clock
from oauth_server.tokens import store

from . import aside, cookies

_COOKIE = cookies.Kept("oauth_accounts_passkey", "passkey")
_USED = "passkey"
# Where the engine looks for it
_STATE = "mfa.webauthn.state"
GOOD_FOR = timedelta(hours=1)


def ask(request: HttpRequest, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The engine's answer, made with a session that is thrown away."""
    session, request.session = request.session, aside.session_of(None)
    response = answer()
    asked, request.session = request.session.get(_STATE), session
    if asked:
        _COOKIE.write(request, [json.dumps(asked), (clock.now() + GOOD_FOR).isoformat()])
        _COOKIE.send(request, response, int(GOOD_FOR.total_seconds()))
    return response


def answered(request: HttpRequest, check: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The engine judges the signature; the question is taken back, whatever comes of it."""
    asked = _asked(request)
    if asked:
        request.session[_STATE] = asked
    response = check()
    if asked:
        request.session.pop(_STATE, None)
        _COOKIE.write(request, [])
        _COOKIE.send(request, response, 0)
    return response


def use_up(request: HttpRequest) -> bool:
    """Whether the question of this request is answered rightly for the first time."""
    asked = _asked(request)
    return asked is not None and store.use_once(_USED, asked["challenge"], clock.now() + GOOD_FOR)


def _asked(request: HttpRequest) -> dict[str, Any] | None:
    kept = _COOKIE.read(request)
    if len(kept) != 2 or kept[1] <= clock.now().isoformat():
        return None
    asked: dict[str, Any] = json.loads(kept[0])
    return asked
