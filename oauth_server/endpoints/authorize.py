"""RFC 6749 §3.1 authorization endpoint, OpenID Connect Core 1.0 §3.1.2, and the address at which an interrupted request goes on."""

from contextlib import AbstractContextManager
from urllib.parse import urlencode

from django.conf import settings as django_settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import HttpResponseRedirectBase
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from oauth_server import audit, issuers, pages
from oauth_server.authorization import response_types, steps
from oauth_server.authorization.redirect_uri import UnprovenRedirectUri
from oauth_server.authorization.request import AuthorizationRequest, Destination
from oauth_server.conf import settings
from oauth_server.endpoints import adapter
from oauth_server.endpoints.base import FORM, record_refusal
from oauth_server.endpoints.metadata import AUTHORIZE_PATH
from oauth_server.errors import InvalidRequest, OAuthError, TemporarilyUnavailable
from oauth_server.interaction import run as interaction_run
from oauth_server.interaction import state
from oauth_server.interaction.run import Done, Page
from oauth_server.models import Client, Interaction, Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import trace_id_of
from oauth_server.response_modes.registry import RESPONSE_MODES


class SeeOther(HttpResponseRedirectBase):
    """RFC 9700 §4.12: 303, so that no browser repeats a form with credentials at the client."""

    status_code = 303

    def __init__(self, location: str) -> None:
        # proven before: a private-use scheme (RFC 8252 §7.1) is as good as https
        self.allowed_schemes = [location.partition(":")[0], "http", "https"]
        super().__init__(location)


