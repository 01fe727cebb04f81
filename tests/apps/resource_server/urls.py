"""APIs of a host project, protected by our own classes."""

from typing import Any

from django.urls import include, path
from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from oauth_server.resource_server.drf import BearerAuthentication, HasScopes, RequireAcr

AUDIENCE = "https://orders.example"


class Orders(APIView):
    schema = AutoSchema()
    authentication_classes = [BearerAuthentication]
    permission_classes = [HasScopes]
    audience = AUDIENCE
    required_scopes: Any = {"GET": ["orders:read"], "POST": ["orders:read", "orders:write"], "DELETE": []}

    def get(self, request: Request) -> Response:
        return Response({"user": str(request.user.pk or ""), "sub": request.auth.sub})

    post = put = delete = patch = get


class Listed(Orders):
    required_scopes = ["orders:read"]


class MayDelete(BasePermission):
    """What the person themselves may do."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user.has_perm("oauth_server.delete_audience"))


class Guarded(Orders):
    """The client's scope, and the person's own permission."""

    permission_classes = [HasScopes, MayDelete]


class Own(Orders):
    """Of the server itself: it names no audience."""

    audience = ""
    required_scopes = ["profile"]


class Theirs(Own):
    issuers = ["http://testserver/other"]


class Signed(Orders):
    permission_classes = [IsAuthenticated]


class Strict(Orders):
    """What it needs is said where it is used."""

    permission_classes: Any = [HasScopes, HasScopes("orders:read") & RequireAcr("2", max_age=300)]
    resource_metadata = f"{AUDIENCE}/.well-known/oauth-protected-resource"


urlpatterns = [
    path("strict", Strict.as_view()),
    path("orders", Orders.as_view()),
    path("listed", Listed.as_view()),
    path("guarded", Guarded.as_view()),
    path("own", Own.as_view()),
    path("theirs", Theirs.as_view()),
    path("signed", Signed.as_view()),
    path("", include("oauth_server.urls")),
]
