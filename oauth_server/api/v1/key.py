"""RFC 7517 `/keys`: with what the issuer signs, on its way from next to gone. No answer has a private key."""

from typing import Any

import django_filters as filters
from django.http import HttpResponse
from rest_framework import serializers

from oauth_server.api.v1.act import act
from oauth_server.api.v1.answer import body, time
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.filters import Filters
from oauth_server.api.v1.identity import id_of
from oauth_server.api.v1.members import Flag, Members, Names, Object, Text, Time
from oauth_server.api.v1.problem import Problem, invalid
from oauth_server.api.v1.resource import Resource
from oauth_server.api.v1.row import named
from oauth_server.deeds import key as deed
from oauth_server.deeds import key_set
from oauth_server.keys import jose, rotation
from oauth_server.models import SigningKey
from oauth_server.policy import roles

# The set that signs, under the name that `deeds/key_set.py` has for it
SIGNING = "hydra.openid.id-token"
State = SigningKey.State


class KeyMembers(Object):
    kid = Text(read_only=True)
    algorithm = Text(read_only=True)
    state = serializers.ChoiceField(read_only=True, choices=State.values)
    jwk = serializers.DictField(read_only=True, help_text="The public half, as it is in the JWKS.")
    created_at = Time(read_only=True, help_text="When it was published.")
    ready_at = Time(
        read_only=True, allow_null=True, help_text="When the next key may sign: every client knows it then."
    )
    activated_at = Time(read_only=True, allow_null=True)
    retired_at = Time(read_only=True, allow_null=True)
    gone_at = Time(read_only=True, allow_null=True)


class NewKey(Members):
    algorithm = serializers.ChoiceField(
        required=False, choices=jose.ALGORITHMS, help_text="To make the first keys of it."
    )
    jwk = serializers.DictField(required=False, help_text="To import: with its private half it signs from now on.")


class KeyRotation(Members):
    algorithm = serializers.ChoiceField(choices=jose.ALGORITHMS)
    force = Flag(default=False, help_text="Do not wait until clients can know the next key.")
    reason = Text(max_length=500, default="", help_text="For the audit log.")


class KeyRevocation(Members):
    reason = Text(filled=True, max_length=500, help_text="For the audit log.")


class Dependents(serializers.Serializer[Any]):
    audiences = Names(help_text="The first APIs whose access tokens are JWTs of its algorithm.")
    clients = Names(help_text="The first clients whose ID tokens are of its algorithm.")
    is_cut = Flag(help_text="There are more.")
    tokens_until = Time(allow_null=True, help_text="When the last token that it signed will have expired.")


class KeyFilters(Filters):
    state = filters.ChoiceFilter(choices=State.choices)
    algorithm = filters.CharFilter()


def describe(row: SigningKey) -> dict[str, Any]:
    return {
        "id": id_of(row.kid),
        "kid": row.kid,
        "algorithm": row.algorithm,
        "state": row.state,
        "jwk": row.public,
        "created_at": time(row.created),
        "ready_at": time(deed.ready_at(row)) if row.state == State.NEXT else None,
        "activated_at": time(row.activated),
        "retired_at": time(row.retired),
        "gone_at": time(row.gone),
    }


def find(call: Call, name: str) -> SigningKey:
    return named(call.issuer.keys.select_related("issuer"), "kid", name, "key")


class Keys(Resource):
    @act(
        "oauth_server.view_signingkey",
        "List the keys that sign, have signed, or will.",
        gives=KeyMembers,
        lists=True,
        filters=KeyFilters,
        orders={"-created_at": "pk"},
    )
    def get(self, call: Call) -> HttpResponse:
        return call.page(call.issuer.keys.all(), describe)

    @act(
        roles.ROTATE_KEYS,
        "Make the first keys of an algorithm, or import a key.",
        takes=NewKey,
        gives=KeyMembers,
        status=201,
        dangerous=True,
        fails=("taken", "in-use"),
    )
    def post(self, call: Call) -> HttpResponse:
        given = call.members()
        if ("algorithm" in given) == ("jwk" in given):
            raise invalid({"algorithm": ["Give either an algorithm, to make keys of, or a jwk, to import."]})
        try:
            kid = self._kid(call, given)
        except key_set.Invalid as error:
            raise invalid({"jwk": [str(error)]}) from None
        return call.made(f"/keys/{id_of(kid)}", describe(find(call, id_of(kid))))

    def _kid(self, call: Call, given: dict[str, Any]) -> str:
        if "jwk" in given:
            return str(key_set.put(call.issuer, SIGNING, given["jwk"])["kid"])
        made = deed.make(call.issuer, given["algorithm"])
        if not made:
            raise Problem("in-use", f"There are {given['algorithm']} keys already: rotate them.")
        return made[0].kid


class OneKey(Resource):
    @act("oauth_server.view_signingkey", "Show a key.", gives=KeyMembers)
    def get(self, call: Call, id: str) -> HttpResponse:
        return call.object(describe(find(call, id)))


class KeyRotations(Resource):
    @act(
        roles.ROTATE_KEYS,
        "Put the next key in the place of the active one, which retires: what it signed stays valid. Answers with the key that signs now.",
        takes=KeyRotation,
        gives=KeyMembers,
        dangerous=True,
        fails=("not-yet",),
    )
    def post(self, call: Call) -> HttpResponse:
        given = call.members()
        if not call.issuer.keys.filter(algorithm=given["algorithm"], state=State.ACTIVE).exists():
            raise invalid({"algorithm": ["There is no key of it: make one."]})
        try:
            made = deed.rotate(call.issuer, given["algorithm"], force=given["force"], reason=given["reason"])
        except deed.NotPublishedLongEnough:
            raise Problem(
                "not-yet",
                "The next key is not published long enough: clients may not know it. See its ready_at, or force.",
            ) from None
        return call.object(describe(made))


class KeyDependents(Resource):
    @act("oauth_server.view_signingkey", "What depends on a key.", gives=Dependents)
    def get(self, call: Call, id: str) -> HttpResponse:
        row = find(call, id)
        found = deed.dependents(call.issuer, row.algorithm)
        return body(
            {
                "audiences": [one.identifier for one in found.audiences],
                "clients": [one.client_id for one in found.clients],
                "is_cut": found.is_cut,
                "tokens_until": time(rotation.tokens_live_until(row, call.issuer)),
            }
        )


class KeyRevocations(Resource):
    @act(
        roles.REVOKE_KEYS,
        "Take a key out of use at once: nothing that it signed is valid any more. One that signs or comes next is replaced.",
        takes=KeyRevocation,
        gives=KeyMembers,
        dangerous=True,
    )
    def post(self, call: Call, id: str) -> HttpResponse:
        given, row = call.members(), find(call, id)
        deed.revoke(row, given["reason"])
        return call.object(describe(find(call, id)))
