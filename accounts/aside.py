"""Several people on one browser: one Django session for each. The keys of the others' wait in one sealed cookie (ASVS 5.0 7.2, 3.3).

A key is taken out by a POST alone, and is another one from then on: an old copy of the cookie opens nothing.
"""

from importlib import import_module
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token

from oauth_server.interaction import context
from oauth_server.interaction.context import SignedIn
from oauth_server.models import Session

from . import cookies

# So many people beside the one who uses the browser; whoever signed in first is signed out beyond them
MOST = 7
COOKIE = cookies.Kept("oauth_accounts_others", "aside")
_FOUND = "_oauth_accounts_found"
# Names its person: goes nowhere else
_MINE = frozenset({SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY, context.KEY})


def others(request: HttpRequest) -> list[SignedIn]:
    """Who is signed in on this browser beside the one who uses it, the latest first."""
    return [one for one in _all(request) if one.user.pk != request.user.pk]


def set_aside(request: HttpRequest) -> None:
    """Whoever is signed in makes room for somebody else, and stays signed in. What this request has begun goes with the other."""
    here = request.session
    before = dict(session_of(here.session_key).items())
    fresh = session_of(None)
    for name, value in here.items():
        if name not in _MINE and (name not in before or before[name] != value):
            fresh[name] = value
    _keep(request, [str(here.session_key), *COOKIE.read(request)])
    request.session = fresh
    request.user = AnonymousUser()


def make_room(request: HttpRequest, user: Any = None) -> None:
    """Before somebody signs in: `user`, when it is known who."""
    if request.user.is_authenticated and (user is None or request.user.pk != user.pk):
        set_aside(request)


def switch(request: HttpRequest, key: str) -> bool:
    """Go on as another person of this browser. False: they are not signed in any more."""
    found = next((one for one in others(request) if str(one.user.pk) == key), None)
    if found is None:
        return False
    rest = [kept for kept in COOKIE.read(request) if kept != found.store.session_key]
    # ASVS 5.0 7.2.4: the key that was in the cookie is worth nothing from now on
    found.store.cycle_key()
    if request.user.is_authenticated:
        request.session.save()
        rest.insert(0, str(request.session.session_key))
    else:
        request.session.flush()
    _keep(request, rest)
    request.session = found.store
    request.user = found.user
    rotate_token(request)
    return True


def adopt(request: HttpRequest, user: Any) -> None:
    """Who signs in and was here already goes on with the same sessions: apps see one sign-in, confirmed again."""
    for one in _all(request):
        if one.user.pk == user.pk:
            request.session[context.KEY] = one.store[context.KEY]
            _keep(request, [key for key in COOKIE.read(request) if key != one.store.session_key])
            one.store.delete()


def sign_out_others(request: HttpRequest) -> None:
    for one in others(request):
        context.end_other(one)
    _keep(request, [])


def send_cookie(request: HttpRequest, response: HttpResponse) -> None:
    COOKIE.send(request, response, django_settings.SESSION_COOKIE_AGE)


def _keep(request: HttpRequest, keys: list[str]) -> None:
    for key in keys[MOST:]:
        if (one := _open(key)) is not None:
            context.end_other(one)
    COOKIE.write(request, list(dict.fromkeys(keys[:MOST])))
    request.META.pop(_FOUND, None)


def _all(request: HttpRequest) -> list[SignedIn]:
    if _FOUND not in request.META:
        request.META[_FOUND] = [one for key in COOKIE.read(request) if (one := _open(key)) is not None]
    found: list[SignedIn] = request.META[_FOUND]
    return found


def _open(key: str) -> SignedIn | None:
    """Django's own judgement of a session: there, not expired, of an active person, under their present password."""
    asking = HttpRequest()
    asking.session = session_of(key)
    user = get_user(asking)
    data = asking.session.get(context.KEY, {})
    if not user.is_authenticated or data.get("user") != str(user.pk) or was_ended(asking.session):
        return None
    return SignedIn(user, asking.session)


def was_ended(store: SessionBase) -> bool:
    """Whether a sign-in was ended elsewhere: by the person, on another browser or in another tab, or by an operator."""
    keys = context.session_keys(store)
    if not keys:
        return False
    sessions = list(Session.objects.filter(pk__in=keys))
    context.saw([session for session in sessions if session.ended_at is None])
    return any(session.ended_at is not None for session in sessions)


def session_of(key: str | None) -> SessionBase:
    """The session of a key; without one a session that nobody has yet."""
    store: SessionBase = import_module(django_settings.SESSION_ENGINE).SessionStore(key)
    return store
