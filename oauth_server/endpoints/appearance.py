"""How the pages look to one browser: its language, and light or dark. The footer of every page posts here; nothing else hangs on it."""

from typing import Any

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt

from oauth_server import languages, pages, uris
from oauth_server.pages import SeeOther

_YEAR = 365 * 86_400


@csrf_exempt  # the origin is compared here: no page gets a cookie only because it has a footer
@pages.page()
def choose(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    if uris.split(request.headers.get("origin", "")).netloc != request.get_host():
        return pages.csrf_failure(request)
    answer = SeeOther(page_of(request))
    language, theme = request.POST.get("language", ""), request.POST.get("theme", "")
    if language in languages.offered():
        set_language(answer, language, max_age=_YEAR)
    if theme in pages.THEMES:
        _set_theme(answer, theme)
    return answer


def page_of(request: HttpRequest) -> str:
    """The page from which this was posted: pages send where they are to this server, and to no other (Referrer-Policy)."""
    page = uris.split(request.headers.get("referer", ""))
    url = f"{page.path}?{page.query}" if page.query else page.path
    is_own = page.netloc == request.get_host() and url_has_allowed_host_and_scheme(url, {request.get_host()})
    return url if is_own else "/"


def set_language(response: Any, language: str, max_age: int | None = None) -> None:
    """Django's own way to keep it: the pages of a sign-in are many, and not all of them know the request."""
    response.set_cookie(
        django_settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=max_age,
        path=django_settings.LANGUAGE_COOKIE_PATH,
        domain=django_settings.LANGUAGE_COOKIE_DOMAIN,
        secure=django_settings.LANGUAGE_COOKIE_SECURE,
        httponly=django_settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=django_settings.LANGUAGE_COOKIE_SAMESITE or "Lax",
    )


def _set_theme(response: SeeOther, theme: str) -> None:
    response.set_cookie(
        pages.THEME_COOKIE,
        theme,
        max_age=_YEAR,
        secure=bool(django_settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )
