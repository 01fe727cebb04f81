"""The host's gate, and the server in one line."""

from django.contrib.auth.views import LoginView
from django.urls import include, path

urlpatterns = [
    path("gate/", LoginView.as_view(template_name="gate.html")),
    path("", include("oauth_server.urls")),
]
