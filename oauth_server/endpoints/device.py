"""RFC 8628 §3.3 the pages of a person whose device asks: type the code, compare, and be told what came of it. §5.1, §5.4 their dangers.

Opening a page decides nothing: a code is entered, claimed and answered by POST, each by whoever is signed in.
"""

from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from oauth_server import audit, clock, issuers, limits, pages, seal, uris
from oauth_server.audit import Event
from oauth_server.authorization import device as device_request
from oauth_server.conf import settings
from oauth_server.endpoints import adapter, authorize_pages, device_headless
from oauth_server.endpoints.base import record_refusal
from oauth_server.errors import OAuthError
from oauth_server.interaction import context as who
from oauth_server.interaction import state
from oauth_server.interaction.base import SignInStep
from oauth_server.interaction.context import Person
from oauth_server.interaction.run import STEPS
from oauth_server.models import DeviceRequest, Issuer
from oauth_server.pages import SeeOther
from oauth_server.tokens import device, user_code

CODE = "user_code"


@transaction.non_atomic_requests
@pages.page(repeatable=True)
def enter(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    """Where the code is typed. A code in the address is shown in the field, and looked at when it is sent."""
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST"})
    with adapter.person_origin(request):
        try:
            issuer = issuers.for_request(request.get_host(), slug)
        except issuers.UnknownIssuer:
            return HttpResponse(status=404)
        typed = (request.POST if request.method == "POST" else request.GET).get(CODE, "")
        if settings.HYDRA_DEVICE_URL:
            return device_headless.hand_off(request, issuer, _as_shown(typed))
        person = who.person(request, issuer)
        if person is None:
            return SeeOther(_sign_in_step().entrance(request, page_path(issuer, typed=typed)))
        if request.method != "POST":
            return _ask(request, person, _as_shown(typed))
        return _entered(request, issuer, person, typed)


@pages.page()
def verify(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    """Another address of the same page, as Ory's server has it; an app of the operator comes back here."""
    try:
        issuer = issuers.for_request(request.get_host(), slug)
    except issuers.UnknownIssuer:
        return HttpResponse(status=404)
    if verifier := request.GET.get(device_headless.VERIFIER):
        with adapter.person_origin(request):
            return _come_back(request, issuer, verifier)
    return SeeOther(page_path(issuer, typed=request.GET.get(CODE, "")))


def _come_back(request: HttpRequest, issuer: Issuer, verifier: str) -> HttpResponseBase:
    try:
        return device_headless.come_back(request, issuer, verifier)
    except OAuthError as error:
        record_refusal(error, issuer=issuer, target=device_request.PATH, address=audit.current().address)
        return authorize_pages.gone(request, state.Gone("client"))


def page_path(issuer: Issuer, handle: str = "", typed: str = "") -> str:
    path = uris.split(issuers.url(issuer, device_request.PATH)).path
    code = _as_shown(typed)
    return f"{path}{'/' if handle else ''}{handle}{f'?{urlencode({CODE: code})}' if code else ''}"


def _as_shown(typed: str) -> str:
    code = user_code.read(typed)
    return user_code.shown(code) if code else ""


def _sign_in_step() -> SignInStep:
    step = STEPS["sign_in"]
    return step if isinstance(step, SignInStep) else SignInStep()


def _ask(request: HttpRequest, person: Person, typed: str, problem: str = "") -> HttpResponse:
    context = {
        "person": person.user,
        "switch_url": _sign_in_step().other_entrance(request, page_path(person.session.issuer, typed=typed)),
        "user_code": typed,
        "problem": problem,
        # without the code of the address
        "action": page_path(person.session.issuer),
    }
    return render(request, "oauth_server/device.html", context)


def _entered(request: HttpRequest, issuer: Issuer, person: Person, typed: str) -> HttpResponseBase:
    code = user_code.read(typed)
    if not code:
        return _ask(request, person, typed[:40], _("This is not a code. It has eight letters, such as WDJB-MJHT."))
    tries = _tries(person)
    try:
        for limit, *parts in tries:
            limits.take_spaced(limit, settings.DEVICE_CODE_LIFETIME, *parts)
    except limits.TooManyAttempts as too_many:
        return _too_many(request, issuer, too_many)
    found = device.enter(issuer, code)
    row = device.behind(issuer, code)
    if row is None or not found or row.user_id not in (None, person.user.pk):
        audit.record(
            Event.REQUEST_REFUSED,
            issuer=issuer,
            client=row.application if row else None,
            user_id=person.user.pk,
            target=device_request.PATH,
            reason=f"user code: {_fault(row)[0]}",
        )
        return _ask(request, person, user_code.shown(code), _fault(row)[1])
    for _limit, *parts in tries:
        limits.give_back(*parts)
    return _begin(request, person, row, code)


def _tries(person: Person) -> list[tuple[int, str, str]]:
    """§5.1: counted before the code is looked at, and given back when it was right: never more, however many come at once."""
    return [
        (settings.USER_CODE_FAILURES_PER_ADDRESS, "user_code_address", audit.current().address),
        (settings.USER_CODE_FAILURES, "user_code", str(person.user.pk)),
    ]


def _fault(row: DeviceRequest | None) -> tuple[str, str]:
    """Why a code will not do: for the log, and for the person."""
    if row is None:
        return "unknown", _("No device waits with this code. Compare it with the one on your device.")
    if row.expires <= clock.now():
        return "expired", _("This code has expired. Ask your device for a new one.")
    if row.status != device.PENDING or row.user_id is not None:
        return "used", _("This code was used already. Ask your device for a new one.")
    return "entered too often", _("This code was entered too many times. Ask your device for a new one.")


def _too_many(request: HttpRequest, issuer: Issuer, error: limits.TooManyAttempts) -> HttpResponse:
    audit.record(
        Event.REQUEST_REFUSED,
        issuer=issuer,
        user_id=request.user.pk,
        target=device_request.PATH,
        reason="user code: too many tries",
    )
    page = pages.error_page(
        request,
        status=429,
        title=_("Too many wrong codes"),
        message=_("For your safety no code is taken from here for a while."),
        advice=_("Try again after %(time)s, with a new code of your device.")
        % {"time": pages.clock_time(error.retry_after)},
        code="too_many_attempts",
        trace_id=audit.current().trace_id,
    )
    page["Retry-After"] = str(error.retry_after)
    return page


def _begin(request: HttpRequest, person: Person, row: DeviceRequest, code: str) -> HttpResponseBase:
    try:
        asked = device_request.again(row, row.application.issuer)
    except OAuthError as error:
        return _refuse(request, error, row, person.user)
    interaction, resume_url = state.start(request, asked, person.user)
    state.settle(interaction, CODE, seal.seal(CODE, code.encode()))
    answer = SeeOther(resume_url)
    state.set_cookie(request, answer)
    return answer


def _refuse(request: HttpRequest, error: OAuthError, row: DeviceRequest, user: Any) -> HttpResponse:
    """The client may not have any more what it asked for when it showed the code."""
    issuer = row.application.issuer
    record_refusal(
        error,
        issuer=issuer,
        client=row.application,
        target=device_request.PATH,
        address=audit.current().address,
    )
    device.deny(row, user.pk)
    return pages.error_page(
        request,
        status=400,
        title=_("We stopped this request"),
        message=_(
            "The app on your device may not have what it asks for. Nothing was shared, and you did nothing wrong."
        ),
        advice=_(
            "Start again on your device. If it happens again, send the details below to the people who run the app."
        ),
        code=error.error,
        trace_id=audit.current().trace_id,
        client=row.application,
    )
