"""RFC 8628 §3.3, §5.4 the answer of a person to their device: is it yours, is it agreed, and what came of it."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from oauth_server import audit, clock, digest, pages, seal
from oauth_server.audit import Event
from oauth_server.authorization import device as device_request
from oauth_server.authorization import response
from oauth_server.authorization.request import AuthorizationRequest
from oauth_server.digest import Kind
from oauth_server.endpoints import adapter, authorize_pages
from oauth_server.endpoints.base import record_refusal
from oauth_server.endpoints.device import CODE, page_path
from oauth_server.errors import OAuthError
from oauth_server.interaction import context as who
from oauth_server.interaction import run as interaction_run
from oauth_server.interaction import state
from oauth_server.interaction.context import Context, Person
from oauth_server.interaction.device import DeviceStep
from oauth_server.interaction.run import STEPS, Done, Page
from oauth_server.models import DeviceRequest, Interaction
from oauth_server.pages import SeeOther
from oauth_server.tokens import device, user_code

_MATCH = "match"


@transaction.non_atomic_requests
@pages.page(repeatable=True)
def compare(request: HttpRequest, handle: str, slug: str = "") -> HttpResponseBase:
    """Is this your device? And, once that is answered, what came of it."""
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST"})
    with adapter.person_origin(request):
        try:
            interaction = state.load(request, handle)
        except state.Gone as gone:
            row = gone.interaction.device if gone.interaction else None
            if row is None or gone.interaction is None:
                return authorize_pages.gone(request, gone)
            return _outcome(request, gone.interaction, row)
        if interaction.device is None:
            return HttpResponse(status=404)
        if not _is_open(interaction.device):
            return _outcome(request, interaction, interaction.device)
        resume_url = state.path(interaction.issuer, handle)
        person = who.person(request, interaction.issuer)
        if person is None:
            return SeeOther(resume_url)
        if request.method == "POST":
            return _compared(request, interaction, interaction.device, person, handle)
        asked = _asked(interaction)
        if asked is None or not DeviceStep().needed(Context(request, asked, person, interaction, resume_url)):
            return SeeOther(resume_url)
        return _ask_to_compare(request, asked, interaction, person, handle)


def _asked(interaction: Interaction) -> AuthorizationRequest | None:
    try:
        return state.requested(interaction)
    except OAuthError:
        return None


def _ask_to_compare(
    request: HttpRequest, asked: AuthorizationRequest, interaction: Interaction, person: Person, handle: str
) -> HttpResponseBase:
    try:
        code = seal.unseal(CODE, interaction.settled[CODE]).decode()
    except seal.Unreadable:
        return SeeOther(page_path(interaction.issuer))
    context = {
        "client": asked.client,
        "device": asked.device,
        "user_code": user_code.shown(code),
        "person": person.user,
        "switch_url": _switch_url(request, asked, interaction, handle),
        "page": _page_of(handle, person.user),
    }
    return render(request, "oauth_server/device_compare.html", context)


def _switch_url(request: HttpRequest, asked: AuthorizationRequest, interaction: Interaction, handle: str) -> str:
    """The sign-in page as for somebody who is not there yet; the request waits behind it."""
    return STEPS["sign_in"].url(Context(request, asked, None, interaction, state.path(interaction.issuer, handle)))


def _page_of(handle: str, user: Any) -> str:
    """Names the request and the person for whom a page is made."""
    return digest.derive(Kind.INTERACTION, handle, str(user.pk))


def _compared(
    request: HttpRequest, interaction: Interaction, row: DeviceRequest, person: Person, handle: str
) -> HttpResponseBase:
    if not constant_time_compare(request.POST.get("page", ""), _page_of(handle, person.user)):
        return _another_person(request, interaction)
    if request.POST.get("decision") != _MATCH:
        _deny(interaction, row, person.user, "this is not the person's device")
        return SeeOther(page_path(interaction.issuer, handle))
    if not device.claim(row, person.user.pk):
        state.finish(interaction)
        return SeeOther(page_path(interaction.issuer, handle))
    state.settle(interaction, DeviceStep.name, str(person.user.pk))
    return SeeOther(state.path(interaction.issuer, handle))


def _another_person(request: HttpRequest, interaction: Interaction) -> HttpResponse:
    return pages.error_page(
        request,
        status=403,
        title=_("This page was made for somebody else"),
        message=_("You signed in as another person in the meantime. Nothing was shared."),
        advice=_("Open the page again: it then asks the person who is signed in now."),
        code="another_person",
        trace_id=audit.current().trace_id,
        client=interaction.client,
        restart_url=request.path,
    )


def go_on(request: HttpRequest, interaction: Interaction, row: DeviceRequest) -> HttpResponseBase:
    """The next page that is due, or the end: where the pages of the steps come back to."""
    to = page_path(interaction.issuer, state.handle_of(request.path))
    try:
        asked = state.requested(interaction)
        outcome = interaction_run.run(request, asked, interaction, request.path)
        if isinstance(outcome, Page):
            again = outcome.again and outcome.url != to
            return authorize_pages.again(request, outcome, asked, interaction) if again else SeeOther(outcome.url)
        _approve(asked, outcome, interaction, row)
    except OAuthError as error:
        record_refusal(
            error,
            issuer=interaction.issuer,
            client=interaction.client,
            target=device_request.PATH,
            address=audit.current().address,
        )
        _deny(interaction, row, request.user, error.error)
    return SeeOther(to)


class _Over(Exception):
    """Somebody else was first, or it took too long: nothing is stored."""


def _approve(asked: AuthorizationRequest, outcome: Done, interaction: Interaction, row: DeviceRequest) -> None:
    """Of two clicks one makes a family, and hands it to the device."""
    person = outcome.person
    try:
        with transaction.atomic():
            if not state.finish(interaction):
                raise _Over
            family = response.family_of(asked, person.user, person.session, outcome.granted(), clock.now())
            if not device.approve(row, family):
                raise _Over
            _record(Event.DEVICE_APPROVED, interaction, person.user)
    except _Over:
        state.finish(interaction)


def _deny(interaction: Interaction, row: DeviceRequest, user: Any, reason: str) -> None:
    with transaction.atomic():
        state.finish(interaction)
        if device.deny(row, user.pk):
            _record(Event.DEVICE_DENIED, interaction, user, reason)


def _record(event: Event, interaction: Interaction, user: Any, reason: str = "") -> None:
    audit.record(
        event,
        issuer=interaction.issuer,
        client=interaction.client,
        user_id=user.pk,
        target=f"device request {interaction.device_id}",
        reason=reason,
    )


def _is_open(row: DeviceRequest) -> bool:
    return row.status == device.PENDING and row.expires > clock.now()


def _outcome(request: HttpRequest, interaction: Interaction, row: DeviceRequest) -> HttpResponse:
    """What came of a request of this browser, however often the page is loaded."""
    is_answered_here = row.user_id in (interaction.user_id, request.user.pk) and row.status != device.PENDING
    over = "expired" if row.status == device.PENDING and row.expires <= clock.now() else "used"
    context = {
        "client": interaction.client,
        "outcome": row.status if is_answered_here else over,
        "again_url": page_path(interaction.issuer),
    }
    return render(request, "oauth_server/device_done.html", context)
