"""How the answers of the management API are written. Nothing is kept by a cache: what is shown here is nobody else's business."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse

from oauth_server.api.v1.problem import MEDIA_TYPE, Problem


def body(found: Any, status: int = 200, more: Mapping[str, str] | None = None) -> HttpResponse:
    return HttpResponse(_text(found), status=status, content_type="application/json", headers=dict(more or {}))


def nothing() -> HttpResponse:
    response = HttpResponse(status=204)
    del response.headers["Content-Type"]
    return response


def refused(problem: Problem, base: str, trace_id: str) -> HttpResponse:
    text = _text(problem.body(base, trace_id))
    return HttpResponse(text, status=problem.rule.status, content_type=MEDIA_TYPE, headers=problem.headers)


def headers(trace_id: str) -> dict[str, str]:
    """Of every answer."""
    return {"X-Trace-Id": trace_id, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _text(found: Any) -> str:
    return json.dumps(found, separators=(",", ":"))


def time(moment: datetime | None) -> str | None:
    """RFC 3339, in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
