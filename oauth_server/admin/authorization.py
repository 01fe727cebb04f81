"""The families: which client may act for whom, with what, until when; and the page on which a token is looked up."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oauth_server import clock
from oauth_server.admin import revocation, stops, token
from oauth_server.admin.deeds import ReasonForm, deed
from oauth_server.admin.family import FamilyAdmin
from oauth_server.models import Authorization, not_before
from oauth_server.tokens import revoke


class StateFilter(admin.SimpleListFilter):
    """Each by an index in the order of the list."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("live", _("not revoked")), ("revoked", _("revoked")), ("over", _("over"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        now = clock.now()
        chosen = {
            "live": Q(expires_at__gt=now, revoked_at=None),
            "revoked": Q(revoked_at__isnull=False),
            "over": Q(expires_at__lte=now, revoked_at=None),
        }
        return queryset.filter(chosen.get(self.value() or "", Q()))


class AuthorizationAdmin(FamilyAdmin):
    client_column = "client"
    list_filter = (StateFilter,)
    ordering = ("-expires_at", "-pk")
    list_display = ("id", "client", "user", "state", "scope", "created", "expires_at")
    list_select_related = ("client__issuer", "user")
    link_filters = ("client__id__exact", "session__id__exact", "parent__id__exact")
    fields = (
        "id", "client", "user", "sub", "scope", "apis", "asked", "claims", "session", "auth_time", "acr", "methods",
        "parent", "created", "expires_at", "revoked_at", "state", "tokens",
    )  # fmt: skip
    actions = ("revoke_families",)

    def get_own_urls(self) -> list[URLPattern]:
        inspect, revocations = token.view(self), revocation.view(self)
        return [
            path("token/", self.admin_site.admin_view(inspect), name="oauth_server_token"),
            path("revoke/", self.admin_site.admin_view(revocations), name="oauth_server_revoke"),
        ]

    @admin.display(description=gettext_lazy("authentication methods"))
    def methods(self, row: Authorization) -> str:
        return ", ".join(row.amr) or self.get_empty_value_display()

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Authorization) -> str:
        if row.revoked_at is not None:
            return _("revoked")
        if row.expires_at <= clock.now():
            return _("over")
        before = (row.client.tokens_not_before, row.client.issuer.tokens_not_before)
        if any(limit is not None and row.created < limit for limit in before):
            return _("revoked with all of its client or issuer")
        known = not_before.limits(row.client.issuer_id, row.client.issuer.version)
        if not_before.is_ended(known, row.created, row.scope, row.audiences):
            return _("revoked with all for its API or scope")
        return _("live")

    @admin.display(description=gettext_lazy("tokens"))
    def tokens(self, row: Authorization) -> str:
        links = [
            (f"{reverse(f'admin:oauth_server_{model}_changelist')}?authorization__id__exact={row.pk}", text)
            for model, text in (("accesstoken", _("access tokens")), ("refreshtoken", _("refresh tokens")))
        ]
        return format_html('<a href="{}">{}</a>, <a href="{}">{}</a>', *links[0], *links[1])

    @deed(
        gettext_lazy("Revoke"),
        permission="revoke",
        question=gettext_lazy("Revoke these authorizations, with every access and refresh token that hangs on them?"),
        form=ReasonForm,
        preview=stops.of_families,
    )
    def revoke_families(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        ended = revoke.families(Authorization.objects.filter(pk__in=[row.pk for row in rows]), "by staff")
        return ngettext("%d authorization is revoked.", "%d authorizations are revoked.", ended) % ended
