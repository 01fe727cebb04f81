"""A sample API, protected by the tokens of this server: what a scope allows the client, and what the person may do."""

from typing import Any, cast

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from oauth_server.conf import settings
from oauth_server.resource_server.drf import BearerAuthentication, HasScopes
from oauth_server.tokens.lookup import Found

ORDERS: list[dict[str, Any]] = [
    {"number": 1001, "item": "Coffee beans, 1 kg", "state": "sent"},
    {"number": 1002, "item": "Filter paper", "state": "open"},
]


def audience() -> str:
    """The API's identifier: its own URL (RFC 8707 §2)."""
    return f"{settings.ISSUER}/demo/orders"


class Orders(APIView):
    """GET lists the orders, POST takes one and forgets it."""

    authentication_classes = [BearerAuthentication]
    permission_classes = [HasScopes]
    required_scopes = {"GET": ["orders:read"], "POST": ["orders:write"]}

    @property
    def audience(self) -> str:
        return audience()

    def get(self, request: Request) -> Response:
        found = cast(Found, request.auth)  # `HasScopes` has made sure of it
        return Response({"orders": ORDERS, "for": found.sub})

    def post(self, request: Request) -> Response:
        return Response({"number": ORDERS[-1]["number"] + 1, "state": "open"}, status=201)
