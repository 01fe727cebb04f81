"""Ory Hydra's contract: `/admin/keys`. Its own server answers private keys; here an answer has the public half alone."""

from typing import Any

from django.http import HttpResponse

from oauth_server.api.hydra import challenges, key_members, wire
from oauth_server.api.hydra.gate import Call
from oauth_server.deeds import key_set as deed
from oauth_server.deeds.invalid import Taken
from oauth_server.deeds.key_set import InUse, Invalid


def _set(keys: list[dict[str, Any]], status: int = 200) -> HttpResponse:
    return wire.answer({"keys": [key_members.of_key(key) for key in keys]}, status)


def _refused(error: Exception) -> wire.Refusal:
    if isinstance(error, Invalid):
        return wire.bad(str(error))
    if isinstance(error, Taken):
        return wire.Refusal(409, "conflict", "Another key has this kid.")
    return wire.Refusal(409, "conflict", "A key that signs, or is not published long enough, is in the way.")


def get_set(call: Call, key_set: str) -> HttpResponse:
    found = deed.of(call.issuer, _name(key_set))
    if not found:
        raise wire.not_found("The set")
    return _set(found)


def _name(value: str) -> str:
    if "\x00" in value or len(value) > 255:
        raise wire.not_found("The set")
    return value


def get(call: Call, key_set: str, kid: str) -> HttpResponse:
    found = [key for key in deed.of(call.issuer, _name(key_set)) if key["kid"] == kid]
    if not found:
        raise wire.not_found("The key")
    return _set(found)


def create(call: Call, key_set: str) -> HttpResponse:
    given = call.object()
    algorithm, kid = challenges.text(given, "alg"), challenges.text(given, "kid")
    use = challenges.text(given, "use") or "sig"
    try:
        return _set([deed.create(call.issuer, _name(key_set), algorithm, kid, use)], 201)
    except (Invalid, Taken, InUse) as error:
        raise _refused(error) from None


def put(call: Call, key_set: str, kid: str) -> HttpResponse:
    given = call.object()
    if given.get("kid") != kid:
        raise wire.bad("The kid is not the one of the path.")
    try:
        return wire.answer(key_members.of_key(deed.put(call.issuer, _name(key_set), given)))
    except (Invalid, Taken, InUse) as error:
        raise _refused(error) from None


def replace(call: Call, key_set: str) -> HttpResponse:
    keys = call.object().get("keys")
    if not isinstance(keys, list) or len(keys) > 50 or not all(isinstance(one, dict) for one in keys):
        raise wire.bad("keys is not a list of at most 50 keys.")
    try:
        return _set(deed.replace(call.issuer, _name(key_set), keys))
    except (Invalid, Taken, InUse) as error:
        raise _refused(error) from None


def delete(call: Call, key_set: str, kid: str = "") -> HttpResponse:
    try:
        there = deed.delete(call.issuer, _name(key_set), _name(kid))
    except InUse as error:
        raise _refused(error) from None
    if kid and not there:
        raise wire.not_found("The key")
    return wire.nothing()
