"""Passkeys and cookies of the demo belong to `localhost`; who comes by 127.0.0.1 is sent there."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from oauth_server import uris
from oauth_server.conf import settings


def to_localhost(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Redirect a GET at http://127.0.0.1:PORT to http://localhost:PORT, when that is the issuer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        own = uris.split(settings.ISSUER)
        if request.method == "GET" and own.hostname == "localhost" and request.get_host() == f"127.0.0.1:{own.port}":
            return HttpResponseRedirect(uris.origin(settings.ISSUER) + request.get_full_path())
        return get_response(request)

    return middleware
