"""Ory Hydra's contract: `/admin/oauth2/auth/requests/logout`."""

from typing import Any

from django.http import HttpResponse

from oauth_server.api.hydra import challenges, client_members, wire
from oauth_server.api.hydra.gate import Call
from oauth_server.logout import headless
from oauth_server.models import Challenge

_KIND = Challenge.Kind.LOGOUT


def get(call: Call) -> HttpResponse:
    row, value = challenges.find(call, _KIND)
    body: dict[str, Any] = {
        "challenge": value,
        "subject": str(row.user_id),
        "sid": str(row.session_id or ""),
        "request_url": row.request["request_url"],
        "rp_initiated": row.request["rp_initiated"],
        "requested_at": wire.time(row.created),
        "expires_at": wire.time(row.expires),
    }
    client = challenges.client_of(row)
    return wire.answer({**body, "client": client_members.describe(client)} if client is not None else body)


def accept(call: Call) -> HttpResponse:
    row, value = challenges.find(call, _KIND)
    verifier = challenges.answer(row, value, {})
    return wire.answer({"redirect_to": headless.onward(call.issuer, verifier)})


def reject(call: Call) -> HttpResponse:
    row, value = challenges.find(call, _KIND)
    challenges.answer(row, value, challenges.rejection(call))
    return wire.nothing()
