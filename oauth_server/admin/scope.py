"""RFC 6749 §3.3 scopes."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oauth_server import languages
from oauth_server.admin import revocation, stops, users
from oauth_server.admin.deeds import deed
from oauth_server.admin.within import WithinAdmin, WithinForm
from oauth_server.deeds import fresh_consent, scope
from oauth_server.deeds.scope import GIVES
from oauth_server.models import Issuer, Scope

# What people read, and how long it may be
_PARTS = {"title": 120, "description": 300}


def _translated() -> dict[str, str]:
    """The languages beside English, in which the scope's own title is written."""
    return {code: name for code, name in languages.offered().items() if code != "en"}


def _field(code: str) -> str:
    return code.replace("-", "_")


class ScopeForm(WithinForm):
    within = ("audience",)
    # asked last, when the texts of each language have been read
    translations = forms.JSONField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in _translated():
            words = self.instance.translations.get(code)
            for part in _PARTS:
                field = self.fields.get(f"{part}_{_field(code)}")
                if field is not None and isinstance(words, dict):
                    field.initial = words.get(part, "")

    def clean_claims(self) -> list[str]:
        claims = self.cleaned_data["claims"] or []
        if not isinstance(claims, list) or not all(isinstance(claim, str) for claim in claims):
            self.add_error("claims", _('Use a list of names, such as ["email", "email_verified"].'))
        return claims

    def clean_translations(self) -> dict[str, Any]:
        """The texts of the languages that have fields here; those of others stay as they are."""
        words = {code: texts for code, texts in self.instance.translations.items() if code not in languages.offered()}
        for code in _translated():
            texts = {part: self.cleaned_data.get(f"{part}_{_field(code)}", "") for part in _PARTS}
            if any(texts.values()):
                words[code] = {part: text for part, text in texts.items() if text}
        return words

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors:
            self.require_same_issuer("audience")
        return cleaned


_LABELS = {"title": gettext_lazy("title"), "description": gettext_lazy("description")}


class ScopeAdmin(WithinAdmin):
    form = ScopeForm
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

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """With a title and a description for each language."""
        own = {
            f"{part}_{_field(code)}": forms.CharField(
                label=f"{_LABELS[part]} ({name})", max_length=most, required=False, widget=AdminTextInputWidget
            )
            for code, name in _translated().items()
            for part, most in _PARTS.items()
        }
        kwargs["form"] = type("ScopeForm", (ScopeForm,), own)
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        words = tuple(f"{part}_{_field(code)}" for code in _translated() for part in _PARTS)
        may_write = self.has_change_permission(request, obj) if obj else True
        shown = (
            {"classes": ("collapse",), "fields": (*words, "translations")}
            if may_write
            else {"fields": ("translations",)}
        )
        return [*self.fieldsets[:2], (gettext_lazy("In other languages"), shown), *self.fieldsets[2:]]

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
