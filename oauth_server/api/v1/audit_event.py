"""`/audit-events`: who did what to which object, from where. At the first issuer of the whole server, at another one of itself alone."""

import json
from collections.abc import Iterator
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework import serializers

from oauth_server import audit
from oauth_server.api.v1 import paging
from oauth_server.api.v1.act import act
from oauth_server.api.v1.answer import time
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.filters import Filters, Moment
from oauth_server.api.v1.members import Object, Text, Time
from oauth_server.api.v1.resource import Resource
from oauth_server.api.v1.row import numbered
from oauth_server.audit import Event
from oauth_server.deeds.rows import each
from oauth_server.models import AuditEvent
from oauth_server.policy import roles

_LINES = "application/x-ndjson"


class AuditMembers(Object):
    at = Time(read_only=True)
    event = Text(read_only=True, help_text="object:verb")
    actor = Text(read_only=True)
    issuer = Text(read_only=True, help_text="The ID of the issuer.")
    client_id = Text(read_only=True)
    person = Text(read_only=True, help_text="The ID of the person.")
    object = Text(read_only=True)
    reason = Text(read_only=True)
    note = Text(read_only=True, help_text="The reason that whoever acted gave.")
    changes = serializers.DictField(read_only=True, help_text="Member → [before, after]; never a secret.")
    address = Text(read_only=True)
    trace_id = Text(read_only=True)


class AuditFilters(Filters):
    event = filters.CharFilter()
    actor = filters.CharFilter()
    client_id = filters.CharFilter()
    person = filters.CharFilter(field_name="user_id", label="The ID of a person.")
    trace_id = filters.CharFilter()
    since = Moment(field_name="at", lookup_expr="gte", label="RFC 3339.")
    until = Moment(field_name="at", lookup_expr="lt", label="RFC 3339.")


def describe(row: AuditEvent) -> dict[str, Any]:
    names = ("event", "actor", "issuer", "client_id", "object", "reason", "note", "changes", "address", "trace_id")
    own = {name: getattr(row, name) for name in names}
    return {"id": str(row.pk), "at": time(row.at), "person": row.user_id, **own}


def rows(call: Call) -> "QuerySet[AuditEvent]":
    found = AuditEvent.objects.all()
    return found if call.issuer.is_first else found.filter(issuer=str(call.issuer.pk))


class AuditEvents(Resource):
    @act(
        "oauth_server.view_auditevent",
        "Search the audit log, the newest first.",
        gives=AuditMembers,
        lists=True,
        filters=AuditFilters,
        orders={"-id": "pk"},
    )
    def get(self, call: Call) -> HttpResponse:
        return call.page(rows(call), describe)


class OneAuditEvent(Resource):
    @act("oauth_server.view_auditevent", "Show an event.", gives=AuditMembers)
    def get(self, call: Call, id: str) -> HttpResponse:
        return call.object(describe(numbered(rows(call), id, "event")))


class AuditExport(Resource):
    @act(
        roles.EXPORT_AUDIT,
        "The audit log as JSON lines, the oldest first; who exports it is in it.",
        sends=_LINES,
        filters=AuditFilters,
    )
    def get(self, call: Call) -> HttpResponseBase:
        found = paging.filtered(call, rows(call))
        audit.record(Event.AUDIT_EXPORTED, issuer=call.issuer, target=call.request.GET.urlencode())
        headers = {"Content-Disposition": 'attachment; filename="audit.jsonl"'}
        return StreamingHttpResponse(_lines(found), content_type=_LINES, headers=headers)


def _lines(found: "QuerySet[AuditEvent]") -> Iterator[str]:
    for row in each(found):
        yield json.dumps(describe(row), ensure_ascii=False) + "\n"
