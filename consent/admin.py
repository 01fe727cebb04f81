"""Consents in the admin: found by client or person, withdrawn with all that hangs on them, never edited; and their receipts."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oauth_server.admin.base import ReadOnlyAdmin, pretty
from oauth_server.admin.deeds import ReasonForm, deed
from oauth_server.admin.family import people
from oauth_server.deeds import blast_radius, revocation
from oauth_server.models import Client

from . import decision, memory
from .models import Consent, Receipt


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("given", _("not withdrawn")), ("withdrawn", _("withdrawn"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = {"given": Q(withdrawn_at=None), "withdrawn": Q(withdrawn_at__isnull=False)}
        return queryset.filter(chosen.get(self.value() or "", Q()))


def _preview(rows: list[Consent]) -> str:
    """What ends with these consents."""
    held = Q(pk__in=[])
    for row in rows:
        held |= Q(user=row.user_id, client=row.client_id)
    number = blast_radius.number(revocation.living().filter(held))
    text = _(
        "Everything that these people allow these clients ends at once, also what is allowed for other APIs: %(number)s authorizations, "
        "with all tokens that hang on them. APIs that check JWTs by themselves take one until it expires. It cannot be undone."
    )
    return text % {"number": number}


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ("user", "client", "audience", "scope", "declined", "created", "state")
    list_select_related = ("user", "client")
    ordering = ("-pk",)
    list_filter = (StateFilter,)
    link_filters = ("client__id__exact",)
    actions = ("withdraw",)
    search_fields = ("pk",)
    search_help_text = gettext_lazy("A client ID, or a person's sign-in name or ID.")
    fields = (
        "user",
        "client",
        "audience",
        "scope",
        "declined",
        "details",
        "created",
        "updated",
        "expires_at",
        "withdrawn_at",
    )

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        term = search_term.strip()
        if not term:
            return queryset, False
        clients = list(Client.objects.filter(client_id=term).values_list("pk", flat=True))
        return queryset.filter(Q(client__in=clients) | Q(user__in=people(term))), False

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Consent) -> str:
        if row.withdrawn_at is not None:
            return _("withdrawn")
        return _("active") if memory.is_live(row) else _("expired")

    @deed(
        gettext_lazy("Withdraw with all tokens"),
        permission="revoke",
        question=_preview,
        form=ReasonForm,
    )
    def withdraw(self, request: HttpRequest, rows: list[Consent], _answer: dict[str, Any]) -> str:
        pairs = {(row.user_id, row.client_id): row for row in rows}
        for row in pairs.values():
            decision.withdraw(row.user_id, row.client, "withdrawn by the operator")
        return ngettext(
            "The consent of %(count)d person and client is withdrawn.",
            "The consents of %(count)d people and clients are withdrawn.",
            len(pairs),
        ) % {"count": len(pairs)}


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = ("at", "user", "client_id", "texts")
    list_select_related = ("user",)
    ordering = ("-at", "-pk")
    search_fields = ("client_id__exact",)
    search_help_text = gettext_lazy("A client ID in full, or a person's sign-in name or ID.")
    fields = ("id", "user", "client_id", "at", "texts", "shown")
    readonly_fields = ("shown",)

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        term = search_term.strip()
        return queryset.filter(Q(client_id=term) | Q(user__in=people(term))) if term else queryset, False

    @admin.display(description=gettext_lazy("document"))
    def shown(self, row: Receipt) -> str:
        return pretty(row.document)
