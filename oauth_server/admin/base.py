"""What the pages of every table have in common: constant statements, protected responses, each act in the audit log."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import JSONField, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from oauth_server import audit, pages, strict_json, tracing
from oauth_server.admin import chosen, client_tabs, deletion, export, json_text, paging
from oauth_server.admin.deeds import DeedForm, ReasonForm
from oauth_server.audit import Event
from oauth_server.endpoints import adapter
from oauth_server.endpoints.base import record_refusal
from oauth_server.errors import AccessDenied
from oauth_server.policy import roles

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[Any]
else:
    _ModelAdmin = admin.ModelAdmin
    ModelForm = forms.ModelForm

View = Callable[..., HttpResponseBase]


def guarded(view: View) -> View:
    """What the view records names the member of staff; its response carries the headers of a page for people.

    An error report shows neither what a form sent nor what the view, or whatever it calls, had in hand: secrets come and go here.
    """

    @wraps(view)
    @sensitive_post_parameters()
    @sensitive_variables()
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        trace_id = tracing.trace_id(request.META)
        with audit.origin(actor=f"staff:{request.user}", address=adapter.address(request), trace_id=trace_id):
            try:
                response = view(request, *args, **kwargs)
            except PermissionDenied:
                error = AccessDenied(reason="the roles of this member of staff do not allow it")
                record_refusal(error, issuer=None, target=request.path, address=audit.current().address)
                raise
        response.headers.setdefault("X-Trace-Id", trace_id)
        pages.protect(request, response, leads_to_client=getattr(response, "leads_to_client", False), scripts=True)
        return response

    return inner


class TableAdmin(_ModelAdmin):
    """Lists are paged by key; their addresses take no look-ups but those named here."""

    show_full_result_count = False
    # counting reads all that the filters leave: only where a table stays small, and whoever wants it asks
    show_facets = admin.ShowFacets.NEVER
    paginator = paging.Sliced
    list_per_page = 50
    sortable_by = ()
    formfield_overrides = {
        JSONField: {"form_class": json_text.Field, "decoder": strict_json.Decoder, "widget": json_text.Widget}
    }
    # the links from one table to another: look-ups that a list's address may hold besides its filters
    link_filters: tuple[str, ...] = ()
    # the event of a change; without one a table records its acts itself
    event: Event | None = None

    class Media:
        css = {"all": ["oauth_server/admin.css"]}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[paging.KeysetChangeList]:
        return paging.KeysetChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Columns that no page shows cannot be guessed letter by letter in the address either."""
        filters: Sequence[Any] = self.get_list_filter(request)
        names = {f"{name}__exact" for name in filters if isinstance(name, str)}
        names |= {name.parameter_name for name in filters if not isinstance(name, str)}
        return lookup in names or lookup in self.link_filters

    def get_own_urls(self) -> list[URLPattern]:
        """Pages beside Django's."""
        return []

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        exported = path("export/", self.admin_site.admin_view(partial(export.view, self)), name=name)
        patterns = [exported, *self.get_own_urls(), *super().get_urls()]
        return [URLPattern(p.pattern, guarded(p.callback), p.default_args, p.name) for p in patterns]

    # Exporting

    def may_export(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def note_export(self, request: HttpRequest) -> None:
        """Before the first row goes out: nothing, but of the audit log."""

    def exported(self, row: Any) -> dict[str, Any]:
        """A row in an export of its list."""
        return export.shown(self, row)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        given = extra_context or {}
        tools = [*given.get("tools", []), *export.tools(self, request)]
        about = client_tabs.of_list(request, str(self.opts.model_name))
        return super().changelist_view(request, {**about, **given, "tools": tools})

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        """The boxes that complete what is typed take any text; PostgreSQL knows no NUL."""
        return super().get_search_results(request, queryset, search_term.replace("\x00", ""))

    def response_action(self, request: HttpRequest, queryset: "QuerySet[Any]", *args: Any, **kwargs: Any) -> Any:
        """Boxes of a forged form that no row can have are no row."""
        if not all(chosen.is_key(self.model, one) for one in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise Http404
        return super().response_action(request, queryset, *args, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", chosen.One(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs = {"widget": chosen.Several(db_field, self.admin_site), "form_class": chosen.SeveralField, **kwargs}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def may(self, request: HttpRequest, action: str, model: type[Model] | None = None) -> bool:
        """Whether the member of staff has Django's permission, whatever this page itself offers."""
        opts = (model or self.model)._meta
        user: Any = request.user
        return bool(user.has_perm(f"{opts.app_label}.{get_permission_codename(action, opts)}"))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The deeds of the list are buttons of each row's page too."""
        obj = kwargs.get("obj")
        own = self.actions or () if obj is not None else ()
        chosen = [action[1:] for action in self.get_actions(request).values() if action and action[1] in own]
        context["history_url"] = self.history_url(request, obj) if obj is not None else ""
        context["deeds"] = [(name, text) for name, text in chosen if self.is_offered(name, obj)]
        return super().render_change_form(request, context, *args, **kwargs)

    # by which event, and which attribute of a row, the log names what was done to it
    logged: tuple[Event, str] | None = None

    def history_url(self, request: HttpRequest, obj: Any) -> str:
        """What was done to the row, from wherever: Django's own history knows of this admin alone."""
        if self.logged is None or not roles.may(request.user, "oauth_server.view_auditevent"):
            return ""
        event, name = self.logged
        query = {"event": str(event), "object__exact": str(getattr(obj, name))}
        return reverse("admin:oauth_server_auditevent_changelist", query=query)

    def is_offered(self, name: str, obj: Any) -> bool:
        """Whether a deed makes sense for a row."""
        return True

    # Deleting

    def blockers(self, rows: Sequence[Any]) -> list[str]:
        """What has to be deleted first."""
        return []

    def missing_permissions(self, request: HttpRequest) -> set[str]:
        """What else a person needs to be allowed in order to delete a row of this table."""
        return set()

    # what is asked of whoever deletes
    deletion_form: type[DeedForm] = ReasonForm

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """Without the list of all that hangs on a row: it can be longer than a page, and than memory."""
        return deletion.view(self, request, object_id)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found: dict[str, Any] = super().get_actions(request)
        if deletion.NAME in found:
            found[deletion.NAME] = (deletion.selected, *found[deletion.NAME][1:])
        return found

    def consequences(self, request: HttpRequest, rows: Sequence[Any]) -> list[str]:
        """What else the page says that asks."""
        return []

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Any] | Sequence[Any]") -> None:
        for row in queryset:
            self.delete_model(request, row)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.record(obj, {self.name_field: [getattr(obj, self.name_field), None]}, reason="deleted")
        obj.delete()

    # Recording

    name_field = "name"

    def record(self, obj: Any, changes: Mapping[str, Any], reason: str = "") -> None:
        if self.event is not None:
            name = getattr(obj, self.name_field)
            audit.record(self.event, issuer=obj.issuer, target=name, reason=reason, changes=changes)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        changes = changes_of(form)
        if changes:
            self.record(form.instance, changes)


class ReadOnlyAdmin(TableAdmin):
    """Rows that the server writes itself. `delete` is what a person needs who ends them; the rows stay."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "view") or self.may(request, "change")

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "delete")


def require(admin: _ModelAdmin, request: HttpRequest, key: object, permission: str = "view") -> Any:
    """The row with this key, for a page of our own about it. Raises `Http404`, `PermissionDenied`."""
    row = admin.get_object(request, str(key))
    if row is None:
        raise Http404
    if not getattr(admin, f"has_{permission}_permission")(request, row):
        raise PermissionDenied
    return row


def changes_of(form: Any) -> dict[str, list[Any]]:
    """Field → [before, after] of what a form changed, as JSON."""
    pairs = {name: [plain(form.initial.get(name)), plain(form.cleaned_data.get(name))] for name in form.changed_data}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def plain(value: Any) -> Any:
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, Iterable) and not isinstance(value, (str, Mapping)):
        return [plain(item) for item in value]
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


@admin.display(description=_("public key"))
def pretty(value: Any) -> str:
    """JSON for people."""
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))