@csrf_exempt  # OpenID Connect Core 1.0 §3.1.2.1: a client's page may post here; nothing is decided by it
@transaction.non_atomic_requests
@pages.page(leads_to_client=True, repeatable=True)
def authorize(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    if request.method not in {"GET", "POST"}:
        return HttpResponse(status=405, headers={"Allow": "GET, POST"})
    with _origin(request):
        try:
            issuer = issuers.for_request(request.get_host(), slug)
            parameters = _parameters(request)
        except issuers.UnknownIssuer:
            return HttpResponse(status=404)
        except InvalidRequest as error:
            return _page_of(request, error)
        return _begin(request, parameters, issuer)


@transaction.non_atomic_requests
@pages.page(leads_to_client=True, repeatable=True)
def resume(request: HttpRequest, handle: str, slug: str = "") -> HttpResponseBase:
    """Where the pages of a request come back to."""
    if request.method != "GET":
        return HttpResponse(status=405, headers={"Allow": "GET"})
    with _origin(request):
        try:
            interaction = state.load(request, handle)
        except state.Gone as gone:
            return _gone(request, gone)
        parameters = Parameters.from_dict(interaction.request)
        return _begin(request, parameters, interaction.issuer, interaction, request.path)


def _origin(request: HttpRequest) -> AbstractContextManager[None]:
    return audit.origin(
        actor=str(request.user.pk or ""),
        address=adapter.address(request),
        trace_id=trace_id_of(request.headers.get("traceparent", "")),
    )


def _parameters(request: HttpRequest) -> Parameters:
    if request.method != "POST":
        return Parameters.parse(request.META.get("QUERY_STRING", "").encode("latin-1", "replace"))
    if request.content_type != FORM or request.META.get("QUERY_STRING"):
        raise InvalidRequest("Send the parameters in the URL, or as a form in the body.")
    body = adapter.protocol_request(request).body
    if len(body) > settings.MAX_BODY:
        raise InvalidRequest("The request is too large.")
    return Parameters.parse(body)


def _begin(
    request: HttpRequest,
    parameters: Parameters,
    issuer: Issuer,
    interaction: Interaction | None = None,
    resume_url: str = "",
) -> HttpResponseBase:
    try:
        to = steps.destination(parameters, issuer)
    except steps.NEVER_REDIRECTED as error:
        return _page_of(request, error)
    try:
        asked = steps.validate(parameters, to)
        outcome = interaction_run.run(request, asked, interaction, resume_url)
        if isinstance(outcome, Page):
            return _show(request, outcome, asked, interaction)
        return _respond(to, _grant(asked, outcome))
    except OAuthError as error:
        if interaction is not None and not state.finish(interaction):
            return _gone(request, state.Gone("finished", interaction))
        _record(error, issuer, to.client)
        if interaction is None and _is_a_strangers(to.client) and parameters.get("prompt") != "none":
            return _stay(request, error, to)
        return _respond(to, response_types.error(error, to))


def _record(error: OAuthError, issuer: Issuer | None, client: Client | None) -> None:
    address = audit.current().address
    record_refusal(error, issuer=issuer, client=client, target=AUTHORIZE_PATH, address=address)


def _is_a_strangers(client: Client) -> bool:
    """Whether nobody of this server has looked at the client."""
    return client.registration_source != client.RegistrationSource.MANUAL and not client.verified


def _show(
    request: HttpRequest, outcome: Page, asked: AuthorizationRequest, interaction: Interaction | None
) -> HttpResponseBase:
    if outcome.again and interaction is not None:
        return pages.error_page(
            request,
            status=200,
            title=_("Shall we go on?"),
            message=_("One step of this sign-in is still open."),
            advice=_("Go on with it, or return to the app."),
            code="interaction_required",
            client=asked.client,
            back_url=state.client_url(interaction) or None,
            restart_url=outcome.url,
        )
    response = SeeOther(outcome.url)
    state.set_cookie(request, response)
    return response


def _grant(asked: AuthorizationRequest, outcome: Done) -> dict[str, str]:
    """Of two clicks one makes a code."""
    with transaction.atomic():
        interaction = outcome.context.interaction
        if interaction is not None and not state.finish(interaction):
            raise TemporarilyUnavailable("This sign-in is already finished.")
        return response_types.code(asked, outcome.person.user, outcome.person.session, outcome.scope())


def _respond(to: Destination, parameters: dict[str, str]) -> HttpResponseBase:
    return SeeOther(_location(to, parameters))


def _location(to: Destination, parameters: dict[str, str]) -> str:
    return RESPONSE_MODES[to.response_mode].location(to.redirect_uri, parameters)


def _stay(request: HttpRequest, error: OAuthError, to: Destination) -> HttpResponse:
    """RFC 9700 §4.11.2: a client that registered itself cannot use a faulty request to send people where it likes."""
    return pages.error_page(
        request,
        status=400,
        title=_("We stopped this sign-in"),
        message=_("The request of the app has a fault. Nothing was shared, and you did nothing wrong."),
        advice=_("You can return to the app. If you do not know it, close this page."),
        code=error.error,
        trace_id=audit.current().trace_id,
        client=to.client,
        back_url=_location(to, response_types.error(error, to)),
    )


def _page_of(request: HttpRequest, error: OAuthError) -> HttpResponse:
    """RFC 6749 §4.1.2.1: an unproven client or redirect URI is never redirected to, and nothing registered is told."""
    client: Client | None = getattr(error, "client", None)
    _record(error, client.issuer if client else None, client)
    return pages.error_page(
        request,
        status=400,
        title=_("We stopped this sign-in"),
        message=_(
            "The app sent you here with an address or details that are not registered. Nothing was shared, and you did nothing wrong."
        ),
        advice=_(
            "Go back to the app and try again. If it happens again, send the details below to the people who run it."
        ),
        code=error.error,
        trace_id=audit.current().trace_id,
        client=client,
        detail=_difference(error),
    )


def _difference(error: OAuthError) -> str:
    """For DEBUG only: what was asked for against what is registered."""
    if not django_settings.DEBUG:
        return ""
    if isinstance(error, UnprovenRedirectUri):
        return (
            f"{error.description} Requested: {error.requested or '-'} Registered: {error.client.redirect_uris or '-'}"
        )
    return error.description


def _gone(request: HttpRequest, gone: state.Gone) -> HttpResponse:
    row = gone.interaction
    restart = f"{issuers.url(row.issuer, AUTHORIZE_PATH)}?{urlencode(row.request, doseq=True)}" if row else None
    return pages.error_page(
        request,
        status=400,
        title=_("This sign-in is over"),
        message=_("It was finished, took too long, or was started in another browser."),
        advice=_("Start again, or go back to the app and sign in from there."),
        code="interaction_over",
        trace_id=audit.current().trace_id,
        client=row.client if row else None,
        back_url=(state.client_url(row) or None) if row else None,
        restart_url=restart,
    )
