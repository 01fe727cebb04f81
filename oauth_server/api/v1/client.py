"""RFC 7591 `/clients`, as the operator has them: what a registration may set, and what it may not."""

from collections.abc import Callable, Mapping
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import HttpResponse

from oauth_server.api.v1 import answer
from oauth_server.api.v1.act import act
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.client_members import OWN, ClientMembers, MadeClient, describe
from oauth_server.api.v1.filters import Filters, WritingFilters, YesNo
from oauth_server.api.v1.identity import id_of
from oauth_server.api.v1.members import Nothing
from oauth_server.api.v1.problem import Problem, invalid
from oauth_server.api.v1.resource import Resource
from oauth_server.api.v1.row import named
from oauth_server.deeds import client as deed
from oauth_server.deeds import fresh_consent, revocation
from oauth_server.models import Client, Issuer
from oauth_server.policy import roles
from oauth_server.registration import metadata, shapes

_FAILS = ("beyond-your-rights",)


class ClientFilters(Filters):
    client_id = filters.CharFilter()
    client_name = filters.CharFilter(field_name="name")
    owner = filters.CharFilter()
    enabled = YesNo()
    verified = YesNo()
    registration_source = filters.CharFilter()
    person = filters.CharFilter(method="of_person")
    scope = filters.CharFilter(field_name="scopes__name")
    audience = filters.CharFilter(field_name="audiences__identifier")
    search = filters.CharFilter(method="containing")
    searched = ("client_id", "name", "redirect_uris")


def rows(call: Call) -> "QuerySet[Client]":
    return call.issuer.clients.select_related("issuer")


def find(call: Call, name: str) -> Client:
    return named(rows(call), "client_id", name, "client")


