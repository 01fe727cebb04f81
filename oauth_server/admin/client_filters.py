"""RFC 7591 §2 by what clients are filtered in their list."""

from typing import Any

from django.contrib import admin
from django.db import connections
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from oauth_server.client_auth.registry import METHODS
from oauth_server.registration import rules


class GrantFilter(admin.SimpleListFilter):
    title = gettext_lazy("grant type")
    parameter_name = "grant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in rules.grant_types()]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() not in rules.grant_types():
            return queryset
        if connections[queryset.db].features.supports_json_field_contains:
            # of which the planner knows how many there are: the first page is read by the key
            return queryset.filter(grant_types__contains=[self.value()])
        found: QuerySet[Any] = queryset.alias(_grants=Cast("grant_types", TextField()))
        return found.filter(_grants__contains=f'"{self.value()}"')


class MethodFilter(admin.SimpleListFilter):
    title = gettext_lazy("authentication method")
    parameter_name = "method"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in METHODS.names()]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset.filter(token_endpoint_auth_method=self.value()) if self.value() in METHODS else queryset
