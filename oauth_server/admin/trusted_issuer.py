"""RFC 7523 §2.1 trusted issuers: whose assertions are taken, for whom and for what."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server import clock, targets
from oauth_server.admin.client_form import WebURLField
from oauth_server.admin.within import WithinAdmin, WithinForm
from oauth_server.audit import Event
from oauth_server.conf import settings
from oauth_server.keys import jwk
from oauth_server.models import Issuer, TrustedIssuer

# What lets somebody else speak for people
TRUST = ("subject_kind", "any_subject", "subjects")


class TrustedIssuerForm(WithinForm):
    within = ("scopes", "audiences")

    jwks_uri = WebURLField(
        label=gettext_lazy("JWKS URI"), help_text=gettext_lazy("Where its keys are; instead of JWKS.")
    )

    def clean_identifier(self) -> str:
        identifier: str = self.cleaned_data["identifier"]
        if any(issuer.identifier == identifier for issuer in Issuer.objects.all()):
            self.add_error("identifier", _("This is an issuer of this server."))
        return identifier

    def clean_jwks(self) -> Any:
        jwks = self.cleaned_data["jwks"]
        if jwks and (problem := jwk.jwks_problem(jwks)):
            self.add_error("jwks", _(problem))
        return jwks or None

    def clean_jwks_uri(self) -> str:
        uri: str = self.cleaned_data["jwks_uri"]
        if uri:
            try:
                targets.target(uri, settings.FETCH_PRIVATE_HOSTS)
            except targets.Forbidden as error:
                self.add_error("jwks_uri", _("This server will not ask there: %(reason)s.") % {"reason": _(str(error))})
        return uri

    def clean_expires(self) -> Any:
        expires = self.cleaned_data["expires"]
        if expires and expires <= clock.now() and "expires" in self.changed_data:
            self.add_error("expires", _("This time is in the past."))
        return expires

    def clean_subjects(self) -> list[str]:
        subjects = self.cleaned_data["subjects"] or []
        if not isinstance(subjects, list) or not all(isinstance(name, str) and name for name in subjects):
            self.add_error("subjects", _('Use a list of names, such as ["service-a", "service-b"].'))
        return subjects

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        self.require_same_issuer("scopes")
        self.require_same_issuer("audiences")
        if bool(self._value("jwks")) == bool(self._value("jwks_uri")):
            self.add_error("jwks", _("Give either its keys or the address of its keys."))
        return cleaned

    def _value(self, name: str) -> Any:
        return self.cleaned_data.get(name, getattr(self.instance, name))


class TrustedIssuerAdmin(WithinAdmin):
    form = TrustedIssuerForm
    event = Event.TRUSTED_ISSUER_CHANGED
    logged = (Event.TRUSTED_ISSUER_CHANGED, "identifier")
    name_field = "identifier"
    ordering = ("identifier", "pk")
    list_display = ("__str__", "identifier", "issuer_link", "subject_kind", "any_subject", "expires", "state")
    list_filter = ("enabled", "subject_kind", "any_subject")
    list_select_related = ("issuer",)
    search_fields = ("identifier", "name")
    autocomplete_fields = ("issuer", "scopes", "audiences")
    lasting_fields = ("issuer", "identifier")
    fieldsets = (
        (None, {"fields": ("issuer", "identifier", "name", "enabled", "expires")}),
        (gettext_lazy("Its keys"), {"fields": ("jwks", "jwks_uri")}),
        (gettext_lazy("For whom it vouches"), {"fields": TRUST}),
        (gettext_lazy("What it may give"), {"fields": ("scopes", "audiences")}),
        (gettext_lazy("Registration"), {"fields": ("signs_software_statements",)}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Whom it may speak for is for those who may change the issuer itself."""
        trust = () if self.may(request, "change", Issuer) else TRUST
        return [*super().get_readonly_fields(request, obj), *trust]

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: TrustedIssuer) -> str:
        if not row.enabled:
            return _("off")
        return _("expired") if row.expires is not None and row.expires <= clock.now() else _("trusted")
