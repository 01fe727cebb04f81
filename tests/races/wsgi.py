"""The standalone project, whose answers name the worker process that gave them."""

import os
from collections.abc import Iterable
from typing import Any

from config.wsgi import application as project


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
        return start_response(status, [*headers, ("X-Worker", str(os.getpid()))], *exc_info)

    return project(environ, start)
