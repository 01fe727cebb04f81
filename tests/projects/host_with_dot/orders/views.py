"""An API, protected in each of the ways that django-oauth-toolkit offers."""

from django.http import JsonResponse
from oauth2_provider import decorators, views
from oauth2_provider.contrib import rest_framework as drf
from oauth2_provider.oauth2_backends import get_oauthlib_core
from rest_framework.response import Response
from rest_framework.views import APIView

READ, WRITE = "orders:read", "orders:write"


def told(request):
    user = getattr(request, "resource_owner", None)
    return JsonResponse({"user": user and user.pk})


class Api(APIView):
    authentication_classes = [drf.OAuth2Authentication]
    permission_classes = [drf.TokenHasScope]
    required_scopes = [READ]

    def get(self, request):
        client = request.auth.application.client_id
        return Response({"user": request.user and request.user.pk, "scope": request.auth.scope, "client": client})

    post = get


class ReadWrite(Api):
    permission_classes = [drf.TokenHasReadWriteScope]


class ByResource(Api):
    permission_classes = [drf.TokenHasResourceScope]
    required_scopes = ["orders"]


class EitherWay(Api):
    permission_classes = [drf.IsAuthenticatedOrTokenHasScope]


class ByDescription(Api):
    permission_classes = [drf.TokenMatchesOASRequirements]
    required_alternate_scopes = {"GET": [["nothing"], [READ]], "POST": [[WRITE]]}


class Advertised(Api):
    authentication_classes = [drf.OAuth2ProtectedResourceAuthentication]


class Told:
    required_scopes = [READ]

    def get(self, request, *args, **kwargs):
        return told(request)

    post = get


def by_middleware(request):
    found = getattr(request, "access_token", None)
    status = 200 if request.user.is_authenticated else 401
    return JsonResponse({"user": request.user.pk, "client": found and found.application.client_id}, status=status)


def by_core(request):
    valid, asked = get_oauthlib_core().verify_request(request, scopes=[READ])
    return JsonResponse({"user": asked.user and asked.user.pk if valid else None}, status=200 if valid else 401)


def of(base):
    """A view of the project on one of django-oauth-toolkit's."""
    return type(base.__name__, (Told, base), {}).as_view()


# The name by which a project imports it → the view, the status of a refusal, whether a refusal names the metadata, whether POST needs more
PLACES = {
    "rest_framework.OAuth2Authentication, TokenHasScope": (Api.as_view(), 401, False, False),
    "rest_framework.TokenHasReadWriteScope": (ReadWrite.as_view(), 401, False, True),
    "rest_framework.TokenHasResourceScope": (ByResource.as_view(), 401, False, True),
    "rest_framework.IsAuthenticatedOrTokenHasScope": (EitherWay.as_view(), 401, False, False),
    "rest_framework.TokenMatchesOASRequirements": (ByDescription.as_view(), 401, False, True),
    "rest_framework.OAuth2ProtectedResourceAuthentication": (Advertised.as_view(), 401, True, False),
    "decorators.protected_resource": (decorators.protected_resource(scopes=[READ])(told), 403, False, False),
    "decorators.rw_protected_resource": (decorators.rw_protected_resource(scopes=[READ])(told), 403, False, True),
    "decorators.protected_resource_metadata": (
        decorators.protected_resource_metadata(scopes=[READ])(told),
        401,
        True,
        False,
    ),
    "decorators.rw_protected_resource_metadata": (
        decorators.rw_protected_resource_metadata(scopes=[READ])(told),
        401,
        True,
        True,
    ),
    "views.ProtectedResourceView": (of(views.ProtectedResourceView), 403, False, False),
    "views.ScopedProtectedResourceView": (of(views.ScopedProtectedResourceView), 403, False, False),
    "views.ReadWriteScopedResourceView": (of(views.ReadWriteScopedResourceView), 403, False, True),
    "views.ClientProtectedResourceView": (of(views.ClientProtectedResourceView), 403, False, False),
    "views.ClientProtectedScopedResourceView": (of(views.ClientProtectedScopedResourceView), 403, False, False),
    "views.ProtectedResourceMetadataView": (of(views.ProtectedResourceMetadataView), 401, True, False),
    "views.ScopedProtectedResourceMetadataView": (of(views.ScopedProtectedResourceMetadataView), 401, True, False),
    "views.ReadWriteScopedProtectedResourceMetadataView": (
        of(views.ReadWriteScopedProtectedResourceMetadataView),
        401,
        True,
        True,
    ),
    "views.ClientProtectedResourceMetadataView": (of(views.ClientProtectedResourceMetadataView), 401, True, False),
    "middleware.OAuth2TokenMiddleware, backends.OAuth2Backend": (by_middleware, 401, False, False),
    "oauth2_backends.get_oauthlib_core": (by_core, 401, False, False),
}
