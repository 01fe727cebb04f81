"""RFC 6749 §3.3 scopes."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oauth_server.admin import revocation, stops, users
from oauth_server.admin.deeds import deed
from oauth_server.admin.translated import TranslatedAdmin, TranslatedForm
from oauth_server.audit import Event
from oauth_server.deeds import fresh_consent, scope
from oauth_server.deeds.invalid import Invalid
from oauth_server.deeds.scope import GIVES
from oauth_server.models import Issuer, Scope


class ScopeForm(TranslatedForm):
    within = ("audience",)
    parts = scope.TEXTS

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        try:
            scope.require_not_ours(name)
        except Invalid as wrong:
            self.add_error("name", wrong.problems["name"])
        return name

    def clean_claims(self) -> list[str]:
        claims = self.cleaned_data["claims"] or []
        if not isinstance(claims, list) or not all(isinstance(claim, str) for claim in claims):
            self.add_error("claims", _('Use a list of names, such as ["email", "email_verified"].'))
        return claims

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors:
            self.require_same_issuer("audience")
        return cleaned


class ScopeAdmin(TranslatedAdmin):
    form = ScopeForm
    logged = (Event.SCOPE_CHANGED, "name")
    ordering = ("name", "pk")
    list_display = ("name", "title", "audience", "issuer_link", "required", "sensitive", "skip_consent")
    list_filter = ("required", "sensitive", "skip_consent")
    list_select_related = ("issuer", "audience")
    link_filters = ("issuer__id__exact", "audience__id__exact")
    search_fields = ("name", "title")
    autocomplete_fields = ("issuer", "audience")
    lasting_fields = ("issuer", "name")
    readonly_fields = ("consent_not_before", "used_by")
    actions = ("ask_again",)
    fieldsets = (
        (None, {"fields": ("issuer", "name", "audience")}),
        (gettext_lazy("What people read"), {"fields": ("title", "description")}),
        (gettext_lazy("Consent"), {"fields": ("required", "sensitive", "skip_consent", "consent_not_before")}),
        (gettext_lazy("What it releases"), {"fields": ("claims",)}),
        (gettext_lazy("Who uses it"), {"fields": ("used_by",)}),
    )

    @admin.display(description=gettext_lazy("clients"))
    def used_by(self, row: Scope) -> str:
        return users.clients(row)

    @deed(
        gettext_lazy("Ask people for consent again"),
        permission="change",
        question=gettext_lazy(
            "Ask everybody again when a client next asks for these scopes? What clients hold goes on until it expires or is revoked."
        ),
    )
    def ask_again(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        for row in rows:
            fresh_consent.of_scope(row)
        return ngettext(
            "People are asked again for %d scope.", "People are asked again for %d scopes.", len(rows)
        ) % len(rows)

    # Storing

    def save_model(self, request: HttpRequest, obj: Scope, form: Any, change: bool) -> None:
        scope.save(obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """What was changed is in the log already."""

    def delete_model(self, request: HttpRequest, obj: Scope) -> None:
        scope.delete(obj)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        if row is not None:
            context["tools"] = revocation.tool(request, "scope", scope=row.name, issuer=row.issuer.identifier)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What lets every client have something without the person's consent is for those who may change the issuer itself."""
        trust: tuple[str, ...] = () if self.may(request, "change", Issuer) else ("skip_consent",)
        if trust and obj is not None and obj.skip_consent:
            # nobody is asked about what it gives
            trust += GIVES
        return [*super().get_readonly_fields(request, obj), *trust]

    def consequences(self, request: HttpRequest, rows: Any) -> list[str]:
        return stops.lines(request, rows)
