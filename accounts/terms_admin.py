"""The terms of service in the admin: versions, and who accepted which. A version that somebody accepted stays as it was."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import URLField
from django.http import HttpRequest

from oauth_server import audit
from oauth_server.admin.base import ReadOnlyAdmin, TableAdmin
from oauth_server.audit import Event

from .joining_models import Acceptance, Terms


@admin.register(Terms)
class TermsAdmin(TableAdmin):
    name_field = "version"
    formfield_overrides = {**TableAdmin.formfield_overrides, URLField: {"assume_scheme": "https"}}
    list_display = ("version", "in_force_from", "url")
    ordering = ("-in_force_from", "-pk")

    def record(self, obj: Terms, changes: Mapping[str, Any], reason: str = "") -> None:
        audit.record(Event.TERMS_CHANGED, target=obj.version, reason=reason, changes=changes)

    def has_change_permission(self, request: HttpRequest, obj: Terms | None = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_accepted(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Terms | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not _is_accepted(obj)


@admin.register(Acceptance)
class AcceptanceAdmin(ReadOnlyAdmin):
    """To be read only: it is what people did."""

    list_display = ("user", "terms", "at")
    list_select_related = ("user", "terms")
    ordering = ("-pk",)


def _is_accepted(terms: Terms | None) -> bool:
    return terms is not None and Acceptance.objects.filter(terms=terms).exists()
