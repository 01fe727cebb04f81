"""The terms of service in the admin: versions, and who accepted which. A version that somebody accepted stays as it was."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from .joining_models import Acceptance, Terms


@admin.register(Terms)
class TermsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("version", "in_force_from", "url")
    ordering = ("-in_force_from",)

    def has_change_permission(self, request: HttpRequest, obj: Terms | None = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_accepted(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Terms | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not _is_accepted(obj)


@admin.register(Acceptance)
class AcceptanceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """To be read only: it is what people did."""

    list_display = ("user", "terms", "at")
    list_select_related = ("user", "terms")
    ordering = ("-pk",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _is_accepted(terms: Terms | None) -> bool:
    return terms is not None and Acceptance.objects.filter(terms=terms).exists()
