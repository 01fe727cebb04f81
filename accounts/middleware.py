"""Several people on one browser, and sign-ins that were ended elsewhere: what belongs to every page of a project."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from oauth_server import conflicts, pages

from . import aside, devices

# Their views ask for the session of the issuer themselves, and count their statements
_ASK_THEMSELVES = "oauth_server.endpoints."


class SignedInPeople:
    """Behind Django's sessions and authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        aside.send_cookie(request, response)
        devices.send_cookie(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """ASVS 5.0 7.4.2: whoever was signed out elsewhere is nobody here."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or view.__module__.startswith(_ASK_THEMSELVES):
            return None
        try:
            if conflicts.repeat(lambda: aside.was_ended(request.session)):
                logout(request)
        except (OperationalError, InterfaceError):
            response = pages.unavailable(request)
            pages.protect(request, response)
            return response
        return None
