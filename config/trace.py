"""The trace id of the request in every line of the log that is written while it is answered."""

from collections.abc import MutableMapping
from typing import Any

import structlog
from django.apps import apps
from django.dispatch import receiver
from django.http import HttpRequest
from django_structlog.signals import bind_extra_request_metadata

from oauth_server import tracing


@receiver(bind_extra_request_metadata)
def bind(request: HttpRequest, **_: Any) -> None:
    """For what Django's middleware and views write; the machine lane answers outside of them."""
    structlog.contextvars.bind_contextvars(trace_id=tracing.trace_id(request.META))


def processor(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The step for structlog. A line that names a trace itself keeps it."""
    if apps.models_ready:
        from oauth_server import audit

        if trace_id := audit.current().trace_id:
            event.setdefault("trace_id", trace_id)
    return event
