"""An interaction's row: started when the first page is needed, found again by its handle, finished once.

The URL carries a random handle; a cookie of its own binds it to the browser. Django's session would not do: the sign-in of another
person flushes it. One cookie serves all tabs of a browser.
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponseBase

from oauth_server import clock, digest, issuers, pages, uris
from oauth_server.authorization import device, steps
from oauth_server.authorization.redirect_uri import UnprovenRedirectUri
from oauth_server.authorization.request import AuthorizationRequest, Source
from oauth_server.conf import settings
from oauth_server.digest import Kind
from oauth_server.errors import OAuthError
from oauth_server.interaction.context import NEXT
from oauth_server.models import Client, Interaction, Issuer
from oauth_server.parameters import Parameters
from oauth_server.tokens import store

PATH = "/oauth2/interaction/"
_COOKIE = "oauth_server_browser"
_MAKE_COOKIE = "_oauth_server_browser"
_TIMES = 11


class Gone(Exception):
    """There is no such interaction for this browser, or it is over. `interaction` is the row when the browser is the right one.

    `elsewhere` is the row of another browser, or of this one before it lost its cookies: enough to start again, and for nothing else.
    """

    def __init__(
        self, why: str, interaction: Interaction | None = None, *, elsewhere: Interaction | None = None
    ) -> None:
        self.interaction, self.elsewhere = interaction, elsewhere
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Pending:
    """The request that waits while a page of another app is shown; for that page to say who asks."""

    client: Client
    login_hint: str
    prompt: tuple[str, ...]
    back_url: str
    resume_url: str
    # of what the request asks for those that a person can show; whether it goes on without
    acr_values: tuple[str, ...] = ()
    is_acr_essential: bool = False


def cookie_name() -> str:
    """`__Host-` keeps subdomains from setting it, where the cookie is sent over https only."""
    return f"__Host-{_COOKIE}" if django_settings.SESSION_COOKIE_SECURE else _COOKIE


def start(request: HttpRequest, asked: AuthorizationRequest, user: Any) -> tuple[Interaction, str]:
    """Store a request. Returns the row and the path at which it goes on."""
    return _store(asked, user, digest.digest(Kind.BROWSER, browser_of(request)))


def keep(asked: AuthorizationRequest) -> str:
    """Store a request that came without cookies, for whichever browser opens it first. Returns the path at which it goes on."""
    return _store(asked, None, "")[1]


def browser_of(request: HttpRequest) -> str:
    """The value of its cookie, which is made here when there is none."""
    browser = request.COOKIES.get(cookie_name(), "") or request.META.get(_MAKE_COOKIE, "")
    if len(browser) < 32:
        browser = secrets.token_urlsafe(32)
        request.META[_MAKE_COOKIE] = browser
    return browser


def _store(asked: AuthorizationRequest, user: Any, browser: str) -> tuple[Interaction, str]:
    handle, now = secrets.token_urlsafe(32), clock.now()
    row = Interaction.objects.create(
        handle=digest.digest(Kind.INTERACTION, handle),
        browser=browser,
        issuer=asked.issuer,
        client=asked.client,
        user=user,
        device=asked.device,
        request=asked.parameters.as_dict(),
        source=asdict(asked.destination.source),
        created=now,
        expires=now + timedelta(seconds=settings.INTERACTION_LIFETIME),
    )
    return row, path(asked.issuer, handle)


def path(issuer: Issuer, handle: str) -> str:
    return uris.split(issuers.url(issuer, PATH + handle)).path


def set_cookie(request: HttpRequest, response: HttpResponseBase) -> None:
    """Put the cookie of a started interaction on its answer."""
    value = request.META.get(_MAKE_COOKIE, "")
    if value and hasattr(response, "set_cookie"):
        response.set_cookie(
            cookie_name(),
            value,
            secure=bool(django_settings.SESSION_COOKIE_SECURE),
            httponly=True,
            samesite="Lax",
            path="/",
        )


def load(request: HttpRequest, handle: str) -> Interaction:
    """The live interaction behind a handle, on the browser that it is bound to. Raises `Gone`."""
    row = (
        Interaction.objects.select_related("client__issuer", "issuer", "device__application")
        .filter(handle__in=digest.candidates(Kind.INTERACTION, handle))
        .first()
    )
    if row is not None and not row.browser:
        _bind(request, row)
    browser = request.COOKIES.get(cookie_name(), "") or request.META.get(_MAKE_COOKIE, "")
    if row is None or not browser or not digest.matches(Kind.BROWSER, browser, row.browser):
        raise Gone("unknown", elsewhere=row)
    if row.finished_at is not None:
        raise Gone("finished", row)
    if row.expires <= clock.now():
        raise Gone("expired", row)
    if settings.CLIENT_LOGOS:
        pages.show_image(request, row.client.logo_uri)
    if row.device_id is None:
        # a device's code ends when its device says
        pages.wait_until(request, row.expires, path(row.issuer, handle))
    return row


def _bind(request: HttpRequest, row: Interaction) -> None:
    """The first browser that opens a kept request is its browser."""
    browser = digest.digest(Kind.BROWSER, browser_of(request))
    Interaction.objects.filter(pk=row.pk, browser="").update(browser=browser)
    row.refresh_from_db(fields=["browser"])


def source(row: Interaction) -> Source:
    return Source(**row.source)


def settle(row: Interaction, name: str, value: Any) -> None:
    """Remember what a step has settled."""
    row.settled = {**row.settled, name: value}
    row.save(update_fields=["settled"])


def stay(row: Interaction) -> None:
    """WCAG 2.2 §2.2.1: whoever needs longer has the whole time again, ten times at most."""
    lifetime = timedelta(seconds=settings.INTERACTION_LIFETIME)
    row.expires = max(row.expires, min(clock.now() + lifetime, row.created + _TIMES * lifetime))
    Interaction.objects.filter(pk=row.pk, finished_at=None).update(expires=row.expires)


def seconds_left(row: Interaction) -> int:
    return int((row.expires - clock.now()).total_seconds())


def finish(row: Interaction) -> bool:
    """Whether this call finished it: of two clicks one does."""
    return store.finish_interaction(row.pk, clock.now())


def pending(request: HttpRequest, next_url: str | None = None) -> Pending | None:
    """The request that waits behind a page's `next`, if it is one of ours, bound to this browser, and still good."""
    handle = handle_of(next_url if next_url is not None else request.GET.get(NEXT, request.POST.get(NEXT, "")))
    if not handle:
        return None
    try:
        row = load(request, handle)
        asked = requested(row)
    except (Gone, OAuthError):
        return None
    acr = asked.wanted_acr
    resume_url = path(row.issuer, handle)
    return Pending(
        asked.client, asked.login_hint, asked.prompt, client_url(row), resume_url, acr.reachable, acr.is_essential
    )


def handle_of(url: str) -> str:
    """The handle in a resume path; empty when the URL is something else."""
    _, mark, handle = uris.split(url).path.partition(PATH) if url.startswith("/") else ("", "", "")
    return handle if mark and "/" not in handle else ""


def requested(row: Interaction) -> AuthorizationRequest:
    """The stored request, validated again: client and redirect URI may have changed meanwhile. Raises `OAuthError`."""
    if row.device is not None:
        return device.again(row.device, row.issuer)
    parameters = Parameters.from_dict(row.request)
    return steps.validate(parameters, steps.destination(parameters, row.issuer, source(row)))


def client_url(row: Interaction) -> str:
    """Where "back to the app" leads: the origin of the proven redirect URI, or the client's home page; empty when neither is known."""
    if row.device_id is not None:
        return str(row.client.client_uri)
    parameters = Parameters.from_dict(row.request)
    try:
        to = steps.destination(parameters, row.issuer, source(row))
    except (UnprovenRedirectUri, OAuthError):
        return ""
    return to.client.client_uri or to.redirect_uri
