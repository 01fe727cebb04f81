"""Content Security Policy Level 3, RFC 9700 §4.2.4 and §4.16: headers of every page for people, the page for what went wrong.

`@page` protects a view. `leads_to_client=True` is for pages whose form can end at a client: Chromium applies `form-action` to every
hop of the redirects behind a form, and a client's own pages may be opened from a popup that still has to reach its opener.
"""

import base64
import hashlib
import logging
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from typing import Any

from django.conf import global_settings, settings
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import render, resolve_url
from django.template.response import SimpleTemplateResponse
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from oauth_server import clock, conflicts, copies, languages, tracing, typed, uris
from oauth_server.copies import Stale

View = Callable[..., HttpResponseBase]

logger = logging.getLogger("oauth_server")

THEME_COOKIE = "oauth_server_theme"
THEMES = ("light", "dark", "auto")

_IMAGES = "_oauth_server_images"
_NONCE = "_oauth_server_nonce"
_TIME_LEFT = "_oauth_server_time_left"
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?", re.ASCII)
_FRAME = re.compile(r"(https?://[A-Za-z0-9.-]+(?::[0-9]+)?)(?![^/?])(?:/[A-Za-z0-9._~!$&'()*+=:@%/-]*)?", re.ASCII)


class SeeOther(HttpResponseRedirectBase):
    """RFC 9700 §4.12: 303, so that no browser repeats a form with credentials at the client."""

    status_code = 303

    def __init__(self, location: str) -> None:
        # proven before: a private-use scheme (RFC 8252 §7.1) is as good as https
        self.allowed_schemes = [location.partition(":")[0], "http", "https"]
        super().__init__(location)


class Scripted(HttpResponse):
    """A page with one script in it; the policy names the hash of this script, so that no other runs."""

    def __init__(self, content: str, *, script: str) -> None:
        digest = hashlib.sha256(script.encode()).digest()
        self.script_source = f"'sha256-{base64.b64encode(digest).decode()}'"
        super().__init__(content)


class Framing(HttpResponse):
    """A page with pages of others in it, and script files of this server; the policy names exactly these frames."""

    def __init__(self, content: str, *, frames: Iterable[str]) -> None:
        self.frame_sources = " ".join(dict.fromkeys(filter(None, map(frame_source, frames))))
        super().__init__(content)


def frame_source(url: str) -> str:
    """CSP Level 3 §2.3.1 an address as a source: without its query, and without a path that a policy cannot spell. Empty: no source."""
    found = _FRAME.match(url)
    if found is None:
        return ""
    return found[0] if len(found[0]) == len(url.partition("?")[0]) else found[1]


def static_sources() -> str:
    """Where the style sheets, scripts and images of this server are."""
    static = uris.split(settings.STATIC_URL or "")
    return f"'self' {static.scheme}://{static.netloc}" if static.scheme and static.netloc else "'self'"


def show_image(request: HttpRequest, url: str) -> None:
    """Let the page that answers this request load images from the host of an https URL."""
    if source := _image_source(url):
        request.META[_IMAGES] = source


def shows_image(request: HttpRequest, url: str) -> bool:
    """Whether the policy of the page lets this image be loaded."""
    return bool(url) and request.META.get(_IMAGES) == _image_source(url)


def _image_source(url: str) -> str:
    where = uris.split(url)
    return f"https://{where.netloc}" if where.scheme == "https" and _HOST.fullmatch(where.netloc) else ""


def wait_until(request: HttpRequest, until: datetime, url: str) -> None:
    """The request of an app waits behind the page; more time is asked for at the URL."""
    request.META[_TIME_LEFT] = {"until": until, "url": url}


def time_left(request: HttpRequest) -> dict[str, Any]:
    """`until`, `seconds`, `url`; empty for a page that waits for nobody."""
    found: dict[str, Any] = request.META.get(_TIME_LEFT, {})
    return found and {**found, "seconds": max(int((found["until"] - clock.now()).total_seconds()), 0)}


