"""RFC 8414 §2 issuers. A URL never changes: every token names it."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oauth_server import clock, issuers
from oauth_server.admin import deploy, incident, revocation, stops
from oauth_server.admin.base import ModelForm, TableAdmin
from oauth_server.admin.branded import FIELDS_WITH_LOGO, BrandForm
from oauth_server.admin.deeds import DangerousForm, deed
from oauth_server.audit import Event
from oauth_server.deeds import issuer
from oauth_server.models import Audience, Client, Issuer, Scope, SigningKey
from oauth_server.tokens import revoke


class IssuerForm(BrandForm, ModelForm):
    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"] or "")
        if slug and (wrong := issuers.slug_problem(slug)):
            raise forms.ValidationError(wrong)
        return slug

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"] or "").rstrip("/")
        if url and (wrong := issuers.url_problem(url)):
            raise forms.ValidationError(wrong)
        return url

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        given = self.cleaned_data
        # also beside another error: the table would refuse it by the name of a constraint
        if {"slug", "url"} <= given.keys() and bool(given["slug"]) == bool(given["url"]):
            self.add_error(
                "slug", _("An issuer has either a slug, below the first issuer, or a URL with a host of its own.")
            )
        return cleaned


class IssuerAdmin(TableAdmin):
    form = IssuerForm
    logged = (Event.ISSUER_CHANGED, "identifier")
    ordering = ("name", "pk")
    list_display = ("name", "identifier", "enabled", "tokens_not_before", "created")
    list_filter = ("enabled",)
    search_fields = ("name", "slug", "url")
    show_facets = admin.ShowFacets.ALLOW
    readonly_fields = ("identifier", "enabled", "tokens_not_before", "created", "contents", "look")
    actions = ("enable", "disable", "revoke_everything")
    deletion_form = DangerousForm

    def is_offered(self, name: str, obj: Any) -> bool:
        return name != ("enable" if obj.enabled else "disable")

    def get_own_urls(self) -> list[URLPattern]:
        switch = self.admin_site.admin_view(partial(incident.view, self))
        deployment = self.admin_site.admin_view(partial(deploy.view, self))
        return [
            path("deployment/", deployment, name="oauth_server_deployment"),
            path("<path:issuer_id>/incident/", switch, name="oauth_server_issuer_incident"),
        ]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        if row is not None:
            context["tools"] = incident.tool(request, row)
            context["tools"] += revocation.tool(request, "issuer", issuer=row.identifier)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ("name", "slug", "url")})]
        look = FIELDS_WITH_LOGO if self.has_change_permission(request, obj) else ("look",)
        return [
            (None, {"fields": ("name", "identifier", "enabled", "tokens_not_before", "created", "contents")}),
            (gettext_lazy("How its pages look"), {"fields": look}),
        ]

    @admin.display(description=gettext_lazy("colours and logo"))
    def look(self, row: Issuer) -> str:
        return "; ".join(f"{name}: {value}" for name, value in row.brand.items()) or self.get_empty_value_display()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj is not None and obj.is_first)

    @admin.display(description=gettext_lazy("issuer URL"))
    def identifier(self, row: Issuer) -> str:
        return row.identifier

    @admin.display(description=gettext_lazy("belongs to it"))
    def contents(self, row: Issuer) -> str:
        links = [
            format_html(
                '<a href="{}?issuer__id__exact={}">{}</a>',
                reverse(f"admin:oauth_server_{model._meta.model_name}_changelist"),
                row.pk,
                model._meta.verbose_name_plural,
            )
            for model in (Client, Scope, Audience, SigningKey)
        ]
        return format_html("{}, {}, {}, {}", *links)

    def save_model(self, request: HttpRequest, obj: Issuer, form: Any, change: bool) -> None:
        if change:
            issuer.change(obj, {"name": form.cleaned_data["name"], "brand": form.brand})
            return
        made = issuer.create(obj.name, slug=obj.slug, url=obj.url)
        obj.pk = made.pk
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """What was changed is in the log already."""

    def missing_permissions(self, request: HttpRequest) -> set[str]:
        below = (Client, Scope, Audience)
        return {str(model._meta.verbose_name_plural) for model in below if not self.may(request, "delete", model)}

    def blockers(self, rows: Any) -> list[str]:
        return [_("%(name)s is the server itself.") % {"name": row} for row in rows if row.is_first]

    def consequences(self, request: HttpRequest, rows: Any) -> list[str]:
        return stops.lines(request, rows)

    def delete_model(self, request: HttpRequest, obj: Issuer) -> None:
        issuer.delete(obj)

    @deed(
        gettext_lazy("Enable"),
        permission="change",
        question=gettext_lazy("Turn these issuers on? What they gave before stays dead."),
    )
    def enable(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        for row in rows:
            issuer.change(row, {"enabled": True})
        return ngettext("%d issuer is on.", "%d issuers are on.", len(rows)) % len(rows)

    @deed(
        gettext_lazy("Disable"),
        permission="change",
        question=gettext_lazy(
            "Turn these issuers off? Their URLs answer nobody any more, and every token, code and authorization that they gave is dead "
            "for good. To stop issuing for a while there is the incident switch."
        ),
        form=DangerousForm,
        preview=stops.lines,
    )
    def disable(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        for row in rows:
            issuer.change(row, {"enabled": False})
        return ngettext("%d issuer is off.", "%d issuers are off.", len(rows)) % len(rows)

    @deed(
        gettext_lazy("Revoke everything before now"),
        permission="change",
        question=gettext_lazy(
            "End every token, code and authorization that these issuers gave until now? Nothing brings them back."
        ),
        form=DangerousForm,
        preview=stops.lines,
    )
    def revoke_everything(self, request: HttpRequest, rows: list[Any], values: dict[str, Any]) -> str:
        now = clock.now()
        for row in rows:
            revoke.issuer_before(row, now, f"by staff, before {now.isoformat()}")
        return _("Everything that was issued before now is dead.")
