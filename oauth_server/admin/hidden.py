"""For the tables that django-oauth-toolkit registers and that nobody has to see: they are in no list, and no address opens them."""

from typing import Any

from django.http import HttpRequest

from oauth_server.admin.base import ReadOnlyAdmin


class HiddenAdmin(ReadOnlyAdmin):
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False
