"""Ory Hydra's contract: `/admin/oauth2/auth/requests/login`. The app says who signs in; that it is so, it has to know."""

import json
from typing import Any

from django.http import HttpResponse

from oauth_server.api.hydra import challenges, wire
from oauth_server.api.hydra.gate import Call
from oauth_server.interaction import handoff
from oauth_server.models import Challenge
from oauth_server.policy import people

_KIND = Challenge.Kind.LOGIN
VERIFIER = "login_verifier"


def get(call: Call) -> HttpResponse:
    row, value = challenges.find(call, _KIND)
    return wire.answer({**challenges.described(row, value), "session_id": row.request["session_id"]})


def accept(call: Call) -> HttpResponse:
    row, value = challenges.find(call, _KIND)
    said = _read(call.object())
    if row.request["skip"] and said["subject"] != row.request["subject"]:
        # somebody else has to show who they are: the same request once more
        challenges.answer(row, value, said)
        if row.interaction is None:
            raise wire.not_found("The challenge")
        return wire.answer({"redirect_to": handoff.request_url(row.interaction, prompt="login")})
    user = people.by_subject(said["subject"])
    if user is None or not people.may_use(user, call.issuer):
        raise wire.bad("subject is not the sub of an active person.")
    return challenges.redirect(row, VERIFIER, challenges.answer(row, value, said, user=user))


def _read(given: dict[str, Any]) -> dict[str, Any]:
    """Raises `wire.Refusal`."""
    said = {
        "subject": challenges.text(given, "subject"),
        "remember": challenges.flag(given, "remember"),
        "remember_for": challenges.seconds(given, "remember_for"),
        "extend_session_lifespan": challenges.flag(given, "extend_session_lifespan"),
        "acr": challenges.text(given, "acr"),
        "amr": challenges.texts(given, "amr"),
        "context": given.get("context") or {},
    }
    if not said["subject"]:
        raise wire.bad("subject is missing.")
    if challenges.text(given, "force_subject_identifier"):
        # a client's sub is this server's to choose: `subject_type` of the client does
        raise wire.bad("force_subject_identifier is not supported.")
    challenges.text(given, "identity_provider_session_id")
    if "\\u0000" in json.dumps(said["context"]):
        raise wire.bad("context holds a NUL.")
    return said


def reject(call: Call) -> HttpResponse:
    row, value = challenges.find(call, _KIND)
    return challenges.redirect(row, VERIFIER, challenges.answer(row, value, challenges.rejection(call)))
