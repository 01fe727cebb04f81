"""RFC 6749 §3.3 scopes."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server.admin.within import WithinAdmin, WithinForm
from oauth_server.audit import Event
from oauth_server.models import Issuer


class ScopeForm(WithinForm):
    within = ("audience",)

    def clean_claims(self) -> list[str]:
        claims = self.cleaned_data["claims"] or []
        if not isinstance(claims, list) or not all(isinstance(claim, str) for claim in claims):
            self.add_error("claims", _('Use a list of names, such as ["email", "email_verified"].'))
        return claims

    def clean_translations(self) -> dict[str, Any]:
        words = self.cleaned_data["translations"] or {}
        good = isinstance(words, dict) and all(
            isinstance(texts, dict)
            and set(texts) <= {"title", "description"}
            and all(isinstance(t, str) for t in texts.values())
            for texts in words.values()
        )
        if not good:
            self.add_error("translations", _('Use {"de": {"title": "…", "description": "…"}}.'))
        return words

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors:
            self.require_same_issuer("audience")
        return cleaned


class ScopeAdmin(WithinAdmin):
    form = ScopeForm
    event = Event.SCOPE_CHANGED
    ordering = ("name", "pk")
    list_display = ("name", "title", "audience", "issuer_link", "required", "sensitive", "skip_consent")
    list_filter = ("required", "sensitive", "skip_consent")
    list_select_related = ("issuer", "audience")
    link_filters = ("issuer__id__exact", "audience__id__exact")
    search_fields = ("name", "title")
    autocomplete_fields = ("issuer", "audience")
    lasting_fields = ("issuer", "name")
    fieldsets = (
        (None, {"fields": ("issuer", "name", "audience")}),
        (gettext_lazy("What people read"), {"fields": ("title", "description", "translations")}),
        (gettext_lazy("Consent"), {"fields": ("required", "sensitive", "skip_consent")}),
        (gettext_lazy("What it releases"), {"fields": ("claims",)}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What lets every client have something without the person's consent is for those who may change the issuer itself."""
        trust = () if self.may(request, "change", Issuer) else ("skip_consent",)
        return [*super().get_readonly_fields(request, obj), *trust]
