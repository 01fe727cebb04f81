"""RFC 6750 who calls the management API: the holder of a token, a member of staff in a browser, or the person at the machine.

A session counts where the console lives, with the roles of its person, and changes nothing without the CSRF token.
"""

from typing import Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied, UnsupportedMediaType
from rest_framework.request import Request

from oauth_server import limits
from oauth_server.api import token
from oauth_server.api.v1.problem import Problem
from oauth_server.conf import settings
from oauth_server.interaction.recent import is_recent
from oauth_server.models import Issuer
from oauth_server.policy import roles
from oauth_server.tokens.lookup import Found

# An attribute of Django's request: nothing that is sent over HTTP becomes one
_PASS = "_oauth_server_api_pass"


class Caller:
    """`actor`: as the audit log names it. `rights`: the manage: scopes that it may give away.

    `is_trusted`: whether it may say that people need not be asked, and that a client is what it claims to be.
    """

    def __init__(self, actor: str, rights: frozenset[str], is_trusted: bool) -> None:
        self.actor = actor
        self.rights = rights
        self.is_trusted = is_trusted

    def may(self, act: str) -> bool:
        return roles.scope_of(act) in self.rights

    def require_recent(self, request: Any) -> None:
        """Before a dangerous act. Raises `Problem`."""


class Machine(Caller):
    """The holder of an access token."""

    def __init__(self, found: Found) -> None:
        self.found = found
        rights = frozenset(found.scope.split()) & frozenset(token.SCOPES)
        super().__init__(f"client:{found.client.client_id}", rights, token.LOGIN in rights)


class Staff(Caller):
    """A member of staff, by the session of their browser."""

    def __init__(self, user: Any) -> None:
        self.user = user
        super().__init__(f"staff:{user}", roles.rights(user), roles.may(user, "oauth_server.change_issuer"))

    def may(self, act: str) -> bool:
        return roles.may(self.user, act)

    def require_recent(self, request: Any) -> None:
        if not is_recent(request):
            raise Problem("reauthentication-required")


class Root(Caller):
    """The person at the machine, who could as well write into the database. `issuer`: which one the call is about."""

    def __init__(self, actor: str, issuer: Issuer) -> None:
        self.issuer = issuer
        super().__init__(actor, frozenset(token.SCOPES), True)

    def may(self, act: str) -> bool:
        return True


def give_pass(request: Any, caller: Root) -> None:
    """For a request that this process makes itself (`inside.py`)."""
    setattr(request, _PASS, caller)


def passed(request: Any) -> Root | None:
    found = getattr(request, _PASS, None)
    return found if isinstance(found, Root) else None


class AtTheMachine(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, Root] | None:
        found = passed(request._request)
        return (AnonymousUser(), found) if found else None


class ByToken(BaseAuthentication):
    """Who sends `Authorization` is asked for nothing else: a token that is not good is not made up for by a cookie."""

    def authenticate(self, request: Request) -> tuple[Any, Machine] | None:
        view: Any = (request.parser_context or {})["view"]
        if "authorization" not in view.asked.headers:
            return None
        value = token.bearer(view.asked)
        found = token.holder(value, view.issuer)
        if found is None:
            limits.take(settings.API_FAILURES, "api_refused", view.asked.address)
            token.note_bad(view.asked, view.issuer)
            # RFC 6750 §3.1: no error code where no token was sent
            challenge = 'Bearer error="invalid_token"' if value else "Bearer"
            raise Problem("unauthenticated", headers={"WWW-Authenticate": challenge})
        return AnonymousUser(), Machine(found)


def _is_let_in(request: Any) -> bool:
    """By what the console asks of whoever comes in, such as a second factor."""
    if not apps.is_installed("django.contrib.admin"):
        return True
    from django.contrib import admin

    return admin.site.has_permission(request)


class BySession(SessionAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, Staff] | None:
        user: Any = getattr(request._request, "user", None)
        if user is None or not user.is_authenticated or not user.is_active:
            return None
        if not getattr(user, "is_staff", False):
            raise Problem("forbidden", "Only members of staff may use this API with their browser.")
        if not _is_let_in(request._request):
            raise Problem("forbidden", "The console does not let this sign-in in: open it, and do what it asks.")
        try:
            self.enforce_csrf(request)
        except (PermissionDenied, UnsupportedMediaType):
            # the second: no header brings the token, and no body is read for it
            raise Problem("csrf-failed") from None
        return user, Staff(user)
