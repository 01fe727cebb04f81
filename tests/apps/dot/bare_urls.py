"""A project without the consent app, as far as its addresses tell."""

from django.urls import path

from oauth_server.dot import pages

urlpatterns = [path("authorized_tokens/", pages.connected_apps)]
