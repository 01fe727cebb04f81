"""RFC 6749 §3.3 `/scopes`: what may be asked for, in words that people understand."""

from typing import Any

import django_filters as filters
from django.http import HttpResponse
from rest_framework import serializers

from oauth_server.api.v1 import answer
from oauth_server.api.v1.act import act
from oauth_server.api.v1.answer import time
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.filters import Filters, YesNo
from oauth_server.api.v1.identity import id_of
from oauth_server.api.v1.members import Flag, Names, Nothing, Object, Text, Time
from oauth_server.api.v1.problem import Problem
from oauth_server.api.v1.resource import Resource
from oauth_server.api.v1.row import named
from oauth_server.deeds import fresh_consent
from oauth_server.deeds import scope as deed
from oauth_server.models import Scope


class ScopeMembers(Object):
    lasting = ("name",)

    name = Text(filled=True, max_length=120, help_text="As clients ask for it. It never changes.")
    title = Text(max_length=120, default="", help_text="What the person allows, such as “Read your orders”.")
    description = Text(max_length=300, default="", help_text="One sentence more.")
    translations = serializers.DictField(
        child=serializers.DictField(child=Text()),
        default=dict,
        help_text='Title and description by language code: {"de": {"title": …}}.',
    )
    claims = Names(default=list, help_text="The claims about the person that it releases.")
    # the framework keeps the members of a class elsewhere than its own attributes
    required = Flag(  # type: ignore[assignment]
        default=False, help_text="It cannot be left out on the consent page."
    )
    sensitive = Flag(default=False, help_text="The consent page warns.")
    skip_consent = Flag(default=False, help_text="People are not asked. To set it takes `manage:login`.")
    audience = Text(
        allow_null=True, max_length=255, default=None, help_text="The identifier of the API that it belongs to."
    )
    consent_not_before = Time(read_only=True, allow_null=True, help_text="What people agreed to before is asked again.")
    tokens_not_before = Time(read_only=True, allow_null=True, help_text="Tokens with it of before this time are dead.")


class ScopeFilters(Filters):
    name = filters.CharFilter()
    audience = filters.CharFilter(field_name="audience__identifier")
    required = YesNo()
    sensitive = YesNo()
    skip_consent = YesNo()
    search = filters.CharFilter(method="containing")
    searched = ("name", "title")


def describe(row: Scope) -> dict[str, Any]:
    return {
        "id": id_of(row.name),
        **deed.describe(row),
        "consent_not_before": time(row.consent_not_before),
        "tokens_not_before": time(row.tokens_not_before),
    }


def find(call: Call, name: str) -> Scope:
    return named(call.issuer.scopes.select_related("issuer", "audience"), "name", name, "scope")


def require_trust(call: Call, before: dict[str, Any], members: dict[str, Any]) -> None:
    """What lets every client have something without a person's consent is not for everybody who may change a scope."""
    changed = {name for name, value in members.items() if before.get(name) != value}
    # of one that people are not asked about, what it gives as well
    beyond = sorted(changed & ({"skip_consent", *deed.GIVES} if before["skip_consent"] else {"skip_consent"}))
    if beyond and not call.caller.is_trusted:
        text = f"{', '.join(beyond)}: to change it here takes the scope manage:login, or the role security."
        raise Problem("beyond-your-rights", text)


class Scopes(Resource):
    @act(
        "oauth_server.view_scope",
        "List the scopes.",
        gives=ScopeMembers,
        lists=True,
        filters=ScopeFilters,
        orders={"name": "name"},
    )
    def get(self, call: Call) -> HttpResponse:
        return call.page(call.issuer.scopes.select_related("audience"), describe)

    @act(
        "oauth_server.add_scope",
        "Make a scope.",
        takes=ScopeMembers,
        gives=ScopeMembers,
        status=201,
        fails=("taken", "beyond-your-rights"),
    )
    def post(self, call: Call) -> HttpResponse:
        members = call.members()
        require_trust(call, {"skip_consent": False}, members)
        row = deed.create(call.issuer, members["name"], members)
        return call.made(f"/scopes/{id_of(row.name)}", describe(row))


class OneScope(Resource):
    @act("oauth_server.view_scope", "Show a scope.", gives=ScopeMembers)
    def get(self, call: Call, id: str) -> HttpResponse:
        return call.object(describe(find(call, id)))

    def _change(self, call: Call, id: str) -> HttpResponse:
        stored = find(call, id)
        members = call.members(describe(stored))
        check = call.precondition(describe)

        def both(row: Scope) -> None:
            check(row)
            require_trust(call, describe(row), members)

        return call.object(describe(deed.change(stored, members, check=both)))

    @act(
        "oauth_server.change_scope",
        "Replace a scope: what is left out becomes the default.",
        takes=ScopeMembers,
        gives=ScopeMembers,
        conditional=True,
        fails=("beyond-your-rights",),
    )
    def put(self, call: Call, id: str) -> HttpResponse:
        return self._change(call, id)

    @act(
        "oauth_server.change_scope",
        "Change a scope: what is left out stays.",
        takes=ScopeMembers,
        gives=ScopeMembers,
        conditional=True,
        partial=True,
        fails=("beyond-your-rights",),
    )
    def patch(self, call: Call, id: str) -> HttpResponse:
        return self._change(call, id)

    @act(
        "oauth_server.delete_scope", "Delete a scope: no client can ask for it any more.", status=204, conditional=True
    )
    def delete(self, call: Call, id: str) -> HttpResponse:
        deed.delete(find(call, id), check=call.precondition(describe))
        return answer.nothing()


class ScopeFreshConsent(Resource):
    @act(
        "oauth_server.change_scope",
        "Ask everybody for consent again when a client next asks for the scope; what clients hold goes on.",
        takes=Nothing,
        gives=ScopeMembers,
    )
    def post(self, call: Call, id: str) -> HttpResponse:
        call.members()
        row = find(call, id)
        fresh_consent.of_scope(row)
        return call.object(describe(row))
