"""RFC 7591 §5: the page of the clients that registered themselves: those that wait are approved or refused, alike ones together."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oauth_server import audit
from oauth_server.admin.deeds import DeedForm, ReasonForm, ask
from oauth_server.conf import settings
from oauth_server.deeds import registration


def view(self: Any, request: HttpRequest) -> HttpResponseBase:
    if not self.has_view_permission(request):
        raise PermissionDenied
    if request.method == "POST":
        return _act(self, request)
    context = {
        **self.admin_site.each_context(request),
        "title": _("Registrations"),
        "opts": self.opts,
        "media": self.media,
        "waiting": registration.groups(registration.waiting()),
        "others": registration.groups(registration.by_themselves()),
        "may_approve": self.has_change_permission(request),
        "may_refuse": self.has_delete_permission(request),
        "who": settings.DYNAMIC_REGISTRATION,
        "approval": settings.REGISTRATION_APPROVAL,
        "hosts": settings.REGISTRATION_HOSTS,
        "most": settings.REGISTERED_CLIENTS,
        "at_once": settings.REGISTRATIONS,
        "unused_days": settings.REGISTRATION_UNUSED_LIFETIME // 86_400,
    }
    return TemplateResponse(request, "admin/oauth_server/client/registrations.html", context)


def _act(self: Any, request: HttpRequest) -> HttpResponseBase:
    """Ask, and then do it to all that are alike."""
    approves = "refuse" not in request.POST
    may = self.has_change_permission if approves else self.has_delete_permission
    if not may(request):
        raise PermissionDenied
    issuer, likeness = request.POST.get("issuer", ""), request.POST.get("likeness", "")
    try:
        rows = registration.alike(UUID(issuer), likeness.replace("\x00", ""))
    except ValueError:
        rows = registration.waiting().none()
    here = HttpResponseRedirect(reverse("admin:oauth_server_client_registrations"))
    sample = rows.first()
    if sample is None:
        messages.error(request, _("Nothing like this waits any more."))
        return here
    form = (DeedForm if approves else ReasonForm)(
        request.POST if "confirmed" in request.POST else None, user=request.user
    )
    if not form.is_valid():
        title = _("Approve") if approves else _("Refuse")
        question = (
            _("Let these work, and every one like them that comes later? Look at where their answers go.")
            if approves
            else _("Delete these registrations? Whoever uses one is answered invalid_client, and may register again.")
        )
        hidden = {"issuer": issuer, "likeness": likeness, "approve" if approves else "refuse": "1"}
        url = reverse("admin:oauth_server_client_registrations")
        return ask(
            self, request, title=title, question=question, rows=[sample], form=form, hidden=hidden, cancel_url=url
        )
    with audit.because(form.cleaned_data.get("note", "")):
        number = registration.approve(rows) if approves else registration.refuse(rows)
    if approves:
        told_of = ngettext("%d client is approved.", "%d clients are approved.", number)
    else:
        told_of = ngettext("%d registration is refused.", "%d registrations are refused.", number)
    messages.success(request, told_of % number)
    return here
