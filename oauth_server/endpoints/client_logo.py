"""The pictures of clients that operators uploaded. Each has an address of its own, by its digest, so browsers may keep it for ever."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from oauth_server.models import ClientLogo

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # opened by itself it is a picture, whatever a browser would like to see in it
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@login_not_required
@require_safe
def client_logo(request: HttpRequest, digest: str) -> HttpResponse:
    row = ClientLogo.objects.filter(digest=digest).first()
    if row is None:
        return HttpResponse(status=404, headers={**_HEADERS, "Cache-Control": "no-store"})
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return HttpResponse(bytes(row.image), content_type="image/png", headers={**_HEADERS, **kept})
