"""OpenID Connect Session Management 1.0 §3.2 check_session_iframe: the page that an app's page frames, and asks by messages.

Any site may frame it: what it says is said to the origin that the hash was made for, and to no other.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt

from oauth_server import issuers, pages, tracing
from oauth_server.conf import settings
from oauth_server.logout import session_management

PATH = "/oauth2/sessions/check"


@login_not_required
@xframe_options_exempt
@tracing.named
def check_session(request: HttpRequest, slug: str = "") -> HttpResponse:
    if not settings.SESSION_MANAGEMENT:
        return HttpResponse(status=404)
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    try:
        issuers.for_request(request.get_host(), slug)
    except issuers.UnknownIssuer:
        return HttpResponse(status=404)
    response = render(request, "oauth_server/check_session.html", {"cookie": session_management.cookie_name()})
    response["Content-Security-Policy"] = f"default-src 'none'; base-uri 'none'; script-src {pages.static_sources()}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = f"public, max-age={settings.JWKS_MAX_AGE}"
    return response
