"""Every address of the server: its answer names the trace of the request, and a refusal says what was wrong and where that is explained."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client as HTTP
from django.urls import URLPattern, URLResolver

from accounts import urls as people
from oauth_server import urls
from tests import factories
from tests.flows import FORM

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADERS = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
EXPLAINED = "https://docs.example.com/reference/errors.html"
# RFC 6749 §5.2
SAYABLE = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]{10,}", re.ASCII)


def addresses(patterns: Any, before: str = "/") -> Iterator[str]:
    for entry in patterns:
        route = before + re.sub(r"<[^>]+>", "x", re.sub(r"\\Z|\(\?:/\|/|[\^$?]", "", str(entry.pattern)))
        if isinstance(entry, URLResolver):
            # the endpoints below an issuer's path and Hydra's are these again, or have words of their own
            if not str(entry.pattern).startswith(("<slug", "^hydra")):
                yield from addresses(entry.url_patterns, route)
        elif isinstance(entry, URLPattern) and "(" not in route:
            yield route


@pytest.mark.bar("D6")
@pytest.mark.spec("RFC 6749", "5.2")
def test_every_answer_names_its_trace_and_every_refusal_its_rule(db: None, settings: Any) -> None:
    settings.OAUTH_SERVER = {
        **settings.OAUTH_SERVER, "ERROR_URI": EXPLAINED, "DYNAMIC_REGISTRATION": "open", "SESSION_MANAGEMENT": True,
        "MY_APPLICATIONS": "open",
    }  # fmt: skip
    factories.app()
    found = sorted({
        *addresses(urls.urlpatterns), *addresses(people.urlpatterns, "/account/"), "/livez", "/readyz", "/metrics",
    })  # fmt: skip
    assert len(found) > 70
    person = HTTP()
    person.force_login(factories.UserFactory(email="grace@example.org"))
    untraced, unexplained, refusals = [], [], 0
    for path in found:
        for http, method in ((HTTP(), "GET"), (HTTP(), "POST"), (person, "GET")):
            answer = http.generic(method, path, "", content_type=FORM, headers=HEADERS)
            if answer.headers.get("X-Trace-Id") != TRACE:
                untraced.append((method, path, answer.status_code))
            assert answer.status_code < 500, (method, path)
            if answer.headers.get("Content-Type") == "application/json" and answer.status_code >= 400:
                told = json.loads(answer.content)
                refusals += 1
                is_good = (
                    SAYABLE.fullmatch(told.get("error_description", ""))
                    and f"{EXPLAINED}#{told['error']}" == told["error_uri"]
                )
                if not is_good:
                    unexplained.append((method, path, told))
    assert untraced == []
    assert unexplained == []
    assert refusals > 8


@pytest.mark.bar("D6")
def test_without_the_middleware_of_the_standalone_project_too(db: None, settings: Any) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith("config.headers.")]
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "SESSION_MANAGEMENT": True}
    hydra = ("admin/clients", "health/alive", "nothing", "oauth2/auth", "oauth2/token", "oauth2/sessions/logout")
    others = ("livez", "oauth2/sessions/check", ".well-known/oauth-protected-resource", "api/v1/nothing", "oauth2/auth")
    for path in (*(f"hydra/{one}" for one in hydra), *others):
        for method in ("GET", "POST"):
            answer = HTTP().generic(method, f"/{path}", "", content_type=FORM, headers=HEADERS)
            assert answer.headers.get("X-Trace-Id") == TRACE, (method, path, answer.status_code)
