"""RFC 7517 §5 `/key-sets/{set}/keys`: keys that are only kept, in sets by name, as Ory Hydra has them. No answer has a private key."""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers

from oauth_server.api.v1 import answer
from oauth_server.api.v1.act import act
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.identity import id_of, key_of
from oauth_server.api.v1.members import Members, Object, Text
from oauth_server.api.v1.problem import invalid, missing
from oauth_server.api.v1.resource import Resource
from oauth_server.deeds import key_set as deed
from oauth_server.keys import jose
from oauth_server.models import StoredKey
from oauth_server.policy import roles


class KeptKey(Object):
    kid = Text(read_only=True)
    jwk = serializers.DictField(read_only=True, help_text="The public half.")


class NewKeptKey(Members):
    alg = serializers.ChoiceField(required=False, choices=jose.ALGORITHMS, help_text="To make a key.")
    kid = Text(required=False, max_length=255)
    use = serializers.ChoiceField(choices=("sig", "enc"), default="sig")
    jwk = serializers.DictField(required=False, help_text="To import a key, in the place of the one of its name.")


def describe(row: StoredKey) -> dict[str, Any]:
    return {"id": id_of(row.kid), "kid": row.kid, "jwk": row.public}


def _set(name: str) -> str:
    """Raises `Problem`: the sets that sign are `/keys`."""
    key = key_of(name)
    if not key or key in deed.SIGNING or len(key) > 255:
        raise missing("set")
    return key


def _rows(call: Call, key_set: str) -> Any:
    return StoredKey.objects.filter(issuer=call.issuer, key_set=_set(key_set))


def _find(call: Call, key_set: str, name: str) -> StoredKey:
    key = key_of(name)
    found: StoredKey | None = _rows(call, key_set).filter(kid=key).first() if key else None
    if found is None:
        raise missing("key")
    return found


class KeptKeys(Resource):
    @act(
        "oauth_server.view_signingkey",
        "List the keys of a set.",
        gives=KeptKey,
        lists=True,
        orders={"-created_at": "pk"},
    )
    def get(self, call: Call, key_set: str) -> HttpResponse:
        return call.page(_rows(call, key_set), describe)

    @act(
        roles.ROTATE_KEYS,
        "Make a key in a set, or import one.",
        takes=NewKeptKey,
        gives=KeptKey,
        status=201,
        dangerous=True,
        fails=("taken",),
    )
    def post(self, call: Call, key_set: str) -> HttpResponse:
        name, given = _set(key_set), call.members()
        if ("alg" in given) == ("jwk" in given):
            raise invalid({"alg": ["Give either an alg, to make a key of, or a jwk, to import."]})
        try:
            if "jwk" in given:
                made = deed.put(call.issuer, name, given["jwk"])
            else:
                made = deed.create(call.issuer, name, given["alg"], given.get("kid", ""), given["use"])
        except deed.Invalid as error:
            raise invalid({"jwk" if "jwk" in given else "alg": [str(error)]}) from None
        row = _find(call, key_set, id_of(str(made["kid"])))
        return call.made(f"/key-sets/{id_of(name)}/keys/{id_of(row.kid)}", describe(row))


class OneKeptKey(Resource):
    @act("oauth_server.view_signingkey", "Show a key of a set.", gives=KeptKey)
    def get(self, call: Call, key_set: str, id: str) -> HttpResponse:
        return call.object(describe(_find(call, key_set, id)))

    @act(roles.REVOKE_KEYS, "Delete a key of a set.", status=204, dangerous=True)
    def delete(self, call: Call, key_set: str, id: str) -> HttpResponse:
        deed.delete(call.issuer, _set(key_set), _find(call, key_set, id).kid)
        return answer.nothing()
