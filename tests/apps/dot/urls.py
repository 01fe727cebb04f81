"""A host project whose views are protected by django-oauth-toolkit, in each of its ways."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from oauth2_provider.contrib.rest_framework import OAuth2Authentication, TokenHasScope
from oauth2_provider.decorators import protected_resource
from oauth2_provider.views.generic import ProtectedResourceView, ScopedProtectedResourceView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from oauth_server.dot.validator import Validator

SCOPE = "orders:read"


class Scoped(APIView):
    authentication_classes = [OAuth2Authentication]
    permission_classes = [TokenHasScope]
    required_scopes = [SCOPE]

    def get(self, request: Request) -> Response:
        return Response({"user": str(request.user.pk)})


class Signed(APIView):
    authentication_classes = [OAuth2Authentication]
    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        return Response({"user": str(request.user.pk)})


@protected_resource(scopes=[SCOPE])
def decorated(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"user": str(request.resource_owner.pk)})  # type: ignore[attr-defined]


@protected_resource(scopes=[SCOPE], validator_cls=Validator)
def decorated_by_ours(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"user": str(request.resource_owner.pk)})  # type: ignore[attr-defined]


class Protected(ProtectedResourceView):
    def get(self, request: Any) -> HttpResponse:
        return JsonResponse({"user": str(request.resource_owner.pk)})


class ScopedView(ScopedProtectedResourceView):
    required_scopes: Any = [SCOPE]

    def get(self, request: Any) -> HttpResponse:
        return JsonResponse({"user": str(request.resource_owner.pk)})


def by_middleware(request: HttpRequest) -> HttpResponse:
    """What the two middlewares leave on the request."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    return JsonResponse({"user": str(request.user.pk), "hint": getattr(request, "access_token", None) is not None})


urlpatterns = [
    path("drf/scoped", Scoped.as_view()),
    path("drf/signed", Signed.as_view()),
    path("decorated", decorated),
    path("decorated/ours", decorated_by_ours),
    path("view", Protected.as_view()),
    path("view/scoped", ScopedView.as_view()),
    path("middleware", by_middleware),
    path("", include("oauth_server.urls")),
    path("o/", include("oauth_server.dot.urls")),
]