def theme(request: HttpRequest) -> str:
    """`light` or `dark` where this browser chose; empty: as its system has it."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in {"light", "dark"} else ""


def nonce(request: HttpRequest) -> str:
    """§2.3.1: what a script file or a style of this page carries (`{% nonce %}` in templates); its policy then names it."""
    made: str = request.META.setdefault(_NONCE, secrets.token_urlsafe(16))
    return made


def _policy(*, leads_to_client: bool, scripts: bool, script: str, images: str, nonce: str) -> str:
    sources, own = static_sources(), f"'nonce-{nonce}'" if nonce else ""
    policy = f"default-src 'none'; style-src {_joined(sources, own)}; img-src {_joined(sources, images)}"
    policy += "; base-uri 'none'; frame-ancestors 'none'"
    if scripts:
        policy += f"; script-src {sources}; connect-src 'self'"
    elif script or own:
        policy += f"; script-src {_joined(script, own)}"
        # what a script file of ours asks of this server
        policy += "; connect-src 'self'" if own else ""
    return policy if leads_to_client else f"{policy}; form-action 'self'"


def _joined(*sources: str) -> str:
    return " ".join(filter(None, sources))


def protect(
    request: HttpRequest, response: HttpResponseBase, *, leads_to_client: bool = False, scripts: bool = False
) -> None:
    """Set the headers of a page for people. A trace id that the response already names stays.

    `scripts`: the page brings script files of this server, as Django's admin does.
    """
    headers = response.headers
    script = response.script_source if isinstance(response, Scripted) else ""
    images = request.META.get(_IMAGES, "")
    headers["Content-Security-Policy"] = _policy(
        leads_to_client=leads_to_client,
        scripts=scripts,
        script=script,
        images=images,
        nonce=request.META.get(_NONCE, ""),
    )
    if isinstance(response, Framing):
        headers["Content-Security-Policy"] += f"; script-src {static_sources()}; frame-src {response.frame_sources}"
    headers["X-Frame-Options"] = "DENY"
    headers["X-Content-Type-Options"] = "nosniff"
    # Not no-referrer: browsers then send "Origin: null" with our own forms, which the CSRF protection has to refuse
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "unsafe-none" if leads_to_client else "same-origin"
    headers["Cache-Control"] = "no-store"
    headers.setdefault("X-Trace-Id", tracing.trace_id(request.META))


def page(*, leads_to_client: bool = False, repeatable: bool = False) -> Callable[[View], View]:
    """Protect every response of a view, and keep it out of a host's `LoginRequiredMiddleware`: it asks for itself.

    `repeatable`: it may be called again when its transaction lost against another one.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def protected(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with languages.activated(request):
                try:
                    call = partial(view, request, *args, **kwargs)
                    response = _rendered(_fresh(partial(conflicts.repeat, call) if repeatable else call))
                except (OperationalError, InterfaceError, Stale) as error:
                    logger.error("the database is not there, or its rows change all the time: %s", error)
                    response = unavailable(request)
            protect(request, response, leads_to_client=leads_to_client)
            return response

        return login_not_required(protected)

    return decorate


def _rendered(response: HttpResponseBase) -> HttpResponseBase:
    """A page that Django would render later is rendered in the language of the page, and before its policy is made."""
    return response.render() if isinstance(response, SimpleTemplateResponse) else response


def _fresh(call: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """A copy of the issuer that proves stale has stored nothing: the view starts over with a fresh one. Raises `copies.Stale`."""
    try:
        return call()
    except Stale:
        with copies.fresh():
            return call()


def error_page(
    request: HttpRequest,
    *,
    status: int,
    title: str,
    message: str,
    advice: str,
    code: str,
    trace_id: str = "",
    client: Any = None,
    back_url: str | None = None,
    restart_url: str | None = None,
    back_fields: Mapping[str, str] | None = None,
    detail: str = "",
    difference: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The one page for everything that went wrong. `back_url`: a registered URI of the client or None, to which `back_fields` are posted.

    `detail`, `difference`: for DEBUG.
    """
    trace_id = trace_id or tracing.trace_id(request.META)
    context = {
        "title": title,
        "message": message,
        "advice": advice,
        "code": code,
        "trace_id": trace_id,
        "time": datetime.now(UTC),
        "client": client,
        "back_url": back_url,
        "back_fields": back_fields,
        "restart_url": restart_url,
        "home_url": _home_url(),
        "detail": detail,
        "difference": difference,
    }
    response = render(request, "oauth_server/error.html", context, status=status)
    response["X-Trace-Id"] = trace_id
    protect(request, response, leads_to_client=back_url is not None)
    return response


def clock_time(seconds: int) -> str:
    """RFC 6585 §4 the time of day after so many seconds, as people read it on a clock: never too early."""
    return time_format(timezone.localtime(timezone.now() + timedelta(seconds=seconds + 59)), "H:i T")


def _home_url() -> str:
    """Where people go when nothing else is known: the project's LOGIN_REDIRECT_URL. Empty where it is Django's, which nobody set."""
    if settings.LOGIN_REDIRECT_URL == global_settings.LOGIN_REDIRECT_URL:
        return ""
    try:
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    except NoReverseMatch:
        return ""


def unavailable(request: HttpRequest) -> HttpResponse:
    """RFC 9110 §15.6.4: the database is away for a moment."""
    response = error_page(
        request,
        status=503,
        title=_("We are not available right now"),
        message=_("This server cannot reach what it has stored. Nothing was lost, and you did nothing wrong."),
        advice=_("Wait a moment, then try again."),
        code="temporarily_unavailable",
        restart_url=request.get_full_path() if request.method == "GET" else None,
    )
    response["Retry-After"] = "1"
    return response


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`CSRF_FAILURE_VIEW`: a form that waited too long, or lost its cookie, gets a way on instead of a bare 403."""
    response = error_page(
        request,
        status=403,
        title=_("This form is no longer valid"),
        message=_("It was open for too long, or you signed in or out in another tab. Nothing was sent."),
        advice=_("Open the page again and repeat what you wanted to do. This needs cookies to be on."),
        code="csrf_failed",
        restart_url=request.get_full_path(),
        detail=reason if settings.DEBUG else "",
    )
    typed.keep(request, response)
    return response
