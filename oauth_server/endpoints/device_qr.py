"""RFC 8628 §3.3.1: `verification_uri_complete` as a QR code, for a device that shows pictures and cannot draw one.

It is made from the code in its address alone; whether anything waits with that code is not looked at.
"""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse

from oauth_server import issuers, qr
from oauth_server.authorization import device
from oauth_server.tokens import user_code

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


@login_not_required
def picture(request: HttpRequest, slug: str = "") -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    code = user_code.read(request.GET.get("user_code", ""))
    try:
        issuer = issuers.for_request(request.get_host(), slug)
    except issuers.UnknownIssuer:
        return HttpResponse(status=404)
    if not code:
        return HttpResponse(status=404)
    url = f"{issuers.url(issuer, device.PATH)}?{urlencode({'user_code': user_code.shown(code)})}"
    return HttpResponse(qr.svg(url, url), content_type="image/svg+xml", headers=_HEADERS)
