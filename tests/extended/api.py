"""An API of the project, and one call from another program."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from oauth_server.resource_server.challenge import Refused
from oauth_server.resource_server.drf import BearerAuthentication, HasScopes, RequireAcr
from oauth_server.resource_server.verifier import AccessToken, Verifier
from oauth_server.tokens.lookup import Found

API = "https://shop.example/orders"


class Orders(APIView):
    authentication_classes = [BearerAuthentication]
    permission_classes = [HasScopes("orders:read") & RequireAcr("2")]
    audience = API

    def get(self, request: Request) -> Response:
        """The orders of whoever asks."""
        found = request.auth
        assert isinstance(found, Found)
        return Response({"for": found.sub, "scope": found.scope.split()})


def who(tokens: Verifier, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
    try:
        token: AccessToken = tokens.verify(headers.get("Authorization"), scopes=["orders:read"])
    except Refused as refused:
        return "", tokens.headers(refused)
    claims: dict[str, Any] = dict(token.claims)
    return str(claims["sub"]), {}
