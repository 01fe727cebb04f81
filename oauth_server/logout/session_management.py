"""OpenID Connect Session Management 1.0: `session_state` (§2), and the cookie behind it, which `check_session_iframe` reads (§3.2).

The cookie holds a random value of its own, never the session's key: any script of this origin, and no other site, can read it. It
changes with each sign-in and goes with the sign-out.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable
from typing import Literal

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse

from oauth_server import uris
from oauth_server.conf import settings
from oauth_server.interaction.context import browser_state

_COOKIE = "oauth_server_browser_state"
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


def cookie_name() -> str:
    """`__Host-` keeps subdomains from setting it, where the cookie is sent over https only."""
    return f"__Host-{_COOKIE}" if django_settings.SESSION_COOKIE_SECURE else _COOKIE


def session_state(request: HttpRequest, client_id: str, redirect_uri: str) -> str:
    """§2: a salted hash over the client, its origin and the browser's state. Empty where there is nothing to watch."""
    state, origin = browser_state(request), _origin(redirect_uri)
    if not settings.SESSION_MANAGEMENT or not state or not origin:
        return ""
    salt = secrets.token_urlsafe(12)
    return f"{_hash(client_id, origin, state, salt)}.{salt}"


def _hash(*parts: str) -> str:
    """As `static/oauth_server/check_session.js` computes it."""
    raw = hashlib.sha256(" ".join(parts).encode()).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _origin(redirect_uri: str) -> str:
    """RFC 6454 §6.2 as a browser writes it; empty for what is no page in a browser."""
    parts = uris.split(redirect_uri)
    if parts.scheme not in _DEFAULT_PORTS:
        return ""
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(_DEFAULT_PORTS[parts.scheme])}"


def watch_sessions(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, behind Django's sessions: the cookie follows each sign-in and sign-out, on whatever page it happens."""

    def call(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        # a request that never looked at its session has not changed it, and costs nothing
        if settings.SESSION_MANAGEMENT and request.session.accessed:
            _update(request, response)
        return response

    return call


def _update(request: HttpRequest, response: HttpResponse) -> None:
    name, state = cookie_name(), browser_state(request)
    is_secure = bool(django_settings.SESSION_COOKIE_SECURE)
    same_site: Literal["None", "Lax"] = "None" if is_secure else "Lax"
    if state and request.COOKIES.get(name) != state:
        response.set_cookie(name, state, secure=is_secure, samesite=same_site, path="/")
    # A frame of another site does not get the cookie of the session; that one is missing there says nothing
    elif not state and name in request.COOKIES and django_settings.SESSION_COOKIE_NAME in request.COOKIES:
        response.delete_cookie(name, samesite=same_site, path="/")
