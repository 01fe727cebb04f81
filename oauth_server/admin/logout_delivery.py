"""OpenID Connect Back-Channel Logout 1.0: what became of each sign-out that a client is told of, and one more try."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from oauth_server.admin.base import ReadOnlyAdmin
from oauth_server.admin.deeds import deed
from oauth_server.deeds import logout_delivery
from oauth_server.models import Client, LogoutDelivery


class LogoutDeliveryAdmin(ReadOnlyAdmin):
    ordering = ("-pk",)
    list_display = ("created", "client", "state", "attempts", "last_error", "next_attempt", "delivered_at")
    list_filter = ("state",)
    list_select_related = ("client",)
    link_filters = ("client__id__exact", "session__id__exact")
    fields = (
        "created",
        "issuer",
        "client",
        "session",
        "sub",
        "state",
        "attempts",
        "next_attempt",
        "delivered_at",
        "last_error",
    )
    search_fields = ("pk",)
    search_help_text = gettext_lazy("A client ID.")
    actions = ("retry",)

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        term = search_term.strip()
        named = Client.objects.filter(client_id=term).values("pk")
        return (queryset.filter(client__in=named) if term else queryset), False

    def is_offered(self, name: str, obj: Any) -> bool:
        return bool(obj.state != LogoutDelivery.State.DELIVERED)

    @deed(
        gettext_lazy("Try again"),
        permission="revoke",
        question=gettext_lazy(
            "Tell the clients of these sign-outs once more? Those that were delivered stay as they are."
        ),
    )
    def retry(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        again = logout_delivery.retry(rows)
        return ngettext("%d sign-out is tried again.", "%d sign-outs are tried again.", again) % again
