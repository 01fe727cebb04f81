"""Ory Hydra's contract: `/admin/oauth2/introspect` and `/admin/oauth2/tokens`. Its client refuses one member of introspection too many."""

from typing import Any

from django.http import HttpResponse

from oauth_server.api.hydra import wire
from oauth_server.api.hydra.gate import Call
from oauth_server.deeds import client as deed
from oauth_server.errors import InvalidScope
from oauth_server.models import Client, Issuer
from oauth_server.policy import scopes
from oauth_server.tokens import lookup
from oauth_server.tokens.lookup import Found

_INACTIVE = {"active": False}


def introspect(call: Call) -> HttpResponse:
    if not call.body:
        raise wire.bad("The form is empty.")
    form = call.form()
    value = form.get("token")
    found = (lookup.access_token(value) or lookup.refresh_token(value)) if value else None
    if found is None or not found.active or found.issuer.pk != call.issuer.pk or not _covers(found, form.get("scope")):
        return wire.answer(_INACTIVE)
    return wire.answer(_describe(found, call.issuer))


def _covers(found: Found, asked: str) -> bool:
    try:
        return set(scopes.parse(asked)) <= set(found.scope.split())
    except InvalidScope:
        return False


def _describe(found: Found, issuer: Issuer) -> dict[str, Any]:
    """What Hydra's model has no member for is told in `ext`; what this server says of itself goes before what an app added."""
    family, issued = found.authorization, int(found.issued.timestamp())
    told = {
        "jti": found.jti,
        "auth_time": int(family.auth_time.timestamp()) if family.auth_time else 0,
        "acr": family.acr,
        "amr": list(family.amr),
        "authorization_details": found.authorization_details,
    }
    ext = {**family.extra.get("access_token", {}), **{name: value for name, value in told.items() if value}}
    body: dict[str, Any] = {
        "active": True,
        "client_id": found.client.client_id,
        "sub": found.sub,
        "exp": int(found.expires.timestamp()),
        "iat": issued,
        "nbf": issued,
        "aud": list(found.audiences),
        "iss": issuer.identifier,
        "token_type": "Bearer",
        "token_use": found.kind,
    }
    return body | {name: value for name, value in (("scope", found.scope), ("ext", ext)) if value}


def delete(call: Call) -> HttpResponse:
    """Access tokens that are stored; refresh tokens live on, as with Hydra, and so does a JWT until it expires."""
    client = Client.objects.select_related("issuer").filter(issuer=call.issuer, client_id=call.argument("client_id"))
    if (found := client.first()) is not None:
        deed.end_access_tokens(found)
    return wire.nothing()
