"""What belongs to one issuer: chosen when a row is made, fixed afterwards; nothing crosses."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteMixin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from oauth_server.admin.base import ModelForm, TableAdmin
from oauth_server.models import Issuer

PARAMETER = "of_issuer"


class WithinAdmin(TableAdmin):
    """A table whose rows have an issuer, and which an operator fills: what its filters leave may be counted."""

    show_facets = admin.ShowFacets.ALLOW
    link_filters: tuple[str, ...] = ("issuer__id__exact",)
    # fixed once the row is made
    lasting_fields: tuple[str, ...] = ("issuer",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), *(self.lasting_fields if obj else ())]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = super().get_changeform_initial_data(request)
        first = Issuer.objects.filter(slug="", url="").values_list("pk", flat=True).first()
        return {"issuer": first, **initial}

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        """Completing what is typed on the page of a row, only the rows of its issuer are offered."""
        try:
            if PARAMETER in request.GET:
                queryset = queryset.filter(issuer_id=UUID(request.GET[PARAMETER]))
        except ValueError:
            queryset = queryset.none()
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=_("issuer"))
    def issuer_link(self, row: Any) -> str:
        url = f"{reverse(f'admin:oauth_server_{self.opts.model_name}_changelist')}?issuer__id__exact={row.issuer_id}"
        return format_html('<a href="{}">{}</a>', url, row.issuer)


class WithinForm(ModelForm):
    """`within`: fields that refer to rows of the same issuer."""

    within: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            return
        for name in self.within:
            if name in self.fields:
                field: Any = self.fields[name]
                field.queryset = field.queryset.filter(issuer=self.instance.issuer_id)
                _complete_within(field.widget, self.instance.issuer_id)

    @property
    def issuer(self) -> Issuer:
        chosen: Issuer = self.cleaned_data["issuer"] if "issuer" in self.fields else self.instance.issuer
        return chosen

    def require_same_issuer(self, name: str) -> None:
        """Report a reference to a row of another issuer."""
        given = self.cleaned_data.get(name)
        rows = [] if given is None else [given] if hasattr(given, "issuer_id") else list(given)
        if any(row.issuer_id != self.issuer.pk for row in rows):
            self.add_error(name, _("It belongs to another issuer."))


def _complete_within(widget: Any, issuer_id: UUID) -> None:
    inner = getattr(widget, "widget", widget)
    if isinstance(inner, AutocompleteMixin):
        url = f"{inner.get_url()}?{PARAMETER}={issuer_id}"
        inner.get_url = lambda: url  # type: ignore[method-assign]
