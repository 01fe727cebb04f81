"""RFC 8628 device requests: what devices wait for, and how to end one."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oauth_server import audit, clock
from oauth_server.admin.base import ReadOnlyAdmin
from oauth_server.admin.deeds import deed
from oauth_server.audit import Event
from oauth_server.models import DeviceRequest
from oauth_server.tokens import device


class DeviceRequestAdmin(ReadOnlyAdmin):
    ordering = ("-expires", "-pk")
    list_display = ("id", "application", "user", "state", "scope", "address", "created", "expires")
    list_select_related = ("application", "user")
    link_filters = ("application__id__exact", "user__id__exact")
    fields = (
        "id", "application", "scope", "address", "user_agent", "user", "authorization", "entries", "interval",
        "last_checked", "created", "expires", "used_at", "state",
    )  # fmt: skip
    actions = ("deny",)

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: DeviceRequest) -> str:
        if row.used_at is not None:
            return _("used")
        if row.expires <= clock.now():
            return _("expired")
        return {device.AUTHORIZED: _("approved"), device.DENIED: _("denied")}.get(row.status, _("waits"))

    def is_offered(self, name: str, obj: Any) -> bool:
        return bool(obj.status == device.PENDING and obj.expires > clock.now())

    @deed(
        gettext_lazy("Deny"),
        permission="revoke",
        question=gettext_lazy("Deny these requests? The devices are told so at their next poll."),
    )
    def deny(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        denied = [row for row in rows if device.deny(row, row.user_id)]
        for row in denied:
            audit.record(
                Event.DEVICE_DENIED,
                issuer=row.application.issuer,
                client=row.application,
                user_id=row.user_id,
                target=f"device request {row.pk}",
                reason="by staff",
            )
        return ngettext("%d request is denied.", "%d requests are denied.", len(denied)) % len(denied)
