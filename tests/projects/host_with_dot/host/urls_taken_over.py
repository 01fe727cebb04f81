"""The same with the server in the place of django-oauth-toolkit's addresses; clients go on using those they have configured."""

from django.urls import include, path

from oauth_server.urls import metadata_urlpatterns

urlpatterns = [
    path("o/", include("oauth_server.urls")),
    path("o/", include("oauth_server.dot.urls")),
    path("", include(metadata_urlpatterns)),
    path("", include("orders.urls")),
]
