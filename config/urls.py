"""The URLs of the standalone project."""

from django.apps import apps
from django.contrib import admin
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path

from accounts.urls import root_urlpatterns
from oauth_server.endpoints import logout

# the console of the server is what this project's admin is for
admin.site.index_template = "admin/oauth_server/index.html"

# Django's own are a line of English without a way on
handler400 = "oauth_server.endpoints.no_page.bad_request"
handler403 = "oauth_server.endpoints.no_page.forbidden"
handler404 = "oauth_server.endpoints.no_page.not_found"

urlpatterns = [
    # whoever opens the bare host is a person
    path("", lambda request: redirect("account_overview")),
    # browsers ask for it on pages that name no icon, such as Django's admin
    path("favicon.ico", lambda request: redirect(static("oauth_server/img/mark.svg"))),
    # Django's admin posts here; so its sign-out too tells the apps that hear of it through the browser
    path("admin/logout/", logout.confirm),
    path("admin/", admin.site.urls),
    path("account/", include("accounts.urls")),
    path("", include(root_urlpatterns)),
    path("", include("oauth_server.urls")),
]
if apps.is_installed("config.demo"):
    urlpatterns.insert(0, path("demo/", include("config.demo.urls")))
