"""What the pages of an account say when they refuse, in place of the engine: too many tries, a mail that could not be sent."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from oauth_server import audit, tracing, typed
from oauth_server.endpoints.adapter import address
from oauth_server.limits import TooManyAttempts
from oauth_server.pages import clock_time, error_page

from . import next_url
from .mails import NotSent
from .pending import pending_of

View = Callable[..., HttpResponseBase]

# django-allauth counts per minute, and does not tell when the minute ends
MINUTE = 60


def guarded(view: View) -> View:
    """No page of the engine is seen: its refusals are our pages. What is recorded says who acts, and from where."""

    @wraps(view)
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        trace_id = tracing.trace_id(request.META)
        with audit.origin(actor=str(request.user.pk or ""), address=address(request), trace_id=trace_id):
            try:
                response = view(request, *args, **kwargs)
            except TooManyAttempts as refused:
                response = too_many(request, refused.retry_after)
            except NotSent as unsent:
                response = not_sent(request, unsent)
            if response.status_code == 429 and "Retry-After" not in response:
                response = too_many(request, MINUTE)
        response["X-Trace-Id"] = trace_id
        return response

    return guard


def too_many(request: HttpRequest, retry_after: int) -> HttpResponseBase:
    """RFC 6585 §4: says on the clock when the next try is heard."""
    response = error_page(
        request,
        status=429,
        title=_("Too many tries"),
        message=_("To keep the account safe we take no more tries for a while."),
        advice=_("Try again after %(time)s. If you forgot the password, you can reset it then.")
        % {"time": clock_time(retry_after)},
        code="too_many_tries",
        **_ways_on(request, request.path),
    )
    response["Retry-After"] = str(retry_after)
    return response


def not_sent(request: HttpRequest, unsent: NotSent) -> HttpResponseBase:
    """RFC 9110 §15.6.4: the mail server is away. Whether the address has an account changes nothing of it."""
    response = error_page(
        request,
        status=503,
        title=_("We could not send the mail"),
        message=_("Our mail server cannot be reached right now. You did nothing wrong."),
        advice=_("Try again in a few minutes."),
        code="mail_not_sent",
        **_ways_on(request, unsent.again or request.path),
    )
    response["Retry-After"] = str(MINUTE)
    typed.keep(request, response)
    return response


def _ways_on(request: HttpRequest, again: str) -> dict[str, Any]:
    """The page on which it is tried again, and the app whose request waits."""
    waiting = pending_of(request)
    return {
        "trace_id": audit.current().trace_id,
        "restart_url": next_url.passed_on(request, again),
        "client": waiting.client if waiting else None,
        "back_url": waiting.back_url if waiting else None,
    }
