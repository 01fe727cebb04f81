"""The trace id of the request in every line of the log that is written while it is answered."""

from collections.abc import MutableMapping
from typing import Any

from django.apps import apps


def processor(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The step for structlog. A line that names a trace itself keeps it."""
    if apps.models_ready:
        from oauth_server import audit

        if trace_id := audit.current().trace_id:
            event.setdefault("trace_id", trace_id)
    return event
