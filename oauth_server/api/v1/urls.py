"""The management API below `/api/v1`. Whatever is asked there is answered by a problem or by JSON; nothing redirects."""

import re

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from oauth_server import tracing
from oauth_server.api.v1 import answer, openapi
from oauth_server.api.v1.problem import RULES, Problem
from oauth_server.api.v1.resource import PATH, Route
from oauth_server.api.v1.routes import ROUTES
from oauth_server.conf import settings

_PROBLEM = re.compile(r"problems/([a-z-]+)", re.ASCII)


@login_not_required
@transaction.non_atomic_requests
@csrf_exempt
@sensitive_post_parameters()
@sensitive_variables()
def serve(request: HttpRequest, path: str = "", slug: str = "") -> HttpResponseBase:
    """An app may add paths when Django starts, so they are looked up when they are asked for.

    Credentials come and go here: an error report shows nothing that it, or what it calls, had in hand.
    """
    if not settings.MANAGEMENT_API:
        return _refused(request, Problem("not-found"))
    if path == "docs":
        return openapi.page(request)
    if described := _PROBLEM.fullmatch(path):
        return _problem(request, described[1])
    for route in ROUTES:
        if (names := match(route, path)) is not None:
            mount = request.path.removesuffix(path).rstrip("/")
            return route.resource.as_view()(request, slug=slug, mount=mount, **names)
    return _refused(request, Problem("not-found", "There is no such path."))


def match(route: Route, path: str) -> dict[str, str] | None:
    """The names in a path, if it is the route's."""
    wanted, given = route.path.split("/"), path.split("/")
    if len(wanted) != len(given) or not all(given):
        return None
    names: dict[str, str] = {}
    for part, value in zip(wanted, given, strict=True):
        if part.startswith("{"):
            names[part[1:-1]] = value
        elif part != value:
            return None
    return names


def _problem(request: HttpRequest, name: str) -> HttpResponse:
    """RFC 9457 §3.1.1: the `type` of a problem leads to its description."""
    rule = RULES.get(name)
    if rule is None or request.method not in {"GET", "HEAD"}:
        return _refused(
            request, Problem("not-found" if rule is None else "method-not-allowed", headers={"Allow": "GET"})
        )
    return _headed(request, answer.body({"rule": rule.rule, "status": rule.status, "title": rule.title}))


def _refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    return _headed(request, answer.refused(problem, PATH, tracing.trace_id(request.META)))


def _headed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    for name, value in answer.headers(tracing.trace_id(request.META)).items():
        response.headers[name] = value
    return response


urlpatterns: list[URLPattern] = [re_path(r"^(?P<path>(?s:.*))\Z", serve, name="management-api")]
