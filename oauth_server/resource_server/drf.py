"""RFC 6750 bearer tokens for Django REST framework: §2.1 (the header), §3 (the challenge).

    class Orders(APIView):
        authentication_classes = [BearerAuthentication]
        permission_classes = [HasScopes]
        audience = "https://api.example.com"
        required_scopes = {"GET": ["orders:read"], "POST": ["orders:write"]}

A view that names no `audience` takes tokens for the server itself; one that names no `issuers` those of the first issuer.
`request.user` is the person, or an anonymous user for a client's own token; `request.auth` is the `Found` credential. A scope says what
the client may do in the person's name, never what the person may do: add Django's permissions for that.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from oauth_server.tokens import lookup
from oauth_server.tokens.lookup import Found


class BearerAuthentication(BaseAuthentication):
    """Refuses unknown, expired and revoked tokens, and those of another issuer or for another audience than the view's."""

    def authenticate(self, request: Request) -> tuple[Any, Found] | None:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = lookup.access_token(value.strip())
        if found is None or not found.active:
            raise AuthenticationFailed("The access token is invalid, expired, or revoked.", code="invalid_token")
        view = _view(request)
        issuers = getattr(view, "issuers", ())
        if found.issuer.identifier not in issuers if issuers else not found.issuer.is_first:
            raise AuthenticationFailed("The access token is another issuer's.", code="invalid_token")
        # RFC 9068 §4: exactly this API
        if (getattr(view, "audience", "") or found.issuer.identifier) not in found.audiences:
            raise AuthenticationFailed("The access token is for another API.", code="invalid_token")
        return found.user or AnonymousUser(), found

    def authenticate_header(self, request: Request) -> str:
        # RFC 6750 §3.1: no error code when no token was sent
        scheme = request.headers.get("Authorization", "").partition(" ")[0]
        error = ', error="invalid_token"' if scheme.lower() == "bearer" else ""
        return f'Bearer realm="{getattr(_view(request), "audience", "") or request.get_host()}"{error}'


class HasScopes(BasePermission):
    """The token has every scope that the view's `required_scopes` names, as a list or by method; a method left out is closed."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, Found):
            return False
        required = view.required_scopes
        method = "GET" if request.method == "HEAD" else request.method
        needed = required.get(method) if isinstance(required, dict) else required
        if needed is None:
            return False
        if set(needed) - set(request.auth.scope.split()):
            raise InsufficientScope(needed)
        return True


class InsufficientScope(PermissionDenied):
    """RFC 6750 §3.1 insufficient_scope, with the scopes that would do."""

    def __init__(self, needed: list[str]) -> None:
        super().__init__("The access token does not have the scope for this.", code="insufficient_scope")
        self.auth_header = f'Bearer error="insufficient_scope", scope="{" ".join(needed)}"'


def _view(request: Request) -> Any:
    return (request.parser_context or {}).get("view")
