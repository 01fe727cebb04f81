"""RFC 9396 §2.1 types of authorization details."""

from itertools import islice
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server.admin import users
from oauth_server.admin.translated import TranslatedAdmin, TranslatedForm
from oauth_server.audit import Event
from oauth_server.deeds import detail_type
from oauth_server.deeds.invalid import Invalid
from oauth_server.models import AuthorizationDetailType

_OBJECTS = ("schema", "words")
_SHOWN = 20


class AuthorizationDetailTypeForm(TranslatedForm):
    within = ("audience",)
    parts = detail_type.TEXTS

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for name in _OBJECTS:
            if name in self.cleaned_data:
                self.cleaned_data[name] = self.cleaned_data[name] or {}
        if not self.errors:
            self.require_same_issuer("audience")
            self._require_good()
        return cleaned

    def _require_good(self) -> None:
        schema, words = (self.cleaned_data.get(name, getattr(self.instance, name)) for name in _OBJECTS)
        try:
            detail_type.require_objects(schema, words)
        except Invalid as wrong:
            for name, messages in wrong.problems.items():
                self.add_error(name, messages)


class AuthorizationDetailTypeAdmin(TranslatedAdmin):
    form = AuthorizationDetailTypeForm
    logged = (Event.DETAIL_TYPE_CHANGED, "type")
    name_field = "type"
    ordering = ("type", "pk")
    list_display = ("type", "title", "audience", "issuer_link", "optional", "sensitive", "remember")
    list_filter = ("optional", "sensitive", "remember")
    list_select_related = ("issuer", "audience")
    link_filters = ("issuer__id__exact", "audience__id__exact")
    search_fields = ("type", "title")
    autocomplete_fields = ("issuer", "audience")
    lasting_fields = ("issuer", "type")
    readonly_fields = ("used_by",)
    fieldsets = (
        (None, {"fields": ("issuer", "type", "audience")}),
        (gettext_lazy("What people read"), {"fields": ("title", "description", "words")}),
        (gettext_lazy("Consent"), {"fields": ("optional", "sensitive", "remember")}),
        (gettext_lazy("What it holds"), {"fields": ("schema",)}),
        (gettext_lazy("Who uses it"), {"fields": ("used_by",)}),
    )

    @admin.display(description=gettext_lazy("clients"))
    def used_by(self, row: AuthorizationDetailType) -> str:
        return users.linked(detail_type.clients(row), "client") if row.pk else ""

    def save_model(self, request: HttpRequest, obj: AuthorizationDetailType, form: Any, change: bool) -> None:
        detail_type.save(obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """What was changed is in the log already."""

    def delete_model(self, request: HttpRequest, obj: AuthorizationDetailType) -> None:
        detail_type.delete(obj)

    def consequences(self, request: HttpRequest, rows: Any) -> list[str]:
        used = (client for row in rows for client in detail_type.clients(row))
        return [_("%(client)s uses it.") % {"client": client} for client in islice(used, _SHOWN)]
