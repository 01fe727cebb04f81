"""OpenAPI 3.1: the document of this API (made by `docs/openapi.py`), and the page on which staff try it.

An app that is not installed takes its part with it.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse

from oauth_server import issuers, pages
from oauth_server.api.v1 import answer
from oauth_server.api.v1.act import act
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.resource import PATH, Resource

# The files of Swagger UI, from the extra `api`
SIDECAR = "drf_spectacular_sidecar"


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """What is mounted here."""
    from oauth_server.api.v1.routes import ROUTES

    found: dict[str, Any] = json.loads((Path(__file__).parent / "openapi.json").read_text())
    mounted = {f"/{route.path}" for route in ROUTES}
    return {**found, "paths": {path: told for path, told in found["paths"].items() if path in mounted}}


class Document(Resource):
    @act("", "This document.", sends="application/json")
    def get(self, call: Call) -> HttpResponse:
        return answer.body({**document(), "servers": [{"url": issuers.url(call.issuer, PATH)}]})


@login_not_required
@pages.page()
def page(request: HttpRequest) -> HttpResponseBase:
    """Swagger UI, for staff; what they do there, they do with their own roles."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not user.is_staff or not user.is_active or not apps.is_installed(SIDECAR):
        raise Http404
    return TemplateResponse(request, "oauth_server/api.html", {"csrf": get_token(request)})
