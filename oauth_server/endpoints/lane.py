"""The WSGI side of the endpoints for machines: from an environ to the protocol's values and back, without Django's handler.

The same endpoints on the same values as the Django views, so the same rules; everything else goes on to the wrapped application.
"""

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.dispatch import receiver
from django.http.request import split_domain_port, validate_host
from django.views.decorators.debug import sensitive_variables

from oauth_server import issuers, tracing, uris
from oauth_server.conf import settings
from oauth_server.endpoints import (
    device_authorization,
    health,
    introspect,
    jwks,
    metadata,
    pushed,
    revoke,
    token,
    userinfo,
)
from oauth_server.endpoints.adapter import Headers, address_of, announced
from oauth_server.endpoints.base import Endpoint, answer, broken
from oauth_server.protocol import ProtocolRequest, ProtocolResponse

# That of Django's handler, so that faults go where the project sends them
logger = logging.getLogger("django.request")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

ENDPOINTS: dict[str, Endpoint] = {
    token.PATH: token.endpoint,
    pushed.PATH: pushed.endpoint,
    device_authorization.PATH: device_authorization.endpoint,
    introspect.PATH: introspect.endpoint,
    revoke.PATH: revoke.endpoint,
    userinfo.PATH: userinfo.endpoint,
    metadata.OPENID_PATH: metadata.endpoint,
    metadata.OAUTH_PATH: metadata.endpoint,
    jwks.PATH: jwks.endpoint,
}
# What Django allows with DEBUG and without ALLOWED_HOSTS
_LOCAL = (".localhost", "127.0.0.1", "[::1]")
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_SLUG = re.compile(r"/([a-z0-9][a-z0-9-]{0,62})(/.+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Site:
    """What the project's settings say of every request; read once, because Django's settings take a microsecond for each answer."""

    redirects: bool
    proxy_ssl_header: tuple[str, str] | None
    strict_transport_security: str
    use_forwarded_host: bool
    allowed_hosts: tuple[str, ...]


@cache
def _site() -> Site:
    allowed = django_settings.ALLOWED_HOSTS or (_LOCAL if django_settings.DEBUG else ())
    return Site(
        redirects=django_settings.SECURE_SSL_REDIRECT,
        proxy_ssl_header=django_settings.SECURE_PROXY_SSL_HEADER,
        strict_transport_security=_strict_transport_security(),
        use_forwarded_host=django_settings.USE_X_FORWARDED_HOST,
        allowed_hosts=tuple(allowed),
    )


@receiver(setting_changed)
def _forget_site(**_: Any) -> None:
    _site.cache_clear()


def wrap(application: Application) -> Application:
    """A WSGI application that answers these few paths itself."""

    def call(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        found, slug = _endpoint(environ)
        site = _site()
        is_secure = _is_secure(environ, site)
        if found is None and (about := _of_health(environ)) is not None:
            start_response(
                _STATUS_LINES[about.status], [*about.headers.items(), ("X-Trace-Id", tracing.trace_id(environ))]
            )
            return [about.body]
        if found is None or (site.redirects and not is_secure):
            return application(environ, start_response)
        _look_at_connections()
        if slug and not _is_issuers(environ, slug):
            return application(environ, start_response)
        request = _request(environ, slug)
        response = _answered(found, request)
        body = b"" if request.method == "HEAD" else response.body
        headers = [*response.headers.items(), ("Content-Length", str(len(body)))]
        if is_secure and site.strict_transport_security:
            headers.append(("Strict-Transport-Security", site.strict_transport_security))
        start_response(_STATUS_LINES[response.status], headers)
        return [body]

    return call


@sensitive_variables()
def _answered(endpoint: Endpoint, request: ProtocolRequest) -> ProtocolResponse:
    try:
        return answer(endpoint, request)
    except Exception:
        more = {"status_code": 500, "trace_id": request.trace_id}
        logger.exception("Internal Server Error: %s", request.path, extra=more)
        return broken(request)


def _look_at_connections() -> None:
    """What Django does at `request_started`: one that is broken or too old is closed. To ask which are open costs more than to make one."""
    several = len(connections.settings) > 1
    for connection in connections.all(initialized_only=True) if several else (connections[DEFAULT_DB_ALIAS],):
        connection.close_if_unusable_or_obsolete()


def _of_health(environ: Environ) -> ProtocolResponse | None:
    """A probe knows the process, neither the host's name nor https."""
    if environ["REQUEST_METHOD"] != "GET" or environ.get("PATH_INFO", "") not in health.PATHS:
        return None
    _look_at_connections()
    return health.answer(environ["PATH_INFO"], environ.get("HTTP_AUTHORIZATION", ""))


def _endpoint(environ: Environ) -> tuple[Endpoint | None, str]:
    """The endpoint at a path below the issuer's URL, with the slug of an issuer that has a path of its own."""
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    prefix = uris.split(settings.ISSUER).path
    if not path.startswith(prefix):
        return None, ""
    path = path[len(prefix) :]
    found = ENDPOINTS.get(path)
    if found is not None:
        return found, ""
    below = _SLUG.fullmatch(path)
    if below is None or below[1] in issuers.RESERVED_SLUGS:
        return None, ""
    return ENDPOINTS.get(below[2]), below[1]


def _is_issuers(environ: Environ, slug: str) -> bool:
    """Whether a path below a slug is ours: a host may have a page of its own there."""
    try:
        issuers.for_request(_host(environ), slug)
    except issuers.UnknownIssuer:
        return False
    except DatabaseError:
        # which the endpoint says
        return True
    return True


def _host(environ: Environ) -> str:
    """Empty for a host that ALLOWED_HOSTS does not name: no issuer lives there."""
    host: str = environ.get("HTTP_HOST", "")
    site = _site()
    if site.use_forwarded_host:
        host = environ.get("HTTP_X_FORWARDED_HOST", host)
    return host if _is_allowed(host, site.allowed_hosts) else ""


@lru_cache(maxsize=64)
def _is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _is_secure(environ: Environ, site: Site) -> bool:
    """As Django's `request.is_secure()`."""
    if site.proxy_ssl_header:
        name, secure = site.proxy_ssl_header
        if name in environ:
            first: str = environ[name].partition(",")[0]
            return first.strip() == secure
    return bool(environ.get("wsgi.url_scheme") == "https")


def _strict_transport_security() -> str:
    """RFC 6797 §6.1, as Django's SecurityMiddleware sends it; empty where it is off."""
    if not django_settings.SECURE_HSTS_SECONDS:
        return ""
    value = f"max-age={django_settings.SECURE_HSTS_SECONDS}"
    if django_settings.SECURE_HSTS_INCLUDE_SUBDOMAINS:
        value += "; includeSubDomains"
    return f"{value}; preload" if django_settings.SECURE_HSTS_PRELOAD else value


def _request(environ: Environ, slug: str) -> ProtocolRequest:
    method = environ["REQUEST_METHOD"].upper()
    return ProtocolRequest(
        method=method,
        path=environ.get("PATH_INFO", ""),
        query=environ.get("QUERY_STRING", "").encode("latin-1", "replace"),
        headers=Headers(environ),
        body=_body(environ) if method == "POST" else b"",
        host=_host(environ),
        address=address_of(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", "")),
        trace_id=tracing.trace_id(environ),
        slug=slug,
    )


def _body(environ: Environ) -> bytes:
    """At most one byte more than MAX_BODY, whatever was announced."""
    length = announced(environ.get("CONTENT_LENGTH") or "")
    most = settings.MAX_BODY + 1
    if length is not None:
        if length > settings.MAX_BODY:
            return b"\x00" * most
        most = length
    elif not environ.get("wsgi.input_terminated"):
        return b""
    body: bytes = environ["wsgi.input"].read(most)
    return body
