"""W3C Trace Context: one trace id for each request, and an OpenTelemetry span for each answer of an endpoint for machines.

Spans are made where `opentelemetry-api` is installed and the project has set up a tracer provider.
"""

from collections.abc import Callable, MutableMapping
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar

from oauth_server.protocol import ProtocolRequest, ProtocolResponse, trace_id_of

otel: Any
try:
    from opentelemetry import trace as otel
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ImportError:
    otel = None

_KEY = "oauth_server.trace_id"
View = TypeVar("View", bound=Callable[..., Any])


def trace_id(environ: MutableMapping[str, Any]) -> str:
    """The same for everything that one request brings about: 32 hex digits. `environ`: of WSGI, or `request.META`."""
    found: str | None = environ.get(_KEY)
    if found is None:
        found = environ[_KEY] = _of_current_span() or trace_id_of(environ.get("HTTP_TRACEPARENT", ""))
    return found


def named(view: View) -> View:
    """A view of Django whose answers name the trace of their request."""

    @wraps(view)
    def inner(request: Any, *args: Any, **kwargs: Any) -> Any:
        response = view(request, *args, **kwargs)
        response.headers.setdefault("X-Trace-Id", trace_id(request.META))
        return response

    return inner  # type: ignore[return-value]


def is_on() -> bool:
    return otel is not None and not isinstance(otel.get_tracer_provider(), otel.ProxyTracerProvider)


def _of_current_span() -> str:
    """Of a span that the project's own instrumentation has opened. Empty: there is none."""
    if not is_on():
        return ""
    context = otel.get_current_span().get_span_context()
    return otel.format_trace_id(context.trace_id) if context.is_valid else ""


def traced(name: str, request: ProtocolRequest, run: Callable[[ProtocolRequest], ProtocolResponse]) -> ProtocolResponse:
    """In a span below the one that is open, else below the caller's; the request goes by the span's trace id.

    Nothing of what was sent is in it but the method.
    """
    headers = {name: request.headers.get(name, "") for name in ("traceparent", "tracestate")}
    above = None if _of_current_span() else TraceContextTextMapPropagator().extract(headers)
    attributes = {"http.request.method": request.method, "oauth_server.endpoint": name}
    tracer = otel.get_tracer("oauth_server")
    with tracer.start_as_current_span(name, above, kind=otel.SpanKind.SERVER, attributes=attributes) as span:
        response = run(replace(request, trace_id=_of_current_span()))
        span.set_attribute("http.response.status_code", response.status)
        if response.status >= 500:
            span.set_status(otel.StatusCode.ERROR)
        return response
