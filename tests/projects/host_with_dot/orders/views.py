"""The views."""

from django.http import JsonResponse
from oauth2_provider.contrib.rest_framework import (
    IsAuthenticatedOrTokenHasScope,
    OAuth2Authentication,
    TokenHasScope,
)
from oauth2_provider.decorators import protected_resource
from oauth2_provider.views import ProtectedResourceView, ScopedProtectedResourceView
from rest_framework.response import Response
from rest_framework.views import APIView


def told(user):
    return {"user": user.pk if user is not None else None}


class Scoped(APIView):
    authentication_classes = [OAuth2Authentication]
    permission_classes = [TokenHasScope]
    required_scopes = ["orders:read"]

    def get(self, request):
        return Response(
            {**told(request.user), "scope": request.auth.scope, "client": request.auth.application.client_id}
        )


class ReadWrite(APIView):
    authentication_classes = [OAuth2Authentication]
    permission_classes = [IsAuthenticatedOrTokenHasScope]
    required_scopes = ["orders:write"]

    def get(self, request):
        return Response(told(request.user))


@protected_resource(scopes=["orders:read"])
def decorated(request):
    return JsonResponse(told(request.resource_owner))


class Plain(ProtectedResourceView):
    def get(self, request):
        return JsonResponse(told(request.resource_owner))


class WithScope(ScopedProtectedResourceView):
    required_scopes = ["orders:read"]

    def get(self, request):
        return JsonResponse(told(request.resource_owner))


def by_middleware(request):
    found = getattr(request, "access_token", None)
    status = 200 if request.user.is_authenticated else 401
    return JsonResponse({"user": request.user.pk, "client": found and found.application.client_id}, status=status)
