"""The Django side of the endpoints for machines: from an HttpRequest to the protocol's values and back."""

import ipaddress
from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from oauth_server.conf import settings
from oauth_server.endpoints.base import Endpoint, answer
from oauth_server.protocol import ProtocolRequest, trace_id_of


def view(endpoint: Endpoint) -> Callable[..., HttpResponse]:
    """Neither a host's LoginRequiredMiddleware, nor CSRF, nor ATOMIC_REQUESTS gets between a machine and its answer."""

    def protocol(request: HttpRequest, slug: str = "") -> HttpResponse:
        response = answer(endpoint, protocol_request(request, slug))
        body = b"" if request.method == "HEAD" else response.body
        django_response = HttpResponse(body, status=response.status)
        del django_response.headers["Content-Type"]
        for name, value in response.headers.items():
            django_response.headers[name] = value
        return django_response

    return login_not_required(transaction.non_atomic_requests(csrf_exempt(protocol)))


def protocol_request(request: HttpRequest, slug: str = "") -> ProtocolRequest:
    return ProtocolRequest(
        method=request.method or "",
        path=request.path_info,
        query=request.META.get("QUERY_STRING", "").encode("latin-1", "replace"),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=_body(request),
        host=request.get_host(),
        address=address(request),
        trace_id=trace_id_of(request.headers.get("traceparent", "")),
        slug=slug,
    )


def _body(request: HttpRequest) -> bytes:
    if request.method != "POST":
        return b""
    try:
        return request.body[: settings.MAX_BODY + 1]
    except (RequestDataTooBig, UnreadablePostError):
        return b"\x00" * (settings.MAX_BODY + 1)


def address(request: HttpRequest) -> str:
    """The peer's address; behind trusted proxies the last one in X-Forwarded-For that is not theirs."""
    peer = _address(request.META.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES:
        return peer
    for hop in reversed(request.headers.get("x-forwarded-for", "").split(",")):
        if not _is_trusted(peer):
            break
        peer = _address(hop.strip()) or peer
    return peer


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        return ""


def _is_trusted(value: str) -> bool:
    if not value:
        return True
    return any(ipaddress.ip_address(value) in ipaddress.ip_network(network) for network in settings.TRUSTED_PROXIES)
