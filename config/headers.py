"""Content Security Policy Level 3, and the trace id, for the answers that are not ours: Django's admin, its 404. Ours bring their own."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from oauth_server import tracing
from oauth_server.pages import protect

_HEADER = "Content-Security-Policy"


def protect_pages(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware. With DEBUG the pages of an exception stay as they are: they need their inline styles."""

    def call(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if is_page and _HEADER not in response.headers and not (settings.DEBUG and response.status_code >= 400):
            protect(request, response, scripts=True)
        response.headers.setdefault("X-Trace-Id", tracing.trace_id(request.META))
        return response

    return call
