"""RFC 7009 `/revocations`: by client, person, both, API, scope, key, issuer or authorization; previewed, then done."""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers

from oauth_server.api.v1 import answer
from oauth_server.api.v1.act import act
from oauth_server.api.v1.answer import time
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.caller import Machine
from oauth_server.api.v1.issuer import find as find_issuer
from oauth_server.api.v1.members import Flag, Members, Names, Text, Time, Whole
from oauth_server.api.v1.problem import Problem, invalid
from oauth_server.api.v1.resource import Resource
from oauth_server.deeds import blast_radius, revocation
from oauth_server.deeds.blast_radius import Number, Radius, Share
from oauth_server.deeds.revocation import ACTS, NotFound, Target, What

_NAMED = ("family", "client", "person", "audience", "scope", "key")
_TOKENS = ("oas_", "eyJ")


class Named(Members):
    what = serializers.ChoiceField(choices=[what.value for what in What])
    client = Text(required=False, max_length=255, help_text="A client ID.")
    person = Text(required=False, max_length=255, help_text="The sign-in name or the ID of a person.")
    audience = Text(required=False, max_length=255, help_text="The identifier of an API.")
    scope = Text(required=False, max_length=120)
    key = Text(required=False, max_length=64, help_text="A kid.")
    family = Text(required=False, max_length=36, help_text="The ID of an authorization.")
    issuer = Text(required=False, max_length=255, help_text="The ID or slug of an issuer; empty: this one.")
    before = Time(required=False, allow_null=True, help_text="What began before this time ends. Null: until now.")


class Revocation(Named):
    reason = Text(filled=True, max_length=500, help_text="For the audit log.")


class Count(serializers.Serializer[Any]):
    value = Whole(allow_null=True, help_text="null: it was not counted in time.")
    is_more = Flag(help_text="At least so many.")


class ShareMembers(serializers.Serializer[Any]):
    name = Text(help_text="A client ID, or the ID of a person.")
    authorizations = Whole()
    access_tokens = Whole()


class Preview(serializers.Serializer[Any]):
    what = Text()
    name = Text(help_text="What is revoked.")
    before = Time()
    authorizations = Count()
    refresh_tokens = Count()
    access_tokens = Count()
    people = Count()
    sessions = Count()
    clients = ShareMembers(many=True, help_text="Those with the most.")
    persons = ShareMembers(many=True, help_text="Those with the most.")
    jwt_authorizations = Count(help_text="Authorizations that may hold JWTs, which APIs take until they expire.")
    jwts_until = Time(allow_null=True)
    consequences = Names(help_text="In words.")


class Done(serializers.Serializer[Any]):
    what = Text()
    name = Text()
    before = Time()
    ended = Whole(help_text="How many authorizations this call ended where they are rows.")
    is_over = Flag(help_text="False: call again, with the same `before`.")


def _target(call: Call, given: dict[str, Any]) -> Target:
    """What is named, as far as the caller reaches. Raises `Problem`."""
    what = What(given["what"])
    if not call.caller.may(ACTS[what]):
        raise call.forbidden(ACTS[what])
    if wrong := [name for name in _NAMED if given.get(name, "").startswith(_TOKENS)]:
        raise invalid({name: ["This looks like a token, which does not belong here: inspect it."] for name in wrong})
    issuer = call.issuer
    if given.get("issuer"):
        issuer = find_issuer(call, given["issuer"])
    if what != What.ISSUER and issuer.pk != call.issuer.pk:
        raise invalid({"issuer": ["It is for everything of an issuer; for the rest call the API of that issuer."]})
    if what == What.PERSON and isinstance(call.caller, Machine) and not call.issuer.is_first:
        raise Problem("forbidden", "People belong to all issuers: only a token of the first one ends all that one has.")
    names = {name: given.get(name, "") for name in _NAMED}
    try:
        found = revocation.target(
            what, before=given.get("before"), issuer="" if issuer.is_first else issuer.identifier, **names
        )
    except NotFound as error:
        raise Problem("not-found", f"There is no such {error} at this issuer.") from None
    if what != What.PERSON and _issuer_of(found) != issuer.pk:
        raise Problem("not-found", f"There is no such {what.replace('_', ' of a ')} at this issuer.")
    return found


def _issuer_of(target: Target) -> Any:
    if target.family is not None:
        return target.family.client.issuer_id
    owner: Any = target.client or target.key or target.audience or target.scope
    return owner.issuer_id if owner is not None else target.issuer.pk if target.issuer else None


class RevocationPreview(Resource):
    @act("", "What a revocation would end, counted and in words; nothing ends.", takes=Named, gives=Preview)
    def post(self, call: Call) -> HttpResponse:
        radius = blast_radius.preview(_target(call, call.members()))
        return answer.body(_radius(radius))


class Revocations(Resource):
    @act(
        "",
        "Revoke. It takes effect with the next request on every server; nothing brings back what ended.",
        takes=Revocation,
        gives=Done,
    )
    def post(self, call: Call) -> HttpResponse:
        given = call.members()
        target = _target(call, given)
        if target.is_mass:
            call.caller.require_recent(call.request._request)
        done = revocation.run(target, given["reason"])
        told = {"what": target.what, "name": target.name, "before": time(target.before)}
        return answer.body({**told, "ended": done.ended, "is_over": done.is_over})


def _radius(radius: Radius) -> dict[str, Any]:
    target = radius.target
    counts = ("authorizations", "refresh_tokens", "access_tokens", "people", "sessions", "jwt_authorizations")
    return {
        "what": target.what,
        "name": target.name,
        "before": time(target.before),
        **{name: _count(getattr(radius, name)) for name in counts},
        "clients": [_share(share, share.owner.client_id) for share in radius.clients],
        "persons": [_share(share, str(share.owner.pk)) for share in radius.persons],
        "jwts_until": time(radius.jwts_until),
        "consequences": blast_radius.consequences(radius),
    }


def _count(number: Number) -> dict[str, Any]:
    return {"value": number.value, "is_more": number.is_more}


def _share(share: Share, name: str) -> dict[str, Any]:
    return {"name": name, "authorizations": share.authorizations, "access_tokens": share.access_tokens}
