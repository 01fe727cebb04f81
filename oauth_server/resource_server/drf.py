"""RFC 6750 bearer tokens for Django REST framework, in the server's own project: §2.1 (the header), §3 (the challenge).

    class Orders(APIView):
        authentication_classes = [BearerAuthentication]
        permission_classes = [HasScopes]
        audience = "https://api.example.com"
        required_scopes = {"GET": ["orders:read"], "POST": ["orders:write"]}

A view that names no `audience` takes tokens for the server itself; one that names no `issuers` those of the first issuer.
`request.user` is the person, or an anonymous user for a client's own token; `request.auth` is the `Found` credential. A scope says what
the client may do in the person's name, never what the person may do: add Django's permissions for that.
"""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.request import Request

from oauth_server import clock
from oauth_server.resource_server.authentication import ChallengingAuthentication, sent_by
from oauth_server.resource_server.challenge import InvalidToken, credentials, require_holder
from oauth_server.resource_server.permissions import HasDetail, HasScopes, RequireAcr
from oauth_server.tokens import lookup, store
from oauth_server.tokens.lookup import Found

__all__ = ["BearerAuthentication", "HasDetail", "HasScopes", "RequireAcr"]


class BearerAuthentication(ChallengingAuthentication):
    """Refuses unknown, expired and revoked tokens, and those of another issuer or for another audience than the view's."""

    def identify(self, request: Request, authorization: str, view: Any) -> tuple[Any, Found]:
        scheme, value = credentials(authorization, ("bearer", "dpop"))
        found = lookup.access_token(value)
        if found is None or not found.active:
            raise InvalidToken("The access token is invalid, expired, or revoked.")
        require_holder(scheme, value, found.cnf, **sent_by(request), fresh=_fresh)
        issuers = getattr(view, "issuers", ())
        if found.issuer.identifier not in issuers if issuers else not found.issuer.is_first:
            raise InvalidToken("iss: the access token is another issuer's.")
        # RFC 9068 §4: exactly this API
        if (getattr(view, "audience", "") or found.issuer.identifier) not in found.audiences:
            raise InvalidToken("aud: the access token is for another API.")
        return found.user or AnonymousUser(), found


def _fresh(name: str, seconds: int) -> bool:
    """RFC 9449 §11.1: for all processes."""
    return store.use_once("dpop", name, clock.now() + timedelta(seconds=seconds))
