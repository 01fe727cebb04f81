"""RFC 7591 §3 initial access tokens: rows without their values; a new one is shown once, on the answer to the form that made it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server import clock
from oauth_server.admin.base import ModelForm, TableAdmin
from oauth_server.admin.deeds import OnceMixin
from oauth_server.models import InitialAccessToken
from oauth_server.registration import initial_access_token


class InitialAccessTokenForm(OnceMixin, ModelForm):
    class Meta:
        model = InitialAccessToken
        fields = ("issuer", "name", "scope", "most", "expires")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        given = self.cleaned_data
        if given.get("issuer") and (problem := initial_access_token.problem(given["issuer"], given.get("scope", ""))):
            self.add_error("scope", problem)
        if given.get("expires") and given["expires"] <= clock.now():
            self.add_error("expires", _("This time is in the past."))
        self.require_first()
        return cleaned


class InitialAccessTokenAdmin(TableAdmin):
    form = InitialAccessTokenForm
    ordering = ("-pk",)
    list_display = ("__str__", "issuer", "scope", "registered", "created", "created_by", "expires", "state")
    list_select_related = ("issuer",)
    search_fields = ("name",)
    autocomplete_fields = ("issuer",)
    readonly_fields = ("registered", "created", "created_by")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("issuer", "name", "scope", "most", "expires", "once")
        return ("issuer", "name", "scope", "most", "registered", "created", "created_by", "expires")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was given away is not widened afterwards."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "view") or self.may(request, "change")

    @admin.display(description=gettext_lazy("registered"))
    def registered(self, row: InitialAccessToken) -> str:
        if row.most == 0:
            return str(row.used)
        return _("%(used)d of %(most)d") % {"used": row.used, "most": row.most}

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: InitialAccessToken) -> str:
        return _("live") if row.is_live(clock.now()) else _("over")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        given = form.cleaned_data
        made, obj.shown_once = initial_access_token.make(
            given["issuer"],
            name=given["name"],
            scope=given["scope"],
            most=given["most"],
            expires=given["expires"],
        )
        obj.pk = made.pk
        obj.refresh_from_db()

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["show_save_and_add_another"] = False
        context["show_save_and_continue"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> Any:
        return self._shown(request, obj, obj.shown_once)

    def _shown(self, request: HttpRequest, row: InitialAccessToken, value: str) -> HttpResponseBase:
        """The one page that holds a token. It is an answer to POST and is not kept anywhere."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Initial access token"),
            "opts": self.opts,
            "media": self.media,
            "row": row,
            "value": value,
        }
        return TemplateResponse(request, "admin/oauth_server/initial_access_token.html", context)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        initial_access_token.delete(obj)
