"""django-oauth-toolkit's scopes backend over our `Scope` rows."""

from typing import Any

from oauth2_provider.scopes import BaseScopes

from oauth_server import issuers
from oauth_server.models import Scope


class Scopes(BaseScopes):
    """`SCOPES_BACKEND_CLASS`: the scopes of the first issuer."""

    def get_all_scopes(self) -> dict[str, str]:
        rows = Scope.objects.filter(issuer=issuers.first())
        return {row.name: row.title or row.name for row in rows}

    def get_available_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        rows = application.scopes if application is not None else Scope.objects.filter(issuer=issuers.first())
        return list(rows.values_list("name", flat=True))

    def get_default_scopes(self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        return application.default_scopes.split() if application is not None else []
