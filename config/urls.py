"""The URLs of the standalone project."""

from accounts.urls import root_urlpatterns
from django.apps import apps
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("account/", include("accounts.urls")),
    path("", include(root_urlpatterns)),
    path("", include("consent.urls")),
    path("", include("oauth_server.urls")),
]
if apps.is_installed("config.demo"):
    urlpatterns.insert(0, path("demo/", include("config.demo.urls")))
