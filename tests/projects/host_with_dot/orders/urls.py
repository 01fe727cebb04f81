"""The API's addresses."""

from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from orders import views

urlpatterns = [
    path("drf/", views.Api.as_view()),
    *(path(f"places/{n}/", csrf_exempt(place[0])) for n, place in enumerate(views.PLACES.values())),
]
