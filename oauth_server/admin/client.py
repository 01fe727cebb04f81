"""RFC 7591 §2 clients: made, changed, turned off and on, deleted; their secrets and their tokens."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server import audit
from oauth_server.admin import (
    client_pages,
    client_preview,
    client_secret,
    client_tabs,
    client_trial,
    new_client,
    registrations,
    revocation,
    stops,
)
from oauth_server.admin.base import changes_of
from oauth_server.admin.branded import FIELDS
from oauth_server.admin.client_deeds import ClientDeeds
from oauth_server.admin.client_fields import FIELDSETS, TRUST, TRUSTED
from oauth_server.admin.client_filters import GrantFilter, MethodFilter
from oauth_server.admin.client_form import ClientForm, NewClientForm
from oauth_server.admin.reauthenticate import is_recent, recently_authenticated
from oauth_server.admin.within import WithinAdmin
from oauth_server.audit import Event
from oauth_server.deeds import client as client_deeds
from oauth_server.deeds import client_logo
from oauth_server.models import Client, Issuer
from oauth_server.policy import roles
from oauth_server.registration import metadata
from oauth_server.tokens import revoke


class ClientAdmin(ClientDeeds, WithinAdmin):
    form = ClientForm
    ordering = ("-pk",)
    list_display = (
        "__str__",
        "enabled",
        "issuer_link",
        "client_id",
        "token_endpoint_auth_method",
        "grants",
        "verified",
    )
    list_filter = ("enabled", GrantFilter, MethodFilter, "verified", "skip_authorization", "registration_source")
    list_select_related = ("issuer",)
    link_filters = ("issuer__id__exact", "likeness__exact")
    search_fields = ("client_id__exact", "name", "redirect_uris", "owner", f"user__{get_user_model().USERNAME_FIELD}")
    search_help_text = gettext_lazy("A client ID in full, or a part of the name, of a redirect URI or of the owner.")
    autocomplete_fields = ("issuer", "scopes", "audiences")
    raw_id_fields = ("user",)
    readonly_fields = (
        "client_id",
        "tokens_not_before",
        "registration_source",
        "created",
        "updated",
        "holdings",
        "logo_shown",
        "consent_not_before",
    )
    actions = ("enable", "disable", "retire", "revoke_tokens", "ask_again")
    fieldsets = FIELDSETS

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        tools = (
            [(reverse("admin:oauth_server_client_new"), _("New client"))] if self.has_add_permission(request) else []
        )
        tools.append((reverse("admin:oauth_server_client_registrations"), _("Registrations")))
        return super().changelist_view(request, {**(extra_context or {}), "tools": tools})

    def is_offered(self, name: str, obj: Any) -> bool:
        return name != ("enable" if obj.enabled else "disable")

    def get_own_urls(self) -> list[URLPattern]:
        def own(route: str, name: str, view: Any) -> URLPattern:
            return path(route, self.admin_site.admin_view(partial(view, self)), name=f"oauth_server_client_{name}")

        def again(route: str, name: str, view: Any) -> URLPattern:
            shown = recently_authenticated(partial(view, self))
            return path(route, self.admin_site.admin_view(shown), name=f"oauth_server_client_{name}")

        return [
            own("new/", "new", new_client.wizard),
            own("registrations/", "registrations", registrations.view),
            own("lint/", "lint", new_client.lint),
            own("trial/", "trial_answer", client_trial.answer),
            own("<int:client_id>/overview/", "overview", client_pages.overview),
            own("<int:client_id>/preview/", "preview", client_preview.view),
            own("<int:client_id>/trial/", "trial", client_trial.start),
            own("<int:client_id>/env/", "env", client_secret.env_file),
            again("<int:client_id>/secret/", "secret", client_secret.new),
            again("<int:client_id>/secret/<int:secret_id>/", "retire", client_secret.retire),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewClientForm
        form = super().get_form(request, obj, change, **kwargs)
        is_trusted = obj is not None and (obj.skip_authorization or obj.verified)
        fixed = TRUSTED if is_trusted and not self.may(request, "change", Issuer) else ()
        return type(
            form.__name__,
            (form,),
            {"fixed": fixed, "rights": roles.rights(request.user), "is_recent": is_recent(request)},
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever changes a client, or gives it a secret, could act as it."""
        return super().has_change_permission(request, obj) and (obj is None or self.is_within(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or self.is_within(request, obj))

    def is_within(self, request: HttpRequest, row: Any) -> bool:
        """Asked of a row many times for one page, and looked up once."""
        if not hasattr(row, "within_rights"):
            try:
                client_deeds.require_within(row, roles.rights(request.user))
                row.within_rights = True
            except client_deeds.Beyond:
                row.within_rights = False
        return bool(row.within_rights)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets: list[Any] = [(title, dict(options)) for title, options in self.fieldsets]
        if obj is None:
            fieldsets = fieldsets[:-1]
            fieldsets[0][1]["fields"] = ("issuer", "name", "user", "once")
        gone = self._fields_without_form(request, obj)
        for _title, options in fieldsets:
            options["fields"] = tuple(name for name in options["fields"] if name not in gone)
        return fieldsets

    def _fields_without_form(self, request: HttpRequest, obj: Any) -> set[str]:
        """What is a field of the form alone, where there is no form, or nothing for it."""
        if obj is not None and not self.has_change_permission(request, obj):
            return {"logo_file", "logo_gone", *FIELDS}
        return set() if obj is not None and obj.logo else {"logo_gone"}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        trust = () if self.may(request, "change", Issuer) else TRUST
        return [*super().get_readonly_fields(request, obj), *trust]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Client]":
        return super().get_queryset(request).select_related("issuer")

    @admin.display(description=gettext_lazy("grant types"))
    def grants(self, row: Client) -> str:
        return ", ".join(row.grant_types)

    @admin.display(description=gettext_lazy("holds"))
    def holdings(self, row: Client) -> str:
        tables = (
            ("authorization", "client__id__exact", _("authorizations")),
            ("accesstoken", "application__id__exact", _("access tokens")),
            ("refreshtoken", "application__id__exact", _("refresh tokens")),
        )
        links = [
            format_html(
                '<a href="{}?{}={}">{}</a>', reverse(f"admin:oauth_server_{model}_changelist"), look_up, row.pk, text
            )
            for model, look_up, text in tables
        ]
        return format_html("{}, {}, {}", *links)

    @admin.display(description=gettext_lazy("logo now"))
    def logo_shown(self, row: Client) -> str:
        if not row.logo:
            return _("none: people see its initials")
        url = reverse("oauth2_provider:client-logo", args=[row.logo])
        return format_html('<img src="{}" alt="" width="56" height="56">', url)

    # Storing

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            metadata.update(obj, form.members, verified=True)
        else:
            made, obj.shown_once = metadata.create(form.issuer, form.members, owner=form.cleaned_data["user"])
            obj.pk = made.pk
            obj.refresh_from_db()
        self._save_own(obj, form, change)

    def _save_own(self, obj: Client, form: Any, change: bool) -> None:
        """What no registration may set, and therefore no metadata knows."""
        given = form.cleaned_data
        if set(FIELDS) & set(form.changed_data):
            client_deeds.set_own(obj, {"brand": form.brand})
        own = [name for name in ("user", "verified", "publisher") if name in form.changed_data]
        changes = {name: value for name, value in changes_of(form).items() if name in own}
        if own:
            for name in own:
                setattr(obj, name, given[name])
            obj.save(update_fields=[*own, "updated"])
            audit.record(Event.CLIENT_CHANGED, issuer=obj.issuer, client=obj, target=obj.client_id, changes=changes)
        if given.get("logo_file"):
            client_logo.put(obj, given["logo_file"])
        elif given.get("logo_gone"):
            client_logo.remove(obj)
        if "enabled" in given:
            metadata.switch(obj, given["enabled"])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """`metadata` has stored scopes and audiences."""

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return form.instance

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> Any:
        if obj.shown_once is None:
            return super().response_add(request, obj, post_url_continue)
        return client_secret.show(self, request, obj, obj.shown_once)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        obj = kwargs.get("obj")
        if obj is not None and obj.has_secret:
            context["secrets"] = client_secret.lines(self, request, obj)
            if self.has_change_permission(request, obj) and roles.may(request.user, roles.VIEW_SECRETS):
                context["tools"] = [(reverse("admin:oauth_server_client_secret", args=[obj.pk]), _("New secret"))]
        if obj is not None:
            context["tools"] = context.get("tools", []) + revocation.tool(request, "client", client=obj.client_id)
        if obj is not None:
            context["tabs"] = client_tabs.tabs(request, obj, "settings")
            context["client"] = obj
        context |= client_pages.findings(request, context["adminform"].form, obj)
        context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        revoke.client(obj, "deleted")
        metadata.delete(obj)

    def consequences(self, request: HttpRequest, rows: Any) -> list[str]:
        return stops.lines(request, rows)
