"""RFC 8707 §2 resources: the APIs that tokens are for."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server.admin import revocation, stops, users
from oauth_server.admin.translated import TranslatedAdmin, TranslatedForm
from oauth_server.audit import Event
from oauth_server.deeds import audience
from oauth_server.models import Audience, AuthorizationDetailType, Scope

_SHOWN = 20


class AudienceForm(TranslatedForm):
    within = ("introspectors",)
    parts = audience.TEXTS

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors:
            self.require_same_issuer("introspectors")
        return cleaned


class AudienceAdmin(TranslatedAdmin):
    form = AudienceForm
    logged = (Event.AUDIENCE_CHANGED, "identifier")
    name_field = "identifier"
    ordering = ("name", "pk")
    list_display = ("name", "identifier", "issuer_link", "token_format", "algorithm", "access_token_lifetime")
    list_filter = ("token_format", "algorithm")
    list_select_related = ("issuer",)
    search_fields = ("name", "identifier")
    autocomplete_fields = ("issuer", "introspectors")
    lasting_fields = ("issuer", "identifier")
    readonly_fields = ("used_by", "its_scopes")
    fieldsets = (
        (None, {"fields": ("issuer", "identifier")}),
        (gettext_lazy("What people read"), {"fields": ("name",)}),
        (gettext_lazy("Access tokens"), {"fields": ("token_format", "algorithm", "access_token_lifetime")}),
        (gettext_lazy("Introspection"), {"fields": ("introspectors",)}),
        (gettext_lazy("Who uses it"), {"fields": ("used_by", "its_scopes")}),
    )

    @admin.display(description=gettext_lazy("clients"))
    def used_by(self, row: Audience) -> str:
        return users.clients(row)

    @admin.display(description=gettext_lazy("scopes"))
    def its_scopes(self, row: Audience) -> str:
        return users.linked(row.scopes.order_by("name"), "scope") if row.pk else ""

    def save_model(self, request: HttpRequest, obj: Audience, form: Any, change: bool) -> None:
        audience.save(obj, introspectors=form.cleaned_data.get("introspectors"))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """What was changed is stored, and in the log, already."""

    def delete_model(self, request: HttpRequest, obj: Audience) -> None:
        audience.delete(obj)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        if row is not None:
            context["tools"] = revocation.tool(
                request, "audience", audience=row.identifier, issuer=row.issuer.identifier
            )
        return super().render_change_form(request, context, *args, **kwargs)

    def blockers(self, rows: Any) -> list[str]:
        names = Scope.objects.filter(audience__in=rows).order_by("name").values_list("name", flat=True)[:_SHOWN]
        types = (
            AuthorizationDetailType.objects.filter(audience__in=rows).order_by("type").values_list("type", flat=True)
        )
        return [
            *(_("The scope %(name)s belongs to it: delete that first.") % {"name": name} for name in names),
            *(
                _("The authorization detail type %(name)s belongs to it: delete that first.") % {"name": name}
                for name in types[:_SHOWN]
            ),
        ]

    def consequences(self, request: HttpRequest, rows: Any) -> list[str]:
        return stops.lines(request, rows)
