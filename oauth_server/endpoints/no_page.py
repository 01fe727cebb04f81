"""RFC 9110 §15.5.1, §15.5.4, §15.5.5: what cannot be read, what somebody may not open, what is not there.

A project names them as its `handler400`, `handler403` and `handler404`.
"""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.translation import gettext as _

from oauth_server import pages


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django says why in its log alone: a look-up that a list does not have, a form with thousands of fields.

    Under a host that is not ours there are no pages: whoever tries one learns nothing of this server.
    """
    if isinstance(exception, DisallowedHost):
        return HttpResponseBadRequest("Bad Request\n", content_type="text/plain")
    return pages.error_page(
        request,
        status=400,
        title=_("We cannot make sense of this request"),
        message=_(
            "The address, or what was sent with it, is not as a page of this server makes it. Nothing was changed."
        ),
        advice=_("Go back to the page from which you came, and start there again."),
        code="bad_request",
    )


@login_not_required
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The console is for roles, and a link may have been somebody else's."""
    return pages.error_page(
        request,
        status=403,
        title=_("You may not open this page"),
        message=_("Your account does not have the right that this page needs."),
        advice=_("If you need it for your work, ask whoever runs this server for a role that has it."),
        code="forbidden",
    )


@login_not_required
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return pages.error_page(
        request,
        status=404,
        title=_("There is no such page"),
        message=_("The address is wrong, or what stood there is gone."),
        advice=_("Check the address, or go back to the page from which you came."),
        code="not_found",
    )
