"""RFC 6749 §4.1.2.1, RFC 9700 §4.11.2: what the authorization endpoint shows instead of sending the browser away."""

from urllib.parse import urlencode

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from oauth_server import audit, issuers, pages
from oauth_server.authorization import device, response
from oauth_server.authorization.redirect_uri import UnprovenRedirectUri
from oauth_server.authorization.request import AuthorizationRequest, Destination
from oauth_server.endpoints.metadata import AUTHORIZE_PATH
from oauth_server.errors import OAuthError
from oauth_server.interaction import state
from oauth_server.interaction.run import Page
from oauth_server.models import Client, Interaction
from oauth_server.parameters import Parameters
from oauth_server.response_modes.base import Redirect
from oauth_server.response_modes.registry import RESPONSE_MODES


def again(request: HttpRequest, outcome: Page, asked: AuthorizationRequest, interaction: Interaction) -> HttpResponse:
    """The browser has just been at this page, and came back without having done it."""
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


def stay(request: HttpRequest, error: OAuthError, to: Destination) -> HttpResponse:
    """RFC 9700 §4.11.2: a client that registered itself cannot use a faulty request to send people where it likes."""
    mode, parameters = RESPONSE_MODES[to.response_mode], response.error(error, to)
    in_url = mode.location(to.redirect_uri, parameters) if isinstance(mode, Redirect) else ""
    return pages.error_page(
        request,
        status=400,
        title=_("We stopped this sign-in"),
        message=_("The request of the app has a fault. Nothing was shared, and you did nothing wrong."),
        advice=_("You can return to the app. If you do not know it, close this page."),
        code=error.error,
        trace_id=audit.current().trace_id,
        client=to.client,
        back_url=in_url or to.redirect_uri,
        back_fields=None if in_url else parameters,
    )


def unproven(request: HttpRequest, error: OAuthError, client: Client | None) -> HttpResponse:
    """RFC 6749 §4.1.2.1: an unproven client or redirect URI is never redirected to, and nothing registered is told."""
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
        detail=error.description if django_settings.DEBUG else "",
        difference=_difference(error),
    )


def _difference(error: OAuthError) -> dict[str, str] | None:
    """For DEBUG only: where the address that was asked for parts from the registered one that is nearest to it."""
    if not django_settings.DEBUG or not isinstance(error, UnprovenRedirectUri):
        return None
    requested, registered = error.requested or "-", error.client.redirect_uris.split() or ["-"]
    length, nearest = max((_common(uri, requested), uri) for uri in registered)
    return {"same": requested[:length], "requested": requested[length:], "registered": nearest[length:]}


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def gone(request: HttpRequest, why: state.Gone) -> HttpResponse:
    row = why.interaction or why.elsewhere
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
        restart_url=_restart_url(request, row, is_elsewhere=why.elsewhere is not None) if row else None,
    )


# What a request says about a person; a browser that lost its cookie may be another person's
_PERSONAL = frozenset({"login_hint", "id_token_hint"})
AGAIN = "again"


def _restart_url(request: HttpRequest, row: Interaction, *, is_elsewhere: bool) -> str | None:
    """The same request once more; what was pushed or signed only the client can bring again."""
    if row.device_id is not None:
        return issuers.url(row.issuer, device.PATH)
    if _is_the_clients(row):
        return _at_the_client(row)
    if is_elsewhere:
        return f"{request.path}?{AGAIN}=1"  # nothing of the request is told to another browser
    return f"{issuers.url(row.issuer, AUTHORIZE_PATH)}?{urlencode(row.request, doseq=True)}"


def once_more(why: state.Gone) -> Parameters | None:
    """What the browser that lost its cookie starts again with: an interaction of its own, as by the client's link."""
    row = why.elsewhere
    if row is None or row.device_id is not None or _is_the_clients(row):
        return None
    return Parameters.from_dict({name: value for name, value in row.request.items() if name not in _PERSONAL})


def _is_the_clients(row: Interaction) -> bool:
    return bool(state.source(row).pushed or state.source(row).signed)


def _at_the_client(row: Interaction) -> str | None:
    """OpenID Connect Core 1.0 §4: the client is asked to begin, where it says how."""
    url = row.client.initiate_login_uri
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'iss': row.issuer.identifier})}" if url else None
