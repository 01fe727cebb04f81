"""The project's own pages, and the server in one line."""

from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("sign-in/", LoginView.as_view(template_name="admin/login.html")),
    path("", include("oauth_server.urls")),
]
