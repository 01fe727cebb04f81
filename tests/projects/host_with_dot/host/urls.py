"""The project's addresses, with django-oauth-toolkit's."""

from django.urls import include, path

urlpatterns = [
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("", include("orders.urls")),
]
