"""Ory Hydra's contract: `/admin/oauth2/auth/requests/consent`. What is granted is never more than was asked for."""

import json
from typing import Any

from django.http import HttpResponse

from oauth_server.api.hydra import challenges, wire
from oauth_server.api.hydra.gate import Call
from oauth_server.errors import InvalidScope
from oauth_server.models import Challenge
from oauth_server.policy import scopes
from oauth_server.policy.reach import reach

_KIND = Challenge.Kind.CONSENT
VERIFIER = "consent_verifier"
# What this server itself says in a token
_RESERVED = frozenset(
    "iss sub aud exp iat nbf jti auth_time nonce acr amr azp sid at_hash c_hash s_hash client_id scope cnf events".split()
)


def members(row: Challenge, value: str) -> dict[str, Any]:
    request = row.request
    return {
        **challenges.described(row, value),
        "acr": request["acr"],
        "amr": request["amr"],
        "consent_request_id": str(row.pk),
        "context": request["context"],
        "login_challenge": request["login_challenge"],
        "login_session_id": request["login_session_id"],
    }


def get(call: Call) -> HttpResponse:
    return wire.answer(members(*challenges.find(call, _KIND)))


def accept(call: Call) -> HttpResponse:
    row, value = challenges.find(call, _KIND)
    given = call.object()
    said = {
        "grant_scope": _scope(row, challenges.texts(given, "grant_scope")),
        "grant_access_token_audience": _audience(row, challenges.texts(given, "grant_access_token_audience")),
        "remember": challenges.flag(given, "remember"),
        "remember_for": challenges.seconds(given, "remember_for"),
        "context": given.get("context"),
        "session": _session(given.get("session")),
    }
    if "\\u0000" in json.dumps(said):
        raise wire.bad("A value holds a NUL.")
    return challenges.redirect(row, VERIFIER, challenges.answer(row, value, said))


def _scope(row: Challenge, names: list[str]) -> list[str]:
    try:
        found = list(scopes.parse(" ".join(names)))
    except InvalidScope as error:
        raise wire.bad(f"grant_scope: {error.description}") from None
    if not set(found) <= set(row.request["requested_scope"]):
        raise wire.bad("grant_scope is more than was requested.")
    return found


def _audience(row: Challenge, names: list[str]) -> list[str]:
    """The app may name an API that nobody asked for; what the client may not have, it cannot give."""
    client = challenges.client_of(row)
    if client is None:
        raise wire.not_found("The challenge")
    reached = reach(client)
    if not set(names) <= {*reached.audiences, reached.issuer}:
        raise wire.bad("grant_access_token_audience holds what the client may not ask for.")
    return names


def _session(given: Any) -> dict[str, dict[str, Any]]:
    found = {} if given is None else given
    if not isinstance(found, dict):
        raise wire.bad("session is not an object.")
    parts = {name: found.get(name) or {} for name in ("access_token", "id_token")}
    if not all(isinstance(part, dict) for part in parts.values()):
        raise wire.bad("session holds what is not an object.")
    kept = {name: value for name, value in parts["id_token"].items() if name not in _RESERVED}
    return {"access_token": parts["access_token"], "id_token": kept}


def reject(call: Call) -> HttpResponse:
    row, value = challenges.find(call, _KIND)
    return challenges.redirect(row, VERIFIER, challenges.answer(row, value, challenges.rejection(call)))
