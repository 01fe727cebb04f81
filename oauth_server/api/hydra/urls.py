"""Ory Hydra's contract below `/hydra`, with and without a slash at the end: a redirect would turn its client's POST into a GET.

Pages for people keep the protection of their own views; everything else is one view, whose every answer is JSON.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from oauth_server import tracing
from oauth_server.api.hydra import gate, health, public, wire
from oauth_server.api.hydra.routes import ROUTES
from oauth_server.conf import settings
from oauth_server.endpoints import adapter, authorize, device, logout

_ADMIN = "admin/"
_HEALTH = {"health/alive": health.alive, "health/ready": health.ready, "version": health.version}


@login_not_required
@transaction.non_atomic_requests
@csrf_exempt
@sensitive_post_parameters()
@sensitive_variables()
@tracing.named
def serve(request: HttpRequest, path: str = "", slug: str = "") -> HttpResponse:
    if not settings.HYDRA_API:
        return wire.refused(wire.not_found())
    if path.startswith(_ADMIN):
        return gate.serve(request, slug, path.removeprefix(_ADMIN), ROUTES)
    path = path.removesuffix("/")
    if path in _HEALTH and request.method in {"GET", "HEAD"}:
        return _HEALTH[path]()
    endpoint = public.find(path)
    if endpoint is None:
        return wire.refused(wire.not_found())
    asked = adapter.protocol_request(request, slug)
    found = public.serve(asked, path, endpoint)
    if not found.body and found.status in {404, 405}:
        missing = wire.not_found() if found.status == 404 else wire.bad("The method is not allowed here.")
        return wire.answer(missing.body, found.status, found.headers)
    response = HttpResponse(
        b"" if request.method == "HEAD" else found.body, status=found.status, headers=dict(found.headers)
    )
    if "Content-Type" not in found.headers:
        del response.headers["Content-Type"]
    return response


def _if_on(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def call(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return view(request, **kwargs) if settings.HYDRA_API else serve(request)

    return call


urlpatterns: list[URLPattern] = [
    re_path(r"^oauth2/auth/?$", _if_on(authorize.authorize), name="hydra-authorize"),
    re_path(r"^oauth2/sessions/logout/?$", _if_on(logout.logout), name="hydra-logout"),
    re_path(r"^oauth2/device/verify/?$", _if_on(device.verify), name="hydra-device-verify"),
    re_path(r"^(?P<path>(?s:.*))\Z", serve, name="hydra"),
]
