"""Sign-ins: listed and ended."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oauth_server import clock
from oauth_server.admin import revocation, stops
from oauth_server.admin.base import ReadOnlyAdmin
from oauth_server.admin.deeds import ReasonForm, deed
from oauth_server.admin.family import people
from oauth_server.deeds import session
from oauth_server.models import Session


class StateFilter(admin.SimpleListFilter):
    """Each by an index in the order of the list."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("live", _("live")), ("ended", _("ended")), ("expired", _("expired"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        now = clock.now()
        chosen = {
            "live": Q(expires__gt=now, ended_at=None),
            "ended": Q(ended_at__isnull=False),
            "expired": Q(expires__lte=now, ended_at=None),
        }
        return queryset.filter(chosen.get(self.value() or "", Q()))


class SessionAdmin(ReadOnlyAdmin):
    ordering = ("-expires", "-pk")
    list_display = ("id", "user", "state", "auth_time", "user_agent", "address", "expires", "issuer")
    list_filter = (StateFilter,)
    list_select_related = ("user", "issuer")
    link_filters = ("user__id__exact", "issuer__id__exact")
    fields = (
        "id",
        "issuer",
        "user",
        "auth_time",
        "acr",
        "methods",
        "user_agent",
        "address",
        "created",
        "expires",
        "ended_at",
        "state",
    )
    search_fields = ("pk",)
    search_help_text = gettext_lazy("A person's sign-in name or ID.")
    actions = ("end",)

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        term = search_term.strip()
        return (queryset.filter(Q(user_id__in=people(term))) if term else queryset), False

    @admin.display(description=gettext_lazy("authentication methods"))
    def methods(self, row: Session) -> str:
        return ", ".join(row.amr) or self.get_empty_value_display()

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Session) -> str:
        if row.ended_at is not None:
            return _("ended")
        return _("expired") if row.expires <= clock.now() else _("live")

    @deed(
        gettext_lazy("End"),
        permission="revoke",
        question=gettext_lazy("End these sign-ins, with all access that does not outlive them (no offline_access)?"),
        form=ReasonForm,
        preview=stops.of_sessions,
    )
    def end(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        ended = session.end(rows, "by staff")
        return ngettext("%d sign-in is ended.", "%d sign-ins are ended.", ended) % ended

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["tools"] = revocation.tool(request, "person", person=str(kwargs["obj"].user_id))
        return super().render_change_form(request, context, *args, **kwargs)
