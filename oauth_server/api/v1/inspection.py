"""RFC 7662, for operators, `/tokens`: what a pasted value is, why it is dead, its family, what became of it; and its end.

The value comes in the body, and is in no answer, no log and no address.
"""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers

from oauth_server.api.v1 import answer, audit_event
from oauth_server.api.v1.act import act
from oauth_server.api.v1.answer import time
from oauth_server.api.v1.audit_event import AuditMembers
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.caller import Machine
from oauth_server.api.v1.members import Flag, Members, Names, Text, Time
from oauth_server.api.v1.problem import Problem, invalid
from oauth_server.api.v1.resource import Resource
from oauth_server.deeds import inspection as deed
from oauth_server.deeds.inspection import Inspected
from oauth_server.keys import jose
from oauth_server.models import AccessToken, Authorization, RefreshToken
from oauth_server.tokens import revoke


class Pasted(Members):
    value = Text(
        filled=True,
        max_length=jose.MAX_LENGTH,
        help_text="A token, a code, the jti of a JWT, or the ID of an authorization.",
    )


class Ending(Members):
    value = Text(required=False, filled=True, max_length=jose.MAX_LENGTH, help_text="A token or code.")
    jti = Text(required=False, filled=True, max_length=64, help_text="Of a JWT that nobody has at hand.")
    reason = Text(filled=True, max_length=500, help_text="For the audit log.")


class AuthorizationMembers(serializers.Serializer[Any]):
    id = Text()
    client_id = Text()
    person = Text(allow_null=True, help_text="The ID of the person; null for a client's own.")
    sub = Text()
    scope = Text()
    audiences = Names()
    authorization_details = serializers.ListField(child=serializers.DictField(), help_text="RFC 9396.")
    session = Text(allow_null=True, help_text="The ID of the sign-in.")
    # the framework keeps the members of a class elsewhere than its own attributes
    parent = Text(  # type: ignore[assignment]
        allow_null=True, help_text="The authorization that it was made from by exchange."
    )
    created_at = Time()
    expires_at = Time()
    revoked_at = Time(allow_null=True)
    why = Text(help_text="What makes it dead; empty while it lives.")


class TokenMembers(serializers.Serializer[Any]):
    scope = Text()
    created_at = Time()
    expires_at = Time()
    revoked_at = Time(allow_null=True)
    used_at = Time(allow_null=True, help_text="When a refresh token was exchanged for the next.")


class InspectedMembers(serializers.Serializer[Any]):
    kind = Text(help_text="access_token, refresh_token, authorization_code, id_token, jwt, jti or authorization.")
    active = Flag(allow_null=True, help_text="null: it cannot be said.")
    why = Text(allow_null=True, help_text="What makes it inactive.")
    header = serializers.DictField(help_text="Of a JWT, whoever signed it.")
    claims = serializers.DictField(help_text="Of a JWT, whoever signed it.")
    signed_by = Text(allow_null=True, help_text="The kid of our key, if its signature is good.")
    problem = Text(help_text="Why its signature is invalid.")
    scope = Text(allow_null=True)
    audiences = Names()
    authorization_details = serializers.ListField(child=serializers.DictField(), help_text="RFC 9396.")
    issued_at = Time(allow_null=True)
    expires_at = Time(allow_null=True)
    authorization = AuthorizationMembers(allow_null=True)
    refresh_tokens = TokenMembers(many=True, help_text="The newest, without their values.")
    access_tokens = TokenMembers(many=True, help_text="The newest that are stored, without their values.")
    exchanged = Names(help_text="The authorizations made from it.")
    history = AuditMembers(many=True, help_text="Of its client and person; empty for who may not see the audit log.")


class Ended(serializers.Serializer[Any]):
    revoked = Flag(help_text="Whether it is this call that ended it.")


def _found(call: Call, value: str) -> Inspected:
    """Raises `Problem`: of another issuer there is nothing to be seen by a token of this one."""
    found = deed.inspect(value)
    owner = None
    if found is not None:
        owner = found.family.client.issuer_id if found.family else found.signer.issuer_id if found.signer else None
    is_elsewhere = owner is not None and owner != call.issuer.pk and isinstance(call.caller, Machine)
    if found is None or is_elsewhere:
        raise Problem("not-found", "This server has not issued it, or has forgotten it.")
    return found


