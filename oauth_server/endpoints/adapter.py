"""The Django side of the endpoints for machines: from an HttpRequest to the protocol's values and back."""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from oauth_server import audit, issuers, tracing
from oauth_server.conf import settings
from oauth_server.endpoints.base import Endpoint, answer
from oauth_server.protocol import ProtocolRequest

_REST = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


@lru_cache(maxsize=128)
def _variable(name: str) -> str:
    """RFC 3875 §4.1.18: the name of a header in an environ."""
    return _REST.get(name) or "HTTP_" + name.upper().replace("-", "_")


class Headers(Mapping[str, str]):
    """The headers in an environ by their names in lower case. Few are ever asked for, so none is copied."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        value: str = self._environ[_variable(name)]
        return value

    def get(self, name: str, default: Any = None) -> Any:
        return self._environ.get(_variable(name), default)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _variable(name) in self._environ

    def __iter__(self) -> Iterator[str]:
        prefixed = (key[5:] for key in self._environ if key.startswith("HTTP_"))
        yield from (key.replace("_", "-").lower() for key in prefixed)
        yield from (name for name, key in _REST.items() if self._environ.get(key))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def view(endpoint: Endpoint) -> Callable[..., HttpResponse]:
    """Neither a host's LoginRequiredMiddleware, nor CSRF, nor ATOMIC_REQUESTS gets between a machine and its answer.

    An error report shows nothing of the credentials that came, or were made.
    """

    @sensitive_post_parameters()
    @sensitive_variables()
    def protocol(
        request: HttpRequest, slug: str = "", issuer_path: str = "", client_id: str = "", issuer_id: object = None
    ) -> HttpResponse:
        slug = issuers.slug_at(issuer_path) if issuer_path else slug
        response = answer(endpoint, protocol_request(request, slug))
        body = b"" if request.method == "HEAD" else response.body
        django_response = HttpResponse(body, status=response.status, headers=dict(response.headers))
        if "Content-Type" not in response.headers:
            del django_response.headers["Content-Type"]
        return django_response

    return login_not_required(transaction.non_atomic_requests(csrf_exempt(protocol)))


def protocol_request(request: HttpRequest, slug: str = "") -> ProtocolRequest:
    return ProtocolRequest(
        method=request.method or "",
        path=request.path_info,
        query=request.META.get("QUERY_STRING", "").encode("latin-1", "replace"),
        headers=Headers(request.META),
        body=_body(request),
        host=_host(request),
        address=address(request),
        trace_id=tracing.trace_id(request.META),
        slug=slug,
    )


def person_origin(request: HttpRequest) -> audit.origin:
    """For a page: what is recorded inside names the person, the address and the trace."""
    return audit.origin(
        actor=str(request.user.pk or ""),
        address=address(request),
        trace_id=tracing.trace_id(request.META),
    )


def _host(request: HttpRequest) -> str:
    """Empty for a host that ALLOWED_HOSTS does not name: no issuer lives there."""
    try:
        return request.get_host()
    except DisallowedHost:
        return ""


def _body(request: HttpRequest) -> bytes:
    """At most one byte more than MAX_BODY, whatever was announced."""
    too_large = b"\x00" * (settings.MAX_BODY + 1)
    if request.method not in {"POST", "PUT", "PATCH"}:
        return b""
    if _announced(request) > settings.MAX_BODY:
        return too_large
    try:
        return request.body[: settings.MAX_BODY + 1]
    except (RequestDataTooBig, UnreadablePostError):
        return too_large


def _announced(request: HttpRequest) -> int:
    return announced(request.META.get("CONTENT_LENGTH") or "") or 0


def announced(content_length: str) -> int | None:
    """The number in a Content-Length; None where there is none. A number beyond all sizes counts as the largest of them."""
    if not (content_length.isascii() and content_length.isdigit()):
        return None
    return int(content_length[:18])


# An address in X-Forwarded-For; some proxies add the port
_HOP = re.compile(
    r"\[(?P<bracketed>[0-9a-fA-F:.]{2,45})\](?::\d{1,5})?|(?P<v4>[0-9.]{7,15})(?::\d{1,5})?|(?P<v6>[0-9a-fA-F:.]{2,45})"
)


def address(request: HttpRequest) -> str:
    """Where a request came from."""
    return address_of(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def address_of(peer: str, forwarded: str) -> str:
    """The peer's address; behind trusted proxies the last one in X-Forwarded-For that is not theirs.

    A hop that is no address ends the search: what stands left of it, nobody who is trusted has written.
    """
    peer = _peer(peer)
    if not settings.TRUSTED_PROXIES:
        return peer
    for hop in reversed(forwarded.split(",")):
        before = _address(hop.strip())
        if not before or not _is_trusted(peer):
            break
        peer = before
    return peer


def _address(value: str) -> str:
    """In its usual form; an IPv4 address in IPv6 clothes as IPv4. Empty when it is none."""
    match = _HOP.fullmatch(value)
    try:
        found = ipaddress.ip_address(next(filter(None, match.groups())) if match else "")
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)


_peer = lru_cache(maxsize=1024)(_address)


def _is_trusted(value: str) -> bool:
    """A peer without an address came over a socket of this machine."""
    return not value or any(ipaddress.ip_address(value) in network for network in _networks(*settings.TRUSTED_PROXIES))


@lru_cache(maxsize=8)
def _networks(*names: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(name, strict=False) for name in names]
