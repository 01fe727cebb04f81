"""The pages: the question in the middle of a request, and the apps that have an answer. Mounted by `oauth_server.urls`."""

from django.urls import path

from . import views

app_name = "oauth_consent"

urlpatterns = [
    path("consent/<str:handle>", views.consent, name="consent"),
    path("apps", views.connected_apps, name="connected-apps"),
    path("apps/<int:pk>/remove", views.remove, name="remove"),
]
