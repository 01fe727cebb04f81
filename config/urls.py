"""The URLs of the standalone project."""

from django.apps import apps
from django.contrib import admin
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path

from accounts.urls import root_urlpatterns

urlpatterns = [
    # browsers ask for it on pages that name no icon, such as Django's admin
    path("favicon.ico", lambda request: redirect(static("oauth_server/img/mark.svg"))),
    path("admin/", admin.site.urls),
    path("account/", include("accounts.urls")),
    path("", include(root_urlpatterns)),
    path("", include("oauth_server.urls")),
]
if apps.is_installed("config.demo"):
    urlpatterns.insert(0, path("demo/", include("config.demo.urls")))
