"""OpenID Connect Front-Channel Logout 1.0 §2, §3: a page that holds an iframe of each client that the sign-ins of a browser told."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from oauth_server import pages, uris
from oauth_server.claims import subject
from oauth_server.conf import settings
from oauth_server.interaction import context
from oauth_server.models import SessionClient

# Seconds that the page waits for its frames; without script it goes on after them
WAIT = 5


def frames(*stores: SessionBase) -> list[str]:
    """The addresses to load for the sign-ins that these Django sessions brought. To be asked before they end."""
    if not settings.FRONTCHANNEL_LOGOUT:
        return []
    sessions = {session.pk: session for store in stores for session in context.live_sessions(store)}
    told = SessionClient.objects.select_related("client").filter(session__in=sessions, client__enabled=True)
    found = [
        _with(row.client.frontchannel_logout_uri, sessions[row.session_id].issuer.identifier, row)
        for row in told.exclude(client__frontchannel_logout_uri="").order_by("pk")
    ]
    # what no policy can name would be loaded by no browser
    return [source for source in found if pages.frame_source(source)]


def _with(uri: str, issuer: str, row: SessionClient) -> str:
    """§2: `iss` and `sid`, behind a query that the client registered."""
    query = urlencode({"iss": issuer, "sid": subject.sid(row.session_id, row.client)})
    return f"{uri}{'&' if uris.split(uri).query else '?'}{query}"


def page(request: HttpRequest, sources: Sequence[str], onward: str) -> HttpResponse:
    """Loads the frames, waits for them with a limit, and goes on; there is a link for whoever does not want to wait."""
    shown = {"frames": sources, "onward": onward, "wait": WAIT}
    content = render_to_string("oauth_server/front_channel_logout.html", shown, request)
    return pages.Framing(content, frames=sources)
