"""An interaction's row: started when the first page is needed, found again by its handle, finished once.

The URL carries a random handle; a cookie of its own binds it to the browser. Django's session would not do: the sign-in of another
person flushes it. One cookie serves all tabs of a browser.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponseBase

from oauth_server import clock, digest, issuers
from oauth_server.authorization import steps
from oauth_server.authorization.redirect_uri import UnprovenRedirectUri
from oauth_server.authorization.request import AuthorizationRequest
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


class Gone(Exception):
    """There is no such interaction for this browser, or it is over. `interaction` is the row when the browser is the right one."""

    def __init__(self, why: str, interaction: Interaction | None = None) -> None:
        self.interaction = interaction
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Pending:
    """The request that waits while a page of another app is shown; for that page to say who asks."""

    client: Client
    login_hint: str
    prompt: tuple[str, ...]
    back_url: str
    resume_url: str


def cookie_name() -> str:
    """`__Host-` keeps subdomains from setting it, where the cookie is sent over https only."""
    return f"__Host-{_COOKIE}" if django_settings.SESSION_COOKIE_SECURE else _COOKIE


def start(request: HttpRequest, asked: AuthorizationRequest, user: Any) -> tuple[Interaction, str]:
    """Store a request. Returns the row and the path at which it goes on."""
    browser = request.COOKIES.get(cookie_name(), "") or request.META.get(_MAKE_COOKIE, "")
    if len(browser) < 32:
        browser = secrets.token_urlsafe(32)
        request.META[_MAKE_COOKIE] = browser
    handle, now = secrets.token_urlsafe(32), clock.now()
    row = Interaction.objects.create(
        handle=digest.digest(Kind.INTERACTION, handle),
        browser=digest.digest(Kind.BROWSER, browser),
        issuer=asked.issuer,
        client=asked.client,
        user=user,
        request=asked.parameters.as_dict(),
        created=now,
        expires=now + timedelta(seconds=settings.INTERACTION_LIFETIME),
    )
    return row, path(asked.issuer, handle)


def path(issuer: Issuer, handle: str) -> str:
    return urlsplit(issuers.url(issuer, PATH + handle)).path


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
        Interaction.objects.select_related("client__issuer", "issuer")
        .filter(handle__in=digest.candidates(Kind.INTERACTION, handle))
        .first()
    )
    browser = request.COOKIES.get(cookie_name(), "")
    if row is None or not browser or not digest.matches(Kind.BROWSER, browser, row.browser):
        raise Gone("unknown")
    if row.finished_at is not None:
        raise Gone("finished", row)
    if row.expires <= clock.now():
        raise Gone("expired", row)
    return row


def settle(row: Interaction, name: str, value: Any) -> None:
    """Remember what a step has settled."""
    row.settled = {**row.settled, name: value}
    row.save(update_fields=["settled"])


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
    return Pending(asked.client, asked.login_hint, asked.prompt, client_url(row), path(row.issuer, handle))


def handle_of(url: str) -> str:
    """The handle in a resume path; empty when the URL is something else."""
    _, mark, handle = urlsplit(url).path.partition(PATH) if url.startswith("/") else ("", "", "")
    return handle if mark and "/" not in handle else ""


def requested(row: Interaction) -> AuthorizationRequest:
    """The stored request, validated again: client and redirect URI may have changed meanwhile. Raises `OAuthError`."""
    parameters = Parameters.from_dict(row.request)
    return steps.validate(parameters, steps.destination(parameters, row.issuer))


def client_url(row: Interaction) -> str:
    """Where "back to the app" leads: the origin of the proven redirect URI, or the client's home page; empty when neither is known."""
    parameters = Parameters.from_dict(row.request)
    try:
        to = steps.destination(parameters, row.issuer)
    except (UnprovenRedirectUri, OAuthError):
        return ""
    return to.client.client_uri or to.redirect_uri