def _judged(
    call: Call, given: Mapping[str, Any], client: Client | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """RFC 7591 members, and our own. Raises `Problem`."""
    members = {name: value for name, value in given.items() if name in shapes.MEMBERS}
    own = {name: value for name, value in given.items() if name in OWN}
    is_whole = call.request.GET.get("provide") != "true"
    wrong = metadata.problems(call.issuer, members, client=client) if is_whole else shapes.problems(members)
    if wrong:
        raise invalid(wrong)
    return members, own


def _require_trust(call: Call, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """What people are shown and not asked, and all of it at a client that they are not asked about. Raises `Problem`."""
    if call.caller.is_trusted:
        return
    if beyond := deed.beyond_trust(before, after):
        text = f"{', '.join(beyond)}: to change it here takes the scope manage:login, or the role security."
        raise Problem("beyond-your-rights", text)


def _require_secrets(call: Call, client: Client, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Whoever sets how a client shows who it is, or is told its secret, can act as it. Raises `Problem`."""
    changes = any(before.get(name) != after[name] for name in deed.CREDENTIALS & set(after))
    if deed.manages_more(before, after):
        call.caller.require_recent(call.request._request)
    if changes or deed.lacks_secret(client):
        if not call.caller.may(roles.VIEW_SECRETS):
            raise call.forbidden(roles.VIEW_SECRETS)
        call.caller.require_recent(call.request._request)


class Clients(Resource):
    @act(
        "oauth_server.view_client",
        "List the clients.",
        gives=ClientMembers,
        lists=True,
        filters=ClientFilters,
        orders={"created_at": "pk", "client_id": "client_id", "client_name": "name"},
    )
    def get(self, call: Call) -> HttpResponse:
        return call.page(rows(call).prefetch_related("scopes", "audiences"), describe)

    @act(
        "oauth_server.add_client",
        "Make a client. Its secret, if it has one, is told in this answer alone.",
        takes=ClientMembers,
        gives=MadeClient,
        status=201,
        filters=WritingFilters,
        fails=("taken", *_FAILS),
    )
    def post(self, call: Call) -> HttpResponse:
        given = call.members()
        provides = call.request.GET.get("provide") == "true"
        members, own = _judged(call, given)
        _require_trust(call, {"verified": False, "publisher": "", "skip_consent": False}, {**members, **own})
        if deed.manages_more({}, members):
            call.caller.require_recent(call.request._request)
        made = deed.create(
            call.issuer,
            members,
            rights=call.caller.rights,
            owner=_person(given.get("person")),
            provides=provides,
            incomplete=False,
            own=own,
        )
        once = {"client_secret": made.secret, "client_secret_expires_at": 0} if made.secret else {}
        return call.made(f"/clients/{id_of(made.client.client_id)}", describe(_fresh(made.client)), once=once)


def _person(name: str | None) -> Any:
    found = revocation.person(name) if name else None
    if name and found is None:
        raise invalid({"person": ["There is no such person."]})
    return found


def _fresh(client: Client) -> Client:
    return Client.objects.select_related("issuer").get(pk=client.pk)


class OneClient(Resource):
    @act("oauth_server.view_client", "Show a client; a secret is never shown again.", gives=ClientMembers)
    def get(self, call: Call, id: str) -> HttpResponse:
        return call.object(describe(find(call, id)))

    @act(
        "oauth_server.change_client",
        "Replace a client: what is left out becomes the default.",
        takes=ClientMembers,
        gives=MadeClient,
        conditional=True,
        filters=WritingFilters,
        fails=_FAILS,
    )
    def put(self, call: Call, id: str) -> HttpResponse:
        client = find(call, id)
        given = call.members(describe(client))
        return self._change(call, client, {**_defaults(call.issuer, given), **given})

    @act(
        "oauth_server.change_client",
        "Change a client: what is left out stays.",
        takes=ClientMembers,
        gives=MadeClient,
        conditional=True,
        partial=True,
        filters=WritingFilters,
        fails=_FAILS,
    )
    def patch(self, call: Call, id: str) -> HttpResponse:
        client = find(call, id)
        return self._change(call, client, call.members(describe(client)))

    def _change(self, call: Call, client: Client, given: Mapping[str, Any]) -> HttpResponse:
        members, own = _judged(call, given, client)
        made = deed.change(
            client,
            members,
            rights=call.caller.rights,
            provides=call.request.GET.get("provide") == "true",
            incomplete=False,
            verified=call.caller.is_trusted and own.get("verified", False),
            own=own,
            check=_checked(call, {**members, **own}),
        )
        once = {"client_secret": made.secret, "client_secret_expires_at": 0} if made.secret else {}
        return call.object(describe(_fresh(made.client)), once=once)

    @act(
        "oauth_server.delete_client",
        "Delete a client: all that it holds dies with it.",
        status=204,
        conditional=True,
        fails=_FAILS,
    )
    def delete(self, call: Call, id: str) -> HttpResponse:
        deed.delete(find(call, id), rights=call.caller.rights, check=call.precondition(describe))
        return answer.nothing()


def _checked(call: Call, after: Mapping[str, Any]) -> Callable[[Client], None]:
    """What is asked of the client as it is when nobody can change it any more."""
    unchanged = call.precondition(describe)

    def check(client: Client) -> None:
        before = describe(client)
        unchanged(client)
        _require_trust(call, before, after)
        _require_secrets(call, client, before, after)

    return check


def _defaults(issuer: Issuer, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a client has of which nothing is said. `enabled` stays as it is: off is final, and nothing to forget."""
    return {**metadata.defaults(given), "verified": False, "publisher": "", "brand": {}}


class ClientFreshConsent(Resource):
    @act(
        "oauth_server.change_client",
        "Ask everybody for consent again when the client next asks; what it holds goes on.",
        takes=Nothing,
        gives=ClientMembers,
        fails=_FAILS,
    )
    def post(self, call: Call, id: str) -> HttpResponse:
        call.members()
        client = find(call, id)
        deed.require_within(client, call.caller.rights)
        fresh_consent.of_client(client)
        return call.object(describe(_fresh(client)))