class Inspection(Resource):
    @act(
        "oauth_server.view_authorization",
        "What a pasted value is. Whoever looks is on record.",
        takes=Pasted,
        gives=InspectedMembers,
    )
    def post(self, call: Call) -> HttpResponse:
        found = _found(call, call.members()["value"])
        deed.record(found)
        return answer.body({**_described(found), **_around(call, found.family)})


def _described(found: Inspected) -> dict[str, Any]:
    credential = found.found
    is_ours = found.signer is not None and not found.problem
    return {
        "kind": found.kind,
        "active": None if found.why is None else not found.why,
        "why": found.why,
        "header": dict(found.header),
        "claims": dict(found.claims),
        "signed_by": found.signer.kid if found.signer and is_ours else None,
        "problem": found.problem,
        "scope": credential.scope if credential else found.family.scope if found.family else None,
        "audiences": list(credential.audiences if credential else found.family.audiences if found.family else ()),
        "authorization_details": (
            credential.authorization_details if credential else found.family.details if found.family else []
        ),
        "issued_at": time(credential.issued if credential else None),
        "expires_at": time(credential.expires if credential else None),
    }


def _around(call: Call, family: Authorization | None) -> dict[str, Any]:
    if family is None:
        return {"authorization": None, "refresh_tokens": [], "access_tokens": [], "exchanged": [], "history": []}
    tree = deed.tree(family)
    sees_log = call.caller.may("oauth_server.view_auditevent")
    return {
        "authorization": _authorization(family),
        "refresh_tokens": [_token(row) for row in tree.refresh_tokens],
        "access_tokens": [_token(row) for row in tree.access_tokens],
        "exchanged": [str(row.pk) for row in tree.exchanged],
        "history": [_event(call, row) for row in deed.history(family)] if sees_log else [],
    }


def _event(call: Call, row: Any) -> dict[str, Any]:
    found = audit_event.describe(row)
    return {**found, "etag": call.tag(found)}


def _authorization(row: Authorization) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "client_id": row.client.client_id,
        "person": None if row.user_id is None else str(row.user_id),
        "sub": row.sub,
        "scope": row.scope,
        "audiences": list(row.audiences),
        "authorization_details": row.details,
        "session": None if row.session_id is None else str(row.session_id),
        "parent": None if row.parent_id is None else str(row.parent_id),
        "created_at": time(row.created),
        "expires_at": time(row.expires_at),
        "revoked_at": time(row.revoked_at),
        "why": deed.why(row),
    }


def _token(row: AccessToken | RefreshToken) -> dict[str, Any]:
    return {
        "scope": row.scope,
        "created_at": time(row.created),
        "expires_at": time(row.expires),
        "revoked_at": time(row.revoked),
        "used_at": time(getattr(row, "used_at", None)),
    }


class TokenRevocation(Resource):
    @act(
        "oauth_server.delete_authorization",
        "End an access token alone; with a refresh token or a code all that hangs on its authorization (RFC 7009 §2.1).",
        takes=Ending,
        gives=Ended,
    )
    def post(self, call: Call) -> HttpResponse:
        given = call.members()
        if ("value" in given) == ("jti" in given):
            raise invalid({"value": ["Give either the value or its jti."]})
        if "jti" in given:
            return answer.body({"revoked": self._by_jti(call, given["jti"], given["reason"])})
        found = _found(call, given["value"])
        if found.found is None:
            raise invalid({"value": ["It is no token or code that can be ended."]})
        was_active = found.found.active
        revoke.found(found.found, given["reason"])
        return answer.body({"revoked": was_active})

    def _by_jti(self, call: Call, jti: str, reason: str) -> bool:
        if isinstance(call.caller, Machine) and not call.issuer.is_first:
            raise Problem(
                "forbidden", "Of a jti alone nobody can say whose it is: that takes a token of the first issuer."
            )
        found = deed.inspect(jti)
        if found is None or found.kind != "jti":
            raise invalid({"jti": ["It is not the jti of a JWT access token of this server."]})
        return deed.revoke_jti(jti, reason)
