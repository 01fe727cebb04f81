"""RFC 9110 §15.5.4, §15.5.5 a page that somebody may not open, or that is not there: `handler403` and `handler404` of a project."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from oauth_server import pages


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
