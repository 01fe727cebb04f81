"""WCAG 2.2 §2.2.1 (Timing Adjustable): whoever answers an authorization request and needs longer says so at its address."""

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from oauth_server import uris
from oauth_server.endpoints import appearance, authorize_pages
from oauth_server.interaction import state
from oauth_server.pages import SeeOther

_JSON = "application/json"


def give(request: HttpRequest, handle: str) -> HttpResponseBase:
    """Back to the page from which it was asked; a script of that page is told how many seconds there are."""
    try:
        interaction = state.load(request, handle)
    except state.Gone as gone:
        return authorize_pages.gone(request, gone)
    state.stay(interaction)
    if request.headers.get("accept") == _JSON:
        return JsonResponse({"seconds": state.seconds_left(interaction)})
    page = appearance.page_of(request)
    return SeeOther(page if uris.split(page).path != "/" else request.path)
