"""OpenAPI 3.0.3 Security Scheme Object: what drf-spectacular writes into the document of an API that our classes guard.

Importing this module is enough, as `urls.py` does that serves the document.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from oauth_server.resource_server.permissions import HasScopes

if TYPE_CHECKING:
    from drf_spectacular.openapi import AutoSchema

NAME = "oauth"


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A client learns from it where tokens are, and which scopes each operation needs."""

    target_class = "oauth_server.resource_server.authentication.ChallengingAuthentication"
    match_subclasses = True
    name = NAME

    def get_security_definition(self, auto_schema: "AutoSchema") -> dict[str, Any]:
        # OpenID Connect Discovery 1.0 §4: everything else is in the document there
        where = f"{_issuer(auto_schema.view)}/.well-known/openid-configuration"
        return {"type": "openIdConnect", "openIdConnectUrl": where}

    def get_security_requirement(self, auto_schema: "AutoSchema") -> dict[str, list[Any]]:
        view, method = auto_schema.view, auto_schema.method
        found = (one for each in view.get_permissions() for one in _scopes(each, method, view))
        return {NAME: list(dict.fromkeys(found))}


def _scopes(permission: Any, method: str, view: Any) -> Iterator[str]:
    """Of a permission, or of two that are joined with `&`."""
    if isinstance(permission, HasScopes):
        yield from permission.needed(method, view) or ()
    for joined in (getattr(permission, "op1", None), getattr(permission, "op2", None)):
        if joined is not None:
            yield from _scopes(joined, method, view)


def _issuer(view: Any) -> str:
    """Of the view's verifier; of the views of the server's own project the one that they name, or the first."""
    from oauth_server.conf import settings

    gate = getattr(view, "tokens", None)
    named: str = gate.issuer if gate is not None else next(iter(getattr(view, "issuers", ())), "")
    return named or settings.ISSUER
