"""OpenID Connect RP-Initiated Logout 1.0 §2 end_session_endpoint, and the pages on the way: the question, the frames, the end."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings as django_settings
from django.contrib.auth import logout as end_session
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from oauth_server import audit, issuers, pages, uris
from oauth_server.authorization import ui_locales
from oauth_server.endpoints import adapter, browser
from oauth_server.endpoints.base import record_refusal
from oauth_server.errors import InvalidRequest
from oauth_server.interaction import context
from oauth_server.interaction.context import SignedIn
from oauth_server.logout import frontchannel, headless, rp_initiated
from oauth_server.logout.rp_initiated import LogoutRequest
from oauth_server.models import Issuer
from oauth_server.pages import SeeOther

PATH = "/oauth2/sessions/logout"
SIGNED_OUT_PATH = "/oauth2/sessions/signed-out"
# The parameter by which a request that was read before comes back
REQUEST = "logout_request"


@csrf_exempt  # §2: another site's form may post here; it signs nobody out without their ID token or their word
@transaction.non_atomic_requests
@pages.page(leads_to_client=True)
def logout(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    if request.method not in {"GET", "POST"}:
        return HttpResponse(status=405, headers={"Allow": "GET, POST"})
    try:
        issuer = issuers.for_request(request.get_host(), slug)
    except issuers.UnknownIssuer:
        return HttpResponse(status=404)
    with adapter.person_origin(request):
        try:
            asked = _read(request, issuer)
        except InvalidRequest as error:
            return _malformed(request, error, issuer)
        if request.method == "POST":
            # No cookie came with the form of another site; the GET that follows brings them
            return SeeOther(f"{_path(issuer, PATH)}?{urlencode({REQUEST: rp_initiated.sealed(asked, issuer)})}")
        with translation.override(ui_locales.language(asked.ui_locales) or translation.get_language()):
            if headless.VERIFIER in request.GET and (agreed := _agreed(request, issuer)) is not None:
                return sign_out(request, agreed, issuer)
            return _decide(request, asked, issuer)


def _agreed(request: HttpRequest, issuer: Issuer) -> LogoutRequest | None:
    """What was agreed on the page of an app of the operator."""
    return headless.come_back(request, issuer, request.GET[headless.VERIFIER])


def _read(request: HttpRequest, issuer: Issuer) -> LogoutRequest:
    parameters = browser.parameters(request)
    if REQUEST in parameters:
        return rp_initiated.unsealed(parameters.get(REQUEST), issuer) or LogoutRequest(fault="the request is too old")
    asked = rp_initiated.read(parameters, issuer)
    if asked.fault:
        _record(asked.fault, issuer)
    return asked


def _record(fault: str, issuer: Issuer) -> None:
    record_refusal(InvalidRequest(reason=fault), issuer=issuer, target=PATH, address=audit.current().address)


def _path(issuer: Issuer, path: str) -> str:
    return uris.split(issuers.url(issuer, path)).path


def _decide(request: HttpRequest, asked: LogoutRequest, issuer: Issuer) -> HttpResponseBase:
    """§2: whoever is named by the hint is signed out; anybody else is asked, for a link can be put before everybody."""
    if not (request.user.is_authenticated and asked.is_about(request.user, issuer)):
        for one in context.others(request):
            if asked.is_about(one.user, issuer):
                return _sign_out_other(one, asked, issuer, request)
    if headless.is_due(request, asked, issuer):
        return SeeOther(headless.ask(request, asked, issuer))
    if request.user.is_authenticated:
        return (sign_out if asked.is_about(request.user, issuer) else _ask)(request, asked, issuer)
    client = asked.client(issuer) if asked.to else None
    if client is None or not client.is_a_strangers:
        return sign_out(request, asked, issuer)
    # RFC 9700 §4.11.2: nobody is signed in, so the hint is about anybody, such as the one who made this link and its client
    end_session(request)
    return _signed_out(request, client=client, back_url=asked.location)


def _ask(request: HttpRequest, asked: LogoutRequest, issuer: Issuer) -> HttpResponseBase:
    client = asked.client(issuer) if asked.client_id else None
    shown = {
        "person": request.user,
        "client": client,
        "is_another": bool(asked.sub),
        "stays_here": bool(asked.fault),
        "action": _path(issuer, f"{PATH}/confirm"),
        "name": REQUEST,
        "value": rp_initiated.sealed(asked, issuer),
    }
    return render(request, "oauth_server/sign_out.html", shown)


@transaction.non_atomic_requests
@pages.page(leads_to_client=True)
@csrf_protect
def confirm(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    """The answer to the question."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    try:
        issuer = issuers.for_request(request.get_host(), slug)
    except issuers.UnknownIssuer:
        return HttpResponse(status=404)
    with adapter.person_origin(request):
        asked = rp_initiated.unsealed(request.POST.get(REQUEST, ""), issuer) or LogoutRequest()
        with translation.override(ui_locales.language(asked.ui_locales) or translation.get_language()):
            if request.POST.get("decision") == "stay":
                client = asked.client(issuer) if asked.client_id else None
                return render(request, "oauth_server/still_signed_in.html", {"client": client})
            return sign_out(request, asked, issuer)


def sign_out(request: HttpRequest, asked: LogoutRequest, issuer: Issuer) -> HttpResponseBase:
    """End what this person's sign-in brought, show the frames of the clients that want to know, and go on."""
    frames = frontchannel.frames(request.session)
    end_session(request)
    return _onward(request, asked, issuer, frames)


def _sign_out_other(one: SignedIn, asked: LogoutRequest, issuer: Issuer, request: HttpRequest) -> HttpResponseBase:
    """Whom the hint names is signed in beside the person who is using this browser, and who stays."""
    frames = frontchannel.frames(one.store)
    context.end_other(one)
    return _onward(request, asked, issuer, frames)


def _onward(request: HttpRequest, asked: LogoutRequest, issuer: Issuer, frames: list[str]) -> HttpResponseBase:
    onward = asked.location or _path(issuer, SIGNED_OUT_PATH)
    return frontchannel.page(request, frames, onward) if frames else SeeOther(onward)


@pages.page(leads_to_client=True)
def signed_out(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    return _signed_out(request)


def _signed_out(request: HttpRequest, **shown: Any) -> HttpResponse:
    others = bool(request.user.is_authenticated or context.others(request))
    values = {"sign_in_url": resolve_url(django_settings.LOGIN_URL), "others": others, **shown}
    return render(request, "oauth_server/signed_out.html", values)


def _malformed(request: HttpRequest, error: InvalidRequest, issuer: Issuer) -> HttpResponse:
    _record(error.reason, issuer)
    return pages.error_page(
        request,
        status=400,
        title=_("We could not read this"),
        message=_("The app sent you here to sign out, and its request has a fault. You are still signed in."),
        advice=_("You can sign out here, or go back to the app."),
        code=error.error,
        trace_id=audit.current().trace_id,
        restart_url=_path(issuer, PATH),
    )
