"""Groups in the admin: roles are made of them, so they are for superusers to change."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from oauth_server import audit
from oauth_server.admin.base import TableAdmin
from oauth_server.audit import Event


class Groups(TableAdmin, GroupAdmin):
    """A group is permissions: whoever could change one could change their own."""

    ordering = ("name", "pk")

    def record(self, obj: Group, changes: Mapping[str, Any], reason: str = "") -> None:
        audit.record(Event.ROLE_GIVEN, target=f"group {obj}", reason=reason, changes=changes)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return is_superuser(request)


def is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))
