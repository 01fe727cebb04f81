"""Django's admin signs in through the pages of the accounts, second factor included; its own log-in form is not reachable."""

from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from . import next_url, second_factor, ways


@never_cache
def log_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
    """`admin:login`: leads on to the page that is missing, or in."""
    following = next_url.of(request) or reverse("admin:index")
    user: Any = request.user
    if not user.is_authenticated:
        return HttpResponseRedirect(next_url.with_next(reverse("account_login"), following))
    if not (user.is_active and user.is_staff):
        raise PermissionDenied
    if not ways.is_enough(request):
        return HttpResponseRedirect(second_factor.entrance(request, following))
    return HttpResponseRedirect(following)


def change_password(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
    return HttpResponseRedirect(reverse("account_change_password"))


def install() -> None:
    """Takes the place of the log-in of the default site, and asks whoever works in it for the second factor."""
    if not apps.is_installed("django.contrib.admin"):
        return
    from django.contrib import admin

    site: Any = admin.site
    has_permission = site.has_permission

    def with_second_factor(request: HttpRequest) -> bool:
        return has_permission(request) and ways.is_enough(request)

    site.login, site.password_change, site.has_permission = log_in, change_password, with_second_factor
