"""Who acts, and from where: for what the pages record."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from oauth_server import audit, tracing
from oauth_server.endpoints.adapter import address

View = Callable[..., HttpResponseBase]


def recorded(view: View) -> View:
    """What the view records says who acts, and from where."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        trace_id = tracing.trace_id(request.META)
        with audit.origin(actor=str(request.user.pk or ""), address=address(request), trace_id=trace_id):
            response = view(request, *args, **kwargs)
        response.headers["X-Trace-Id"] = trace_id
        return response

    return inner
