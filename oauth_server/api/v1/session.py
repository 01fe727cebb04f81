"""`/sessions`: the sign-ins of people at this issuer, ended with what lives only while they do (Back-Channel Logout 1.0 §2.5)."""

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.http import HttpResponse

from oauth_server import clock
from oauth_server.api.v1.act import act
from oauth_server.api.v1.answer import time
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.filters import Filters, YesNo
from oauth_server.api.v1.members import Flag, Members, Names, Object, Text, Time
from oauth_server.api.v1.resource import Resource
from oauth_server.api.v1.row import identified
from oauth_server.deeds import session as deed
from oauth_server.models import Session


class SessionMembers(Object):
    person = Text(read_only=True, help_text="The ID of the person.")
    auth_time = Time(read_only=True, help_text="When the person showed who they are.")
    acr = Text(read_only=True)
    amr = Names(read_only=True)
    user_agent = Text(read_only=True)
    address = Text(read_only=True, allow_null=True)
    created_at = Time(read_only=True)
    last_seen_at = Time(read_only=True, help_text="To within some minutes.")
    expires_at = Time(read_only=True)
    ended_at = Time(read_only=True, allow_null=True)
    is_live = Flag(read_only=True)


class Reason(Members):
    reason = Text(filled=True, max_length=500, help_text="For the audit log.")


class SessionFilters(Filters):
    person = filters.CharFilter(method="of_person", label="The sign-in name or the ID of a person.")
    is_live = YesNo(method="living")

    def living(self, rows: "QuerySet[Any]", name: str, value: bool) -> "QuerySet[Any]":
        live = Q(ended_at=None, expires__gt=clock.now())
        return rows.filter(live if value else ~live)


def describe(row: Session) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "person": str(row.user_id),
        "auth_time": time(row.auth_time),
        "acr": row.acr,
        "amr": list(row.amr),
        "user_agent": row.user_agent,
        "address": row.address,
        "created_at": time(row.created),
        "last_seen_at": time(row.last_seen),
        "expires_at": time(row.expires),
        "ended_at": time(row.ended_at),
        "is_live": row.ended_at is None and row.expires > clock.now(),
    }


def find(call: Call, name: str) -> Session:
    return identified(Session.objects.select_related("issuer").filter(issuer=call.issuer), name, "session")


class Sessions(Resource):
    @act(
        "oauth_server.view_session",
        "List the sign-ins, those that last longest first.",
        gives=SessionMembers,
        lists=True,
        filters=SessionFilters,
        orders={"-expires_at": "expires"},
    )
    def get(self, call: Call) -> HttpResponse:
        return call.page(Session.objects.filter(issuer=call.issuer), describe)


class OneSession(Resource):
    @act("oauth_server.view_session", "Show a sign-in.", gives=SessionMembers)
    def get(self, call: Call, id: str) -> HttpResponse:
        return call.object(describe(find(call, id)))


class SessionEnd(Resource):
    @act(
        "oauth_server.delete_session",
        "End a sign-in, with all access that does not outlive it; its clients are told. One that has ended stays so.",
        takes=Reason,
        gives=SessionMembers,
    )
    def post(self, call: Call, id: str) -> HttpResponse:
        given, row = call.members(), find(call, id)
        deed.end([row], given["reason"])
        return call.object(describe(find(call, id)))
