"""RFC 6749 §2.3.1 `/clients/{id}/secrets`: several by name, each with an end. A value is told once, by the answer that makes it."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse

from oauth_server import clock
from oauth_server.api.v1 import answer, client
from oauth_server.api.v1.act import act
from oauth_server.api.v1.answer import time
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.identity import id_of
from oauth_server.api.v1.members import Members, Object, Text, Time, Whole
from oauth_server.api.v1.problem import invalid
from oauth_server.api.v1.resource import Resource
from oauth_server.api.v1.row import numbered
from oauth_server.deeds import client_secret as deed
from oauth_server.deeds.client_secret import Made
from oauth_server.models import Client, ClientSecret
from oauth_server.policy import roles

_LONGEST = 10 * 365 * 86_400


class SecretMembers(Object):
    name = Text(max_length=100, default="", help_text="To tell it from the others.")
    expires_at = Time(allow_null=True, default=None, help_text="null: never.")
    hint = Text(read_only=True, help_text="What it ends with; empty for a chosen one.")
    kind = Text(read_only=True, help_text="digest: generated; hash: chosen or imported.")
    created_at = Time(read_only=True)
    last_used_at = Time(read_only=True, allow_null=True, help_text="To the hour.")


class NewSecret(SecretMembers):
    client_secret = Text(required=False, max_length=1000, write_only=True, help_text="Chosen instead of generated.")


class MadeSecret(SecretMembers):
    client_secret = Text(read_only=True, help_text="Told in this answer alone.")


class Rotation(Members):
    name = Text(max_length=100, default="", help_text="Of the new secret.")
    overlap = Whole(default=86_400, max_value=_LONGEST, help_text="Seconds for which the others stay valid.")


def describe(row: ClientSecret) -> dict[str, Any]:
    use = getattr(row, "use", None)
    return {
        "id": str(row.pk),
        "name": row.name,
        "expires_at": time(row.expires),
        "hint": row.hint,
        "kind": row.kind,
        "created_at": time(row.created),
        "last_used_at": time(use.at if use else None),
    }


def find(owner: Client, name: str) -> ClientSecret:
    return numbered(owner.secrets.select_related("use"), name, "secret")


def _made(call: Call, owner: Client, made: Made) -> HttpResponse:
    path = f"/clients/{id_of(owner.client_id)}/secrets/{made.row.pk}"
    return call.made(path, describe(made.row), once={"client_secret": made.value})


class ClientSecrets(Resource):
    @act(
        "oauth_server.view_clientsecret",
        "List the secrets of a client, without their values.",
        gives=SecretMembers,
        lists=True,
        orders={"-created_at": "pk"},
    )
    def get(self, call: Call, id: str) -> HttpResponse:
        return call.page(client.find(call, id).secrets.select_related("use"), describe)

    @act(
        roles.VIEW_SECRETS,
        "Make one more secret; the others stay valid.",
        takes=NewSecret,
        gives=MadeSecret,
        status=201,
        dangerous=True,
        fails=("beyond-your-rights",),
    )
    def post(self, call: Call, id: str) -> HttpResponse:
        owner, given = client.find(call, id), call.members()
        expires = given["expires_at"]
        if expires is not None and expires <= clock.now():
            raise invalid({"expires_at": ["It is in the past."]})
        made = deed.create(
            owner,
            rights=call.caller.rights,
            name=given["name"],
            expires=expires,
            value=given.get("client_secret", ""),
        )
        return _made(call, owner, made)


class ClientSecretRotation(Resource):
    @act(
        roles.VIEW_SECRETS,
        "Make a new secret; the others end after the overlap.",
        takes=Rotation,
        gives=MadeSecret,
        status=201,
        dangerous=True,
        fails=("beyond-your-rights",),
    )
    def post(self, call: Call, id: str) -> HttpResponse:
        owner, given = client.find(call, id), call.members()
        overlap = timedelta(seconds=given["overlap"])
        return _made(call, owner, deed.rotate(owner, rights=call.caller.rights, name=given["name"], overlap=overlap))


class OneClientSecret(Resource):
    @act("oauth_server.view_clientsecret", "Show a secret, without its value.", gives=SecretMembers)
    def get(self, call: Call, id: str, secret: str) -> HttpResponse:
        return call.object(describe(find(client.find(call, id), secret)))

    @act(
        "oauth_server.delete_clientsecret",
        "Take a secret away: whoever still uses it is refused from now on.",
        status=204,
        conditional=True,
        dangerous=True,
        fails=("beyond-your-rights",),
    )
    def delete(self, call: Call, id: str, secret: str) -> HttpResponse:
        owner = client.find(call, id)
        row = find(owner, secret)
        deed.delete(owner, row, rights=call.caller.rights, check=call.precondition(describe))
        return answer.nothing()
