"""The sessions of the standalone project: Django's in the database, asked only for keys that it can have made."""

import re

from django.contrib.sessions import middleware
from django.contrib.sessions.backends import db
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from oauth_server import pages

# A cookie can hold any bytes, in octal too; PostgreSQL refuses a NUL
_KEY = re.compile(r"[a-z0-9]{32}", re.ASCII)


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and _KEY.fullmatch(key) is not None


class SessionMiddleware(middleware.SessionMiddleware):
    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """A session that the database could not store is 503; Django's answer is that somebody signed out meanwhile."""
        try:
            return super().process_response(request, response)
        except SessionInterrupted as error:
            failed = getattr(error.__context__, "__context__", None)
            if not isinstance(failed, (OperationalError, InterfaceError)):
                raise
            return pages.unavailable(request)
