"""RFC 8414 §2 `/issuers`: at the first issuer all of them; at another one itself alone, and no token of its own ends it."""

from contextlib import suppress
from typing import Any
from uuid import UUID

import django_filters as filters
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from rest_framework import serializers

from oauth_server.api.v1 import answer
from oauth_server.api.v1.act import act
from oauth_server.api.v1.answer import time
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.caller import Machine
from oauth_server.api.v1.filters import Filters, YesNo
from oauth_server.api.v1.members import Flag, Members, Object, Text, Time
from oauth_server.api.v1.problem import Problem, missing
from oauth_server.api.v1.resource import Resource
from oauth_server.deeds import incident
from oauth_server.deeds import issuer as deed
from oauth_server.models import Issuer
from oauth_server.policy import roles


class IssuerMembers(Object):
    lasting = ("slug", "url", "sample_api")

    name = Text(filled=True, max_length=255, help_text="What people see.")
    slug = Text(
        max_length=63, required=False, help_text="The first part of its path; made from the name when left out."
    )
    url = Text(max_length=255, required=False, help_text="Instead of a slug, for an issuer with a host of its own.")
    sample_api = Flag(write_only=True, required=False, help_text="With an API and two scopes to try things on.")
    issuer = Text(read_only=True, help_text="Its URL, the value of `iss`. It never changes.")
    is_first = Flag(read_only=True, help_text="Whether it is the server itself.")
    enabled = Flag(required=False, help_text="Off is final for all that it issued until then.")
    brand = serializers.DictField(child=Text(), required=False, help_text="Colours and logo of the pages.")
    created_at = Time(read_only=True)
    tokens_not_before = Time(read_only=True, allow_null=True, help_text="What was issued before this time is dead.")
    stopped_at = Time(read_only=True, allow_null=True, help_text="The incident switch is on since then.")
    stopped_because = Text(read_only=True)


class Stop(Members):
    reason = Text(filled=True, max_length=500, help_text="For the audit log.")
    revoke_everything = Flag(default=False, help_text="End all that was issued until now as well.")


class Resume(Members):
    reason = Text(filled=True, max_length=500, help_text="For the audit log.")


class IssuerFilters(Filters):
    name = filters.CharFilter()
    slug = filters.CharFilter()
    enabled = YesNo()
    issuer = filters.CharFilter(method="named")

    def named(self, rows: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        """By URL."""
        return rows.filter(pk__in=[row.pk for row in rows if row.identifier == value.rstrip("/")])


def describe(row: Issuer) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "slug": row.slug,
        "url": row.url,
        "issuer": row.identifier,
        "is_first": row.is_first,
        "enabled": row.enabled,
        "brand": row.brand,
        "created_at": time(row.created),
        "tokens_not_before": time(row.tokens_not_before),
        "stopped_at": time(row.stopped_at),
        "stopped_because": row.stopped_because,
    }


def reach(call: Call) -> "QuerySet[Issuer]":
    """The issuers that a call may be about."""
    rows = Issuer.objects.all()
    return rows if call.issuer.is_first else rows.filter(pk=call.issuer.pk)


def find(call: Call, name: str) -> Issuer:
    wanted = Q(slug=name, url="") if name else Q(pk__in=[])
    with suppress(ValueError):
        wanted |= Q(pk=UUID(name))
    found = reach(call).filter(wanted).first() if "\x00" not in name else None
    if found is None:
        raise missing("issuer")
    return found


def require_first(call: Call) -> None:
    """Raises `Problem`: an issuer is made and ended from outside of it."""
    if isinstance(call.caller, Machine) and not call.issuer.is_first:
        raise Problem("forbidden", "Only a token of the first issuer makes and deletes issuers.")


class Issuers(Resource):
    @act(
        "oauth_server.view_issuer",
        "List the issuers.",
        gives=IssuerMembers,
        lists=True,
        filters=IssuerFilters,
        orders={"created_at": "created", "name": "name"},
    )
    def get(self, call: Call) -> HttpResponse:
        return call.page(reach(call), describe)

    @act(
        "oauth_server.add_issuer",
        "Make an issuer, with keys and the standard scopes.",
        takes=IssuerMembers,
        gives=IssuerMembers,
        status=201,
        fails=("taken",),
    )
    def post(self, call: Call) -> HttpResponse:
        require_first(call)
        given = call.members()
        row = deed.create(
            given["name"],
            slug=given.get("slug", ""),
            url=given.get("url", ""),
            with_sample_api=given.get("sample_api", False),
        )
        more: dict[str, Any] = {name: given[name] for name in ("enabled", "brand") if name in given}
        if more:
            row = deed.change(row, more)
        return call.made(f"/issuers/{row.pk}", describe(row))


class OneIssuer(Resource):
    @act("oauth_server.view_issuer", "Show an issuer, by ID or slug.", gives=IssuerMembers)
    def get(self, call: Call, id: str) -> HttpResponse:
        return call.object(describe(find(call, id)))

    @act(
        "oauth_server.change_issuer",
        "Change an issuer. Its URL stays: every token names it.",
        takes=IssuerMembers,
        gives=IssuerMembers,
        conditional=True,
        partial=True,
    )
    def patch(self, call: Call, id: str) -> HttpResponse:
        row = find(call, id)
        members = call.members(describe(row))
        return call.object(describe(deed.change(row, members, check=call.precondition(describe))))

    @act(
        "oauth_server.delete_issuer",
        "Delete an issuer with everything in it.",
        status=204,
        conditional=True,
        dangerous=True,
        fails=("in-use",),
    )
    def delete(self, call: Call, id: str) -> HttpResponse:
        require_first(call)
        try:
            deed.delete(find(call, id), check=call.precondition(describe))
        except deed.First:
            raise Problem("in-use", "The first issuer is the server itself.") from None
        return answer.nothing()


class IssuerStop(Resource):
    @act(
        roles.SWITCH_INCIDENT,
        "Stop issuing, at once and on every server.",
        takes=Stop,
        gives=IssuerMembers,
        dangerous=True,
    )
    def post(self, call: Call, id: str) -> HttpResponse:
        given, row = call.members(), find(call, id)
        incident.begin(row, given["reason"], revoke_everything=given["revoke_everything"])
        return call.object(describe(find(call, id)))


class IssuerResume(Resource):
    @act(roles.SWITCH_INCIDENT, "Issue again.", takes=Resume, gives=IssuerMembers, dangerous=True)
    def post(self, call: Call, id: str) -> HttpResponse:
        given, row = call.members(), find(call, id)
        incident.end(row, given["reason"])
        return call.object(describe(find(call, id)))
