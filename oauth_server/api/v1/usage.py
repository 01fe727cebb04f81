"""`/usage`: how often something happened in an hour or a day, from counters; no row of it names a person."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework import serializers

from oauth_server.api.v1.act import act
from oauth_server.api.v1.answer import time
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.filters import Filters, Moment
from oauth_server.api.v1.members import Text, Time, Whole
from oauth_server.api.v1.resource import Resource
from oauth_server.models import Counter
from oauth_server.policy import roles


class UsageMembers(serializers.Serializer[Any]):
    at = Time(read_only=True, help_text="When the hour or day began.")
    span = serializers.ChoiceField(read_only=True, choices=Counter.Span.values)
    name = Text(read_only=True, help_text="What happened, such as token:client_credentials or refused:invalid_client.")
    client_id = Text(read_only=True, help_text="Empty: of all clients together.")
    count = Whole(read_only=True, max_value=2**63 - 1)


class UsageFilters(Filters):
    span = filters.ChoiceFilter(choices=Counter.Span.choices)
    name = filters.CharFilter()
    client_id = filters.CharFilter()
    since = Moment(field_name="at", lookup_expr="gte", label="RFC 3339.")
    until = Moment(field_name="at", lookup_expr="lt", label="RFC 3339.")


def describe(row: Counter) -> dict[str, Any]:
    return {
        "at": time(row.at),
        "span": row.span,
        "name": row.name,
        "client_id": row.client_id,
        "count": row.count,
    }


def rows(call: Call) -> "QuerySet[Counter]":
    """Of one client of this issuer. Without one: of all clients together, who are those of the whole server; at another issuer of each."""
    if call.issuer.is_first and not call.request.GET.get("client_id"):
        return Counter.objects.filter(client_id="")
    return Counter.objects.filter(client_id__in=call.issuer.clients.values("client_id"))


class Usage(Resource):
    @act(
        roles.VIEW_DEPLOYMENT,
        "Tokens and refusals by the hour or the day, the newest first.",
        gives=UsageMembers,
        lists=True,
        filters=UsageFilters,
        orders={"-at": "at"},
    )
    def get(self, call: Call) -> HttpResponse:
        return call.page(rows(call), describe, tagged=False)
