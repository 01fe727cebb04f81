"""Standard Webhooks: what became of each audit event that the webhook is told of, and one more try."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from oauth_server import webhook
from oauth_server.admin.base import ReadOnlyAdmin
from oauth_server.admin.deeds import deed
from oauth_server.models import WebhookDelivery


class WebhookDeliveryAdmin(ReadOnlyAdmin):
    ordering = ("-pk",)
    list_display = ("created", "event_id", "state", "attempts", "next_attempt", "delivered_at", "last_error")
    list_filter = ("state",)
    fields = ("created", "event_id", "state", "attempts", "next_attempt", "delivered_at", "last_error")
    actions = ("retry",)

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
