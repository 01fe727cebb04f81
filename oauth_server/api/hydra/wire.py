"""Ory Hydra's contract: how answers and refusals are written. Flat JSON everywhere, times with their zone, nothing kept by a cache."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse

_NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Refusal(Exception):
    """A refusal as it goes on the wire. `body`: instead of error and description."""

    def __init__(
        self,
        status: int,
        error: str,
        description: str,
        headers: Mapping[str, str] | None = None,
        *,
        body: Mapping[str, Any] | None = None,
    ) -> None:
        self.status = status
        self.body = body or {"error": error, "error_description": description}
        self.headers = dict(headers or {})
        super().__init__(f"{status} {error}: {description}")


def not_found(what: str = "The resource") -> Refusal:
    return Refusal(404, "not_found", f"{what} does not exist.")


def bad(description: str) -> Refusal:
    return Refusal(400, "invalid_request", description)


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    text = json.dumps(body, separators=(",", ":"))
    return HttpResponse(text, status=status, content_type="application/json", headers={**_NO_STORE, **(headers or {})})


def nothing() -> HttpResponse:
    """204, with nothing that says what kind of nothing it is."""
    response = HttpResponse(status=204, headers=dict(_NO_STORE))
    del response.headers["Content-Type"]
    return response


def refused(refusal: Refusal) -> HttpResponse:
    return answer(refusal.body, refusal.status, refusal.headers)


def time(moment: datetime) -> str:
    """RFC 3339; the client refuses a time without zone."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
