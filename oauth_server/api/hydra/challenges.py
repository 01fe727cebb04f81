"""Ory Hydra's contract: what login, consent, device and logout requests have in common: found once, answered once, rejected alike."""

import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from oauth_server.api.hydra import client_members, wire
from oauth_server.api.hydra.gate import Call
from oauth_server.errors import AccessDenied
from oauth_server.interaction import challenge, handoff
from oauth_server.models import Challenge, Client

# RFC 6749 §4.1.2.1
_CODE = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]{1,100}", re.ASCII)
_NOT_DESCRIBABLE = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]", re.ASCII)
_LONGEST = 1_000


def find(call: Call, kind: Challenge.Kind) -> tuple[Challenge, str]:
    """The challenge that waits, and its value. Raises `wire.Refusal`: 404, or 410 for one that was answered."""
    value = call.argument(f"{kind.value}_challenge", "challenge")
    try:
        return challenge.find(kind, call.issuer, value), value
    except challenge.Used as used:
        raise gone(used.row) from None
    except challenge.Unknown:
        raise wire.not_found("The challenge") from None


def gone(row: Challenge) -> wire.Refusal:
    return wire.Refusal(410, "", "", body={"redirect_to": row.request.get("request_url", "")})


def answer(row: Challenge, value: str, said: Mapping[str, Any], **columns: Any) -> str:
    """The verifier. Raises `wire.Refusal` where somebody else was faster."""
    try:
        return challenge.answer(row, value, said, **columns)
    except challenge.Used as used:
        raise gone(used.row) from None


def redirect(row: Challenge, name: str, verifier: str) -> HttpResponse:
    """To the authorization endpoint, with the verifier."""
    if row.interaction is None:
        raise wire.not_found("The challenge")
    return wire.answer({"redirect_to": handoff.request_url(row.interaction, **{name: verifier})})


def rejection(call: Call) -> dict[str, str]:
    """What the client will be told. The sample app sends the JSON value null."""
    given = call.object(empty=True)
    code = given.get("error") or AccessDenied.error
    parts = [given.get(name) for name in ("error_description", "error_hint", "error_debug")]
    if not isinstance(code, str) or any(part is not None and not isinstance(part, str) for part in parts):
        raise wire.bad("error and its descriptions are strings.")
    if not _CODE.fullmatch(code):
        raise wire.bad("error holds a character that an error code cannot have.")
    text = " ".join(part for part in parts if part) or AccessDenied.default
    return {"error": code, "error_description": _NOT_DESCRIBABLE.sub("'", text)[:_LONGEST]}


def described(row: Challenge, value: str) -> dict[str, Any]:
    """What login and consent requests have in common. Raises `wire.Refusal` where the client is gone."""
    client = client_of(row)
    if client is None:
        raise wire.not_found("The challenge")
    request = row.request
    return {
        "challenge": value,
        "client": client_members.describe(client),
        "request_url": request["request_url"],
        "requested_scope": request["requested_scope"],
        "requested_access_token_audience": request["requested_access_token_audience"],
        "oidc_context": request["oidc_context"],
        "skip": request["skip"],
        "subject": request["subject"],
    }


def client_of(row: Challenge) -> Client | None:
    """With what its description needs; None for one that is gone or off."""
    if row.client_id is None:
        return None
    rows = Client.objects.select_related("issuer").prefetch_related("scopes", "audiences")
    return rows.filter(pk=row.client_id, enabled=True).first()


def text(given: Mapping[str, Any], name: str, longest: int = 255) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise wire.bad(f"{name} is not a string, or too long.")
    return value


def flag(given: Mapping[str, Any], name: str) -> bool:
    value = given.get(name)
    if not isinstance(value, bool | None):
        raise wire.bad(f"{name} is neither true nor false.")
    return bool(value)


def seconds(given: Mapping[str, Any], name: str) -> int:
    value = given.get(name)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise wire.bad(f"{name} is not a number of seconds.")
    return value


def texts(given: Mapping[str, Any], name: str) -> list[str]:
    value = given.get(name)
    if value is None:
        return []
    if (
        not isinstance(value, list)
        or any(not isinstance(one, str) or "\x00" in one for one in value)
        or len(value) > 100
    ):
        raise wire.bad(f"{name} is not a list of strings.")
    return list(dict.fromkeys(value))
