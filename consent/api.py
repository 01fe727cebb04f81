"""`/consents` of the management API: what people agreed to, found by client or person, and withdrawn with all that hangs on it."""

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from rest_framework import serializers

from oauth_server.api.v1 import answer
from oauth_server.api.v1.act import act
from oauth_server.api.v1.answer import time
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.filters import Filters
from oauth_server.api.v1.members import Flag, Members, Object, Text, Time, Whole
from oauth_server.api.v1.problem import missing
from oauth_server.api.v1.resource import Resource, Route
from oauth_server.api.v1.row import numbered
from oauth_server.deeds import revocation

from . import decision, memory
from .models import Consent


class ConsentMembers(Object):
    person = Text(read_only=True, help_text="The ID of the person.")
    client_id = Text(read_only=True)
    audience = Text(read_only=True, help_text="The identifier of the API; empty for what belongs to none.")
    scope = Text(read_only=True, help_text="What is allowed; what was asked for by name as claim,NAME.")
    declined = Text(read_only=True)
    authorization_details = serializers.JSONField(
        read_only=True, help_text="What is remembered of authorization details (RFC 9396)."
    )
    created_at = Time(read_only=True)
    updated_at = Time(read_only=True)
    expires_at = Time(read_only=True, allow_null=True)
    withdrawn_at = Time(read_only=True, allow_null=True)
    is_live = Flag(read_only=True)


class Withdrawal(Members):
    reason = Text(filled=True, max_length=500, help_text="For the audit log.")


class WithdrawalOf(Withdrawal):
    person = Text(filled=True, max_length=255, help_text="The sign-in name or the ID of a person.")
    client_id = Text(
        required=False, filled=True, max_length=255, help_text="Without it: of all clients of this issuer."
    )


class Withdrawn(serializers.Serializer[Any]):
    clients = Whole(help_text="From how many clients something was taken back.")
    ended = Whole(help_text="How many authorizations ended.")


class ConsentFilters(Filters):
    client_id = filters.CharFilter(field_name="client__client_id")
    person = filters.CharFilter(method="of_person", label="The sign-in name or the ID of a person.")
    state = filters.ChoiceFilter(choices=[("given", "given"), ("withdrawn", "withdrawn")], method="in_state")

    def in_state(self, rows: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        return rows.filter(Q(withdrawn_at__isnull=value == "given"))


def describe(row: Consent) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "person": str(row.user_id),
        "client_id": row.client.client_id,
        "audience": row.audience,
        "scope": row.scope,
        "declined": row.declined,
        "authorization_details": row.details,
        "created_at": time(row.created),
        "updated_at": time(row.updated),
        "expires_at": time(row.expires_at),
        "withdrawn_at": time(row.withdrawn_at),
        "is_live": memory.is_live(row),
    }


def rows(call: Call) -> "QuerySet[Consent]":
    return Consent.objects.select_related("client__issuer").filter(client__issuer=call.issuer)


def find(call: Call, name: str) -> Consent:
    return numbered(rows(call), name, "consent")


class Consents(Resource):
    @act(
        "oauth_consent.view_consent",
        "List what people agreed to, the newest first.",
        gives=ConsentMembers,
        lists=True,
        filters=ConsentFilters,
        orders={"-id": "pk"},
    )
    def get(self, call: Call) -> HttpResponse:
        return call.page(rows(call), describe)


class OneConsent(Resource):
    @act("oauth_consent.view_consent", "Show a consent.", gives=ConsentMembers)
    def get(self, call: Call, id: str) -> HttpResponse:
        return call.object(describe(find(call, id)))


class ConsentWithdrawal(Resource):
    @act(
        "oauth_consent.delete_consent",
        "Take back all that the person allows the client, and end all that it holds.",
        takes=Withdrawal,
        gives=ConsentMembers,
    )
    def post(self, call: Call, id: str) -> HttpResponse:
        given, row = call.members(), find(call, id)
        decision.withdraw(row.user_id, row.client, given["reason"])
        return call.object(describe(find(call, id)))


class Withdrawals(Resource):
    @act(
        "oauth_consent.delete_consent",
        "Take back what a person allows a client, or all clients of this issuer, and end all that they hold.",
        takes=WithdrawalOf,
        gives=Withdrawn,
    )
    def post(self, call: Call) -> HttpResponse:
        given = call.members()
        user = revocation.person(given["person"])
        if user is None:
            raise missing("person")
        held = Consent.objects.filter(user=user.pk, withdrawn_at=None, client__issuer=call.issuer)
        clients = call.issuer.clients.select_related("issuer")
        if "client_id" in given:
            clients = clients.filter(client_id=given["client_id"])
            if not clients:
                raise missing("client")
        else:
            clients = clients.filter(pk__in=held.values("client"))
        ended = [decision.withdraw(user.pk, client, given["reason"]) for client in clients]
        return answer.body({"clients": len(ended), "ended": sum(ended)})


ROUTES = (
    Route("consents", Consents),
    Route("consents/withdraw", Withdrawals),
    Route("consents/{id}", OneConsent),
    Route("consents/{id}/withdraw", ConsentWithdrawal),
)
