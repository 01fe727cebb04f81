"""The project's own page, the server below a path, and its metadata where RFC 8414 §3.1 looks for it: at the root of the host."""

from django.contrib.auth.views import LoginView
from django.urls import include, path

from oauth_server.urls import metadata_urlpatterns

urlpatterns = [
    path("people/sign-in/", LoginView.as_view(template_name="sign_in.html")),
    path("id/", include("oauth_server.urls")),
    *metadata_urlpatterns,
]
