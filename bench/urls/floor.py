"""The floor in Django's handler."""

from django.urls import path

from bench.floor import in_django

urlpatterns = [path("<path:path>", in_django)]
