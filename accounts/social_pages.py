"""The pages of accounts elsewhere, and the engine's own addresses behind our refusals (where `allauth.socialaccount` is installed)."""

from importlib import import_module
from typing import Any

from allauth.socialaccount import views as social_views
from allauth.socialaccount.providers import registry
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy

from oauth_server.pages import page

from . import next_url, social
from .mounting import flow, own
from .refusals import View, guarded
from .views import Entrance, Page


class SocialRegistration(Entrance, social_views.SignupView):  # type: ignore[misc]
    """What the account elsewhere did not tell."""

    template_name = "oauth_accounts/social_registration.html"
    heading = gettext_lazy("Create your account")


class Connections(Page, social_views.ConnectionsView):  # type: ignore[misc]
    """`form.accounts`: the accounts elsewhere; `ways`: those that can be added."""

    template_name = "oauth_accounts/connections.html"
    heading = gettext_lazy("Accounts elsewhere")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"ways": social.ways(self.request, "connect")}


def back_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    return HttpResponseRedirect(next_url.passed_on(request, reverse("account_login")))


def _guarded(entry: URLPattern) -> URLPattern:
    """An address of the engine. It goes elsewhere by POST alone: nobody is signed in by a link."""
    view: View = entry.callback

    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if str(entry.name).endswith("_login") and request.method != "POST":
            return back_to_sign_in(request)
        return view(request, *args, **kwargs)

    callback = page(leads_to_client=True)(guarded(guard))
    return URLPattern(entry.pattern, callback, entry.default_args, entry.name)


def _all(entries: list[Any]) -> list[Any]:
    return [
        URLResolver(entry.pattern, _all(entry.url_patterns), entry.default_kwargs)
        if isinstance(entry, URLResolver)
        else _guarded(entry)
        for entry in entries
    ]


urlpatterns: list[Any] = [
    path("elsewhere/", own(Connections), name="socialaccount_connections"),
    path("elsewhere/register/", flow(SocialRegistration), name="socialaccount_signup"),
    path("elsewhere/cancelled/", page()(back_to_sign_in), name="socialaccount_login_cancelled"),
    path("elsewhere/error/", page()(back_to_sign_in), name="socialaccount_login_error"),
]
for provider in registry.get_class_list():
    urlpatterns += _all(import_module(f"{provider.get_package()}.urls").urlpatterns)
