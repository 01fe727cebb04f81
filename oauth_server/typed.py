"""WCAG 2.2 §3.3.7 (Redundant Entry): what was typed into a form that is valid no longer waits for its page, but for secrets."""

import json
import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from oauth_server import seal, uris

PURPOSE = "typed"
_COOKIE = "oauth_server_typed"
_SECRET = re.compile(r"pass|code|secret|token|credential|^next$", re.IGNORECASE)
# Enough for a form of people's, and less than a cookie may be
_LONGEST = 1500
_AGE = 300


def keep(request: HttpRequest, response: HttpResponse) -> None:
    """For the page itself alone, and only where its own form sent it: another site's fills in nothing here."""
    if uris.split(request.headers.get("origin", "")).netloc != request.get_host():
        return
    typed = {name: value for name, value in request.POST.items() if value and not _SECRET.search(name)}
    held = json.dumps([request.path, typed]).encode()
    if typed and len(held) <= _LONGEST:
        response.set_cookie(
            _COOKIE,
            seal.to_cookie(PURPOSE, held),
            max_age=_AGE,
            secure=bool(settings.SESSION_COOKIE_SECURE),
            httponly=True,
            samesite="Lax",
            path=request.path,
        )


def of(request: HttpRequest) -> dict[str, Any]:
    sealed = request.COOKIES.get(_COOKIE, "")
    try:
        path, typed = json.loads(seal.from_cookie(PURPOSE, sealed)) if sealed else ("", {})
    except (seal.Unreadable, ValueError):
        return {}
    return typed if path == request.path and request.method == "GET" else {}


def initial(request: HttpRequest, fields: Iterable[str]) -> dict[str, Any]:
    """For a form with these fields: what was typed, and a box that was not ticked stays so. Empty where nothing waits."""
    found = of(request)
    return {name: found.get(name, "") for name in fields} if found else {}
