"""An API, protected in each of the ways that django-oauth-toolkit offers."""

from django.urls import path

from orders import views

urlpatterns = [
    path("drf/", views.Scoped.as_view()),
    path("drf/read-write/", views.ReadWrite.as_view()),
    path("decorated/", views.decorated),
    path("view/", views.Plain.as_view()),
    path("view/scoped/", views.WithScope.as_view()),
    path("middleware/", views.by_middleware),
]
