"""Standard Webhooks: what became of each audit event that the webhook is told of, and one more try."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy, ngettext

from oauth_server import webhook
from oauth_server.admin.base import ReadOnlyAdmin
from oauth_server.admin.deeds import deed
from oauth_server.models import AuditEvent, WebhookDelivery


class WebhookDeliveryAdmin(ReadOnlyAdmin):
    ordering = ("-pk",)
    list_display = ("created", "event_told", "state", "attempts", "last_error", "next_attempt", "delivered_at")
    list_filter = ("state",)
    fields = ("created", "event_told", "state", "attempts", "next_attempt", "delivered_at", "last_error")
    actions = ("retry",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """An event may be gone before its delivery."""
        named = AuditEvent.objects.filter(pk=OuterRef("event_id")).values("event")[:1]
        rows: QuerySet[Any] = super().get_queryset(request).annotate(event_name=Subquery(named))
        return rows

    @admin.display(description=gettext_lazy("audit event"))
    def event_told(self, row: Any) -> str:
        if row.event_name is None:
            return str(row.event_id)
        url = reverse("admin:oauth_server_auditevent_change", args=[row.event_id])
        return format_html('<a href="{}">{} #{}</a>', url, row.event_name, row.event_id)

    def is_offered(self, name: str, obj: Any) -> bool:
        return bool(obj.state != WebhookDelivery.State.DELIVERED)

    @deed(
        gettext_lazy("Try again"),
        permission="revoke",
        question=gettext_lazy("Send these events once more? Those that were delivered stay as they are."),
    )
    def retry(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        again = sum(webhook.retry(row) for row in rows)
        return ngettext("%d event is sent again.", "%d events are sent again.", again) % again
