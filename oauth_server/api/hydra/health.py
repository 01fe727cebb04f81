"""Ory Hydra's contract: `/health/alive`, `/health/ready` and `/version`, for whoever watches a server from outside."""

from importlib import metadata

from django.db import DatabaseError, connection
from django.http import HttpResponse

from oauth_server.api.hydra import wire


def alive() -> HttpResponse:
    return wire.answer({"status": "ok"})


def ready() -> HttpResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return wire.answer({"errors": {"database": "It does not answer."}}, 503)
    return wire.answer({"status": "ok"})


def version() -> HttpResponse:
    return wire.answer({"version": metadata.version("django-oauth-server")})
