"""RFC 8707 §2 `/audiences`: the APIs that tokens are for."""

from typing import Any

import django_filters as filters
from django.http import HttpResponse
from rest_framework import serializers

from oauth_server.api.v1 import answer
from oauth_server.api.v1.act import act
from oauth_server.api.v1.answer import time
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.filters import Filters
from oauth_server.api.v1.identity import id_of
from oauth_server.api.v1.members import Names, Object, Text, Time, Whole
from oauth_server.api.v1.resource import Resource
from oauth_server.api.v1.row import named
from oauth_server.deeds import audience as deed
from oauth_server.models import Audience


class AudienceMembers(Object):
    lasting = ("identifier",)

    identifier = Text(
        filled=True, max_length=255, help_text="An absolute URI: the value of `resource` and `aud`. It never changes."
    )
    name = Text(filled=True, max_length=120, required=False, help_text="What people see. Default: the identifier.")
    translations = serializers.DictField(
        child=serializers.DictField(child=Text()),
        default=dict,
        help_text='Name by language code: {"de": {"name": …}}.',
    )
    token_format = serializers.ChoiceField(choices=Audience.TokenFormat.values, default="opaque")
    algorithm = serializers.ChoiceField(choices=Audience.Algorithm.values, default="ES256", help_text="For JWTs.")
    access_token_lifetime = Whole(
        allow_null=True, min_value=1, default=None, help_text="Seconds; null: ACCESS_TOKEN_LIFETIME."
    )
    introspectors = Names(default=list, help_text="IDs of the clients under which this API asks about tokens.")
    tokens_not_before = Time(read_only=True, allow_null=True, help_text="Tokens for it of before this time are dead.")


class AudienceFilters(Filters):
    identifier = filters.CharFilter()
    name = filters.CharFilter()
    token_format = filters.ChoiceFilter(choices=Audience.TokenFormat.choices)
    algorithm = filters.ChoiceFilter(choices=Audience.Algorithm.choices)
    search = filters.CharFilter(method="containing")
    searched = ("identifier", "name")


def describe(row: Audience) -> dict[str, Any]:
    return {"id": id_of(row.identifier), **deed.describe(row), "tokens_not_before": time(row.tokens_not_before)}


def find(call: Call, name: str) -> Audience:
    return named(call.issuer.audiences.select_related("issuer"), "identifier", name, "audience")


class Audiences(Resource):
    @act(
        "oauth_server.view_audience",
        "List the APIs.",
        gives=AudienceMembers,
        lists=True,
        filters=AudienceFilters,
        orders={"identifier": "identifier", "name": "name"},
    )
    def get(self, call: Call) -> HttpResponse:
        return call.page(call.issuer.audiences.prefetch_related("introspectors"), describe)

    @act(
        "oauth_server.add_audience",
        "Make an API.",
        takes=AudienceMembers,
        gives=AudienceMembers,
        status=201,
        fails=("taken",),
    )
    def post(self, call: Call) -> HttpResponse:
        members = call.members()
        row = deed.create(call.issuer, members["identifier"], members)
        return call.made(f"/audiences/{id_of(row.identifier)}", describe(row))


class OneAudience(Resource):
    @act("oauth_server.view_audience", "Show an API.", gives=AudienceMembers)
    def get(self, call: Call, id: str) -> HttpResponse:
        return call.object(describe(find(call, id)))

    @act(
        "oauth_server.change_audience",
        "Replace an API: what is left out becomes the default.",
        takes=AudienceMembers,
        gives=AudienceMembers,
        conditional=True,
    )
    def put(self, call: Call, id: str) -> HttpResponse:
        row = find(call, id)
        members = {"name": row.identifier[:120], **call.members(describe(row))}
        return call.object(describe(deed.change(row, members, check=call.precondition(describe))))

    @act(
        "oauth_server.change_audience",
        "Change an API: what is left out stays.",
        takes=AudienceMembers,
        gives=AudienceMembers,
        conditional=True,
        partial=True,
    )
    def patch(self, call: Call, id: str) -> HttpResponse:
        row = find(call, id)
        members = call.members(describe(row))
        return call.object(describe(deed.change(row, members, check=call.precondition(describe))))

    @act(
        "oauth_server.delete_audience",
        "Delete an API to which no scope belongs.",
        status=204,
        conditional=True,
        fails=("in-use",),
    )
    def delete(self, call: Call, id: str) -> HttpResponse:
        deed.delete(find(call, id), check=call.precondition(describe))
        return answer.nothing()
