"""Ory Hydra's contract: `/admin/oauth2/auth/requests/device`: the app took the code of a device from a person (RFC 8628 §3.3)."""

from urllib.parse import urlencode

from django.http import HttpResponse

from oauth_server import issuers, limits
from oauth_server.api.hydra import challenges, wire
from oauth_server.api.hydra.gate import Call
from oauth_server.conf import settings
from oauth_server.endpoints.device_headless import VERIFIER, VERIFY_PATH
from oauth_server.models import Challenge
from oauth_server.tokens import device, user_code


def accept(call: Call) -> HttpResponse:
    row, value = challenges.find(call, Challenge.Kind.DEVICE)
    code = user_code.read(challenges.text(call.object(), "user_code"))
    try:
        # RFC 8628 §5.1: counted before it is looked at
        limits.take_spaced(
            settings.USER_CODE_FAILURES, settings.DEVICE_CODE_LIFETIME, "user_code_challenge", str(row.pk)
        )
    except limits.TooManyAttempts as error:
        headers = {"Retry-After": str(error.retry_after)}
        raise wire.Refusal(429, "invalid_request", "Too many wrong codes.", headers) from None
    asking = device.behind(call.issuer, code) if code and device.enter(call.issuer, code) else None
    if asking is None or asking.user_id is not None:
        raise wire.bad("user_code is unknown, used or expired.")
    verifier = challenges.answer(row, value, {}, device=asking)
    url = issuers.url(call.issuer, VERIFY_PATH)
    return wire.answer({"redirect_to": f"{url}?{urlencode({VERIFIER: verifier})}"})
