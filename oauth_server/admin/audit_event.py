"""The audit log: searched, filtered and exported, never written, from here."""

import json
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oauth_server import audit
from oauth_server.admin.base import ReadOnlyAdmin, pretty
from oauth_server.admin.family import people
from oauth_server.admin.paging import AFTER, BEFORE
from oauth_server.audit import Event
from oauth_server.models import AuditEvent, Issuer
from oauth_server.policy import roles

EVENT, SINCE, UNTIL, LIVE = "event", "since", "until", "live"
# So often the list renews itself for who asked for it, in seconds
_RENEWED = 5


class EventFilter(admin.ListFilter):
    """The event, by the names that the code knows (asking the table for them would read all of it), and since and until in UTC."""

    title = _("event and time")
    template = "admin/oauth_server/event_filter.html"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.given = {name: params.pop(name)[-1] for name in self.expected_parameters() if name in params}
        self.others = [
            (name, value)
            for name, values in request.GET.lists()
            for value in values
            if name not in {EVENT, SINCE, UNTIL, LIVE}
        ]

    def expected_parameters(self) -> list[str | None]:
        return [EVENT, SINCE, UNTIL, LIVE]

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Any:
        """One: what the template's form shows."""
        yield {
            **{name: self.given.get(str(name), "") for name in self.expected_parameters()},
            "others": self.others,
            "events": sorted(Event),
            "stop_url": changelist.get_query_string(remove=[LIVE]),
        }

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        since, until = _time(self.given.get(SINCE, "")), _time(self.given.get(UNTIL, ""))
        if self.given.get(EVENT) in set(Event):
            queryset = queryset.filter(event=self.given[EVENT])
        queryset = queryset.filter(at__gte=since) if since else queryset
        return queryset.filter(at__lt=until) if until else queryset


def _time(text: str) -> datetime | None:
    """What a field of the type datetime-local sends, taken as UTC."""
    try:
        found = parse_datetime(text)
        if found is None or found.tzinfo is None:
            return found and found.replace(tzinfo=UTC)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class AuditEventAdmin(ReadOnlyAdmin):
    ordering = ("-pk",)
    list_display = ("when", "event", "reason", "actor", "client_id", "user_id", "object", "address", "trace_id")
    list_filter = (EventFilter,)
    link_filters = ("trace_id__exact", "client_id__exact", "user_id__exact", "actor__exact", "object__exact")
    search_fields = ("trace_id__exact",)
    search_help_text = _("A trace id, a client ID, who acted, or a person's sign-in name or ID, in full.")
    fields = (
        "when",
        "event",
        "who",
        "whose",
        "client",
        "person",
        "object",
        "reason",
        "note",
        "difference",
        "address",
        "trace",
    )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Live for who asked for it: the newest page renews itself, without a script."""
        response = super().changelist_view(request, extra_context)
        if request.GET.get(LIVE) and not {BEFORE, AFTER} & set(request.GET):
            response.headers["Refresh"] = str(_RENEWED)
        return response

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in {EVENT, SINCE, UNTIL, LIVE, *self.link_filters}

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        """By one index each."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(trace_id=term) | Q(client_id=term) | Q(actor__in=[term, f"staff:{term}"])
        return queryset.filter(found | Q(user_id__in=[term, *map(str, people(term))])), False

    def may_export(self, request: HttpRequest) -> bool:
        return roles.may(request.user, roles.EXPORT_AUDIT)

    def note_export(self, request: HttpRequest) -> None:
        audit.record(Event.AUDIT_EXPORTED, target=request.GET.urlencode())

    def exported(self, row: AuditEvent) -> dict[str, Any]:
        """All of it, not only what the list has room for; every row with the same members, as CSV wants them."""
        return {name: getattr(row, name) if name != "at" else row.at.isoformat() for name in _EXPORTED}

    @admin.display(description=_("time"))
    def when(self, row: AuditEvent) -> str:
        """To the second, as logs have it."""
        return localtime(row.at).isoformat(" ", "seconds")

    @admin.display(description=_("changes"))
    def difference(self, row: AuditEvent) -> str:
        """Member by member; who does not speak JSON can read it."""
        lines = [
            (name, *map(_said, pair)) for name, pair in row.changes.items() if isinstance(pair, list) and len(pair) == 2
        ]
        if len(lines) != len(row.changes):
            return pretty(row.changes)
        shown = format_html_join("", "<tr><th scope='row'>{}</th><td>{}</td><td>{}</td></tr>", lines)
        heads = (_("member"), _("before"), _("after"))
        titles = format_html_join("", "<th scope='col'>{}</th>", ((head,) for head in heads))
        table = "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>"
        return format_html(table, titles, shown) if lines else self.get_empty_value_display()

    @admin.display(description=_("issuer"))
    def whose(self, row: AuditEvent) -> str:
        """By its name, as long as there is one."""
        found = Issuer.objects.filter(pk=row.issuer).first() if row.issuer else None
        return str(found or row.issuer) or self.get_empty_value_display()

    @admin.display(description=_("actor"))
    def who(self, row: AuditEvent) -> str:
        return self._all_of("actor", row.actor)

    @admin.display(description=_("client ID"))
    def client(self, row: AuditEvent) -> str:
        return self._all_of("client_id", row.client_id)

    @admin.display(description=_("person"))
    def person(self, row: AuditEvent) -> str:
        return self._all_of("user_id", row.user_id)

    @admin.display(description=_("trace id"))
    def trace(self, row: AuditEvent) -> str:
        return self._all_of("trace_id", row.trace_id)

    def _all_of(self, column: str, value: str) -> str:
        """The value, as a link to all events that have it."""
        url = reverse("admin:oauth_server_auditevent_changelist", query={f"{column}__exact": value})
        return format_html('<a href="{}">{}</a>', url, value) if value else self.get_empty_value_display()

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return False


def _said(value: Any) -> str:
    """A value as people write it."""
    if value in (None, "", [], {}):
        return "—"
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_EXPORTED = ("id", "at", *audit.MEMBERS)
