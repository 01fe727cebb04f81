"""The audit log: read, never written, from here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from oauth_server.admin.base import ReadOnlyAdmin, pretty
from oauth_server.audit import Event
from oauth_server.models import AuditEvent


class EventFilter(admin.SimpleListFilter):
    """By the names that the code knows: asking the table for them would read all of it."""

    title = _("event")
    parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(event.value, event.value) for event in sorted(Event)]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset.filter(event=self.value()) if self.value() in set(Event) else queryset


class AuditEventAdmin(ReadOnlyAdmin):
    ordering = ("-pk",)
    list_display = ("when", "event", "actor", "client_id", "user_id", "object", "reason", "address", "trace_id")
    list_filter = (EventFilter,)
    search_fields = ("trace_id__exact", "client_id__exact", "user_id__exact")
    search_help_text = _("A trace id, a client ID or the ID of a person, in full.")
    fields = (
        "when",
        "event",
        "actor",
        "issuer",
        "client_id",
        "user_id",
        "object",
        "reason",
        "difference",
        "address",
        "trace_id",
    )

    @admin.display(description=_("time"))
    def when(self, row: AuditEvent) -> str:
        """To the second, as logs have it."""
        return localtime(row.at).isoformat(" ", "seconds")

    @admin.display(description=_("changes"))
    def difference(self, row: AuditEvent) -> str:
        return pretty(row.changes)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return False
