"""RFC 6749 §3.1 authorization endpoint, OpenID Connect Core 1.0 §3.1.2, and the address at which an interrupted request goes on."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from oauth_server import audit, issuers, pages
from oauth_server.authorization import received, response, steps, ui_locales
from oauth_server.authorization.request import AuthorizationRequest, Destination
from oauth_server.endpoints import adapter, appearance, authorize_pages, browser, device_compare, more_time
from oauth_server.endpoints.base import record_refusal
from oauth_server.endpoints.metadata import AUTHORIZE_PATH
from oauth_server.errors import InvalidRequest, OAuthError, TemporarilyUnavailable
from oauth_server.interaction import context, handoff, state
from oauth_server.interaction import run as interaction_run
from oauth_server.interaction.run import Done, Page
from oauth_server.logout import session_management
from oauth_server.models import Client, Interaction, Issuer
from oauth_server.pages import SeeOther
from oauth_server.parameters import Parameters
from oauth_server.policy import scopes
from oauth_server.response_modes.registry import RESPONSE_MODES


@csrf_exempt  # OpenID Connect Core 1.0 §3.1.2.1: a client's page may post here; nothing is decided by it
@transaction.non_atomic_requests
@pages.page(leads_to_client=True, repeatable=True)
def authorize(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    if request.method not in {"GET", "POST"}:
        return HttpResponse(status=405, headers={"Allow": "GET, POST"})
    with adapter.person_origin(request):
        try:
            issuer = issuers.for_request(request.get_host(), slug)
            parameters = browser.parameters(request)
        except issuers.UnknownIssuer:
            return HttpResponse(status=404)
        except InvalidRequest as error:
            return _page_of(request, error)
        for name in handoff.VERIFIERS:
            if name in parameters:
                return _come_back(request, issuer, name, parameters.get(name))
        return _begin(request, parameters, issuer)


def _come_back(request: HttpRequest, issuer: Issuer, name: str, verifier: str) -> HttpResponseBase:
    """From an app of the operator, to where the request goes on."""
    try:
        return SeeOther(handoff.come_back(request, issuer, name, verifier))
    except state.Gone as gone:
        return authorize_pages.gone(request, gone)


@transaction.non_atomic_requests
@pages.page(leads_to_client=True, repeatable=True)
def resume(request: HttpRequest, handle: str, slug: str = "") -> HttpResponseBase:
    """Where the pages of a request come back to, and say that they need more time."""
    if request.method not in {"GET", "POST"}:
        return HttpResponse(status=405, headers={"Allow": "GET, POST"})
    if request.method == "POST":
        return more_time.give(request, handle)
    with adapter.person_origin(request):
        try:
            interaction = state.load(request, handle)
        except state.Gone as gone:
            asked = authorize_pages.once_more(gone) if authorize_pages.AGAIN in request.GET else None
            if asked is not None and gone.elsewhere is not None:
                return _begin(request, asked, gone.elsewhere.issuer)
            return authorize_pages.gone(request, gone)
        if interaction.device is not None:
            return device_compare.go_on(request, interaction, interaction.device)
        parameters = Parameters.from_dict(interaction.request)
        try:
            to = steps.destination(parameters, interaction.issuer, state.source(interaction))
        except steps.NEVER_REDIRECTED as error:
            return _page_of(request, error)
        return _go_on(request, parameters, to, interaction, request.path)


def _begin(request: HttpRequest, outside: Parameters, issuer: Issuer) -> HttpResponseBase:
    try:
        found = steps.client(outside, issuer)
    except steps.UnknownClient as error:
        return _page_of(request, error)
    try:
        parameters, source = received.read(outside, found.client)
    except OAuthError as error:
        return _unread(request, error, outside, issuer)
    try:
        to = steps.destination(parameters, issuer, source, found)
    except steps.NEVER_REDIRECTED as error:
        return _page_of(request, error)
    return _go_on(request, parameters, to)


def _unread(request: HttpRequest, error: OAuthError, outside: Parameters, issuer: Issuer) -> HttpResponseBase:
    """What the request asks for is not known; a redirect URI outside is used if it is named and proven, never a default."""
    try:
        to = steps.destination(outside, issuer)
    except steps.NEVER_REDIRECTED:
        return _page_of(request, error)
    return _refuse(request, error, to, outside) if to.redirect_uri_given else _page_of(request, error)


def _go_on(
    request: HttpRequest,
    parameters: Parameters,
    to: Destination,
    interaction: Interaction | None = None,
    resume_url: str = "",
) -> HttpResponseBase:
    language = ui_locales.language(parameters.get("ui_locales")) if _is_new(interaction) else ""
    with translation.override(language or translation.get_language()):
        return _answer(request, parameters, to, interaction, resume_url)


def _is_new(interaction: Interaction | None) -> bool:
    """Whether no page has been shown for it yet."""
    return interaction is None or not interaction.settled


def _answer(
    request: HttpRequest, parameters: Parameters, to: Destination, interaction: Interaction | None, resume_url: str
) -> HttpResponseBase:
    try:
        asked, is_new = steps.validate(parameters, to), _is_new(interaction)
        if request.method == "POST":
            # The form is another site's: the browser sent no cookie with it, and must not get one in the place of its own
            return SeeOther(state.keep(asked))
        outcome = interaction_run.run(request, asked, interaction, resume_url)
        if isinstance(outcome, Page):
            return _show(request, outcome, asked, interaction, is_new)
        brought = _grant(asked, outcome) | _session_state(request, asked)
        context.leave(request)
        return _respond(request, to, brought)
    except OAuthError as error:
        if interaction is None:
            return _refuse(request, error, to, parameters)
        if not state.finish(interaction):
            return authorize_pages.gone(request, state.Gone("finished", interaction))
        received.discard(to.source)
        context.leave(request)
        _record(error, to.issuer, to.client)
        return _respond(request, to, response.error(error, to))


def _refuse(request: HttpRequest, error: OAuthError, to: Destination, parameters: Parameters) -> HttpResponseBase:
    """A fault of the request, of which no page has told the person anything yet."""
    _record(error, to.issuer, to.client)
    if to.client.is_a_strangers and parameters.get("prompt") != "none":
        return authorize_pages.stay(request, error, to)
    return _respond(request, to, response.error(error, to))


def _record(error: OAuthError, issuer: Issuer | None, client: Client | None) -> None:
    address = audit.current().address
    record_refusal(error, issuer=issuer, client=client, target=AUTHORIZE_PATH, address=address)


def _show(
    request: HttpRequest, outcome: Page, asked: AuthorizationRequest, interaction: Interaction | None, is_new: bool
) -> HttpResponseBase:
    if outcome.again and interaction is not None:
        return authorize_pages.again(request, outcome, asked, interaction)
    response = SeeOther(outcome.url)
    state.set_cookie(request, response)
    # What a person chooses on the way is theirs: a request that goes on does not choose again
    if is_new and (language := ui_locales.language(asked.parameters.get("ui_locales"))):
        appearance.set_language(response, language)
    return response


def _grant(asked: AuthorizationRequest, outcome: Done) -> dict[str, str]:
    """Of two clicks one makes what is asked for."""
    with transaction.atomic():
        interaction = outcome.context.interaction
        if interaction is not None and not state.finish(interaction):
            raise TemporarilyUnavailable("This sign-in is already finished.")
        received.use(asked.destination.source)
        return response.success(asked, outcome.person.user, outcome.person.session, outcome.granted())


def _session_state(request: HttpRequest, asked: AuthorizationRequest) -> dict[str, str]:
    """OpenID Connect Session Management 1.0 §2: in the answer to an authentication request, where it is on."""
    if scopes.OPENID not in asked.scope:
        return {}
    to = asked.destination
    value = session_management.session_state(request, to.client.client_id, to.redirect_uri)
    return {"session_state": value} if value else {}


def _respond(request: HttpRequest, to: Destination, parameters: dict[str, str]) -> HttpResponseBase:
    return RESPONSE_MODES[to.response_mode].answer(request, to.redirect_uri, parameters)


def _page_of(request: HttpRequest, error: OAuthError) -> HttpResponse:
    client: Client | None = getattr(error, "client", None)
    _record(error, client.issuer if client else None, client)
    return authorize_pages.unproven(request, error, client)
