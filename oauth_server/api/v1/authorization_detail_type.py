"""RFC 9396 §2.1 `/authorization-detail-types`: what may be asked for beyond scopes, in words that people understand."""

from typing import Any

import django_filters as filters
from django.http import HttpResponse
from rest_framework import serializers

from oauth_server.api.v1 import answer
from oauth_server.api.v1.act import act
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.filters import Filters, YesNo
from oauth_server.api.v1.identity import id_of
from oauth_server.api.v1.members import Flag, Object, Text
from oauth_server.api.v1.resource import Resource
from oauth_server.api.v1.row import named
from oauth_server.deeds import detail_type as deed
from oauth_server.models import AuthorizationDetailType

_TABLE = "authorizationdetailtype"


class TypeMembers(Object):
    lasting = ("type",)

    type = Text(filled=True, max_length=255, help_text="As clients send it. It never changes.")
    title = Text(max_length=120, default="", help_text="What the person allows, such as “Make a payment”.")
    description = Text(max_length=300, default="", help_text="One sentence more.")
    words = serializers.DictField(
        child=serializers.DictField(child=Text()),
        default=dict,
        help_text='What members and values are called, by language: {"en": {"actions": "It may", "actions=read": "look"}}.',
    )
    translations = serializers.DictField(
        child=serializers.DictField(child=Text()),
        default=dict,
        help_text='Title and description by language code: {"de": {"title": …}}.',
    )
    schema = serializers.DictField(
        default=dict,
        help_text="The members of such a detail as a JSON Schema; empty: those of RFC 9396 §2.2, none required.",
    )
    optional = Flag(default=False, help_text="The person may leave it out and allow the rest.")
    sensitive = Flag(default=False, help_text="The consent page warns.")
    remember = Flag(default=False, help_text="Exactly the same is not asked again.")
    audience = Text(
        allow_null=True, max_length=255, default=None, help_text="The identifier of the API that it is for."
    )


class TypeFilters(Filters):
    type = filters.CharFilter()
    audience = filters.CharFilter(field_name="audience__identifier")
    sensitive = YesNo()
    search = filters.CharFilter(method="containing")
    searched = ("type", "title")


def describe(row: AuthorizationDetailType) -> dict[str, Any]:
    return {"id": id_of(row.type), **deed.describe(row)}


def find(call: Call, name: str) -> AuthorizationDetailType:
    rows = call.issuer.detail_types.select_related("issuer", "audience")
    return named(rows, "type", name, "authorization detail type")


class AuthorizationDetailTypes(Resource):
    @act(
        f"oauth_server.view_{_TABLE}",
        "List the types of authorization details.",
        gives=TypeMembers,
        lists=True,
        filters=TypeFilters,
        orders={"type": "type"},
    )
    def get(self, call: Call) -> HttpResponse:
        return call.page(call.issuer.detail_types.select_related("audience"), describe)

    @act(
        f"oauth_server.add_{_TABLE}",
        "Make a type of authorization details.",
        takes=TypeMembers,
        gives=TypeMembers,
        status=201,
        fails=("taken",),
    )
    def post(self, call: Call) -> HttpResponse:
        members = call.members()
        row = deed.create(call.issuer, members["type"], members)
        return call.made(f"/authorization-detail-types/{id_of(row.type)}", describe(row))


class OneAuthorizationDetailType(Resource):
    @act(f"oauth_server.view_{_TABLE}", "Show a type of authorization details.", gives=TypeMembers)
    def get(self, call: Call, id: str) -> HttpResponse:
        return call.object(describe(find(call, id)))

    def _change(self, call: Call, id: str) -> HttpResponse:
        stored = find(call, id)
        members = call.members(describe(stored))
        return call.object(describe(deed.change(stored, members, check=call.precondition(describe))))

    @act(
        f"oauth_server.change_{_TABLE}",
        "Replace a type of authorization details: what is left out becomes the default.",
        takes=TypeMembers,
        gives=TypeMembers,
        conditional=True,
    )
    def put(self, call: Call, id: str) -> HttpResponse:
        return self._change(call, id)

    @act(
        f"oauth_server.change_{_TABLE}",
        "Change a type of authorization details: what is left out stays.",
        takes=TypeMembers,
        gives=TypeMembers,
        conditional=True,
        partial=True,
    )
    def patch(self, call: Call, id: str) -> HttpResponse:
        return self._change(call, id)

    @act(
        f"oauth_server.delete_{_TABLE}",
        "Delete a type of authorization details: no client can ask for it any more.",
        status=204,
        conditional=True,
    )
    def delete(self, call: Call, id: str) -> HttpResponse:
        deed.delete(find(call, id), check=call.precondition(describe))
        return answer.nothing()
