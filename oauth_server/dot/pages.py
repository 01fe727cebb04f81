"""django-oauth-toolkit's pages for people, by name: they lead to ours."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from oauth_server import pages


@require_safe
@pages.page()
def connected_apps(request: HttpRequest, pk: str = "") -> HttpResponseRedirect:
    """`authorized-token-list` and `-delete`: the page of connected apps, if the project has one."""
    try:
        return HttpResponseRedirect(reverse("oauth_consent:connected-apps"))
    except NoReverseMatch:
        raise Http404 from None


# Our name of each of the pages for apps of one's own, by theirs
_APPLICATIONS = {
    "list": "applications",
    "register": "application-register",
    "detail": "application",
    "update": "application-edit",
    "delete": "application-remove",
}


@require_safe
@pages.page()
def applications(request: HttpRequest, name: str, pk: str = "") -> HttpResponseRedirect:
    """`list`, `register`, `detail`, `update` and `delete`: the pages for apps of one's own, if the project has them."""
    try:
        return HttpResponseRedirect(reverse(f"oauth_consent:{_APPLICATIONS[name]}", args=[pk] if pk else []))
    except NoReverseMatch:
        raise Http404 from None


@require_safe
@pages.page()
def device(request: HttpRequest, client_id: str, user_code: str) -> HttpResponseRedirect:
    """`device-confirm` and `-grant-status`: the page where a code is typed, which asks and tells."""
    return HttpResponseRedirect(f"{reverse('oauth2_provider:device')}?{urlencode({'user_code': user_code})}")
