"""The incident switch of an issuer: stop issuing, end everything, or both; and back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server import clock, typed
from oauth_server.admin.reauthenticate import recently_authenticated
from oauth_server.admin.revocation import ConfirmForm
from oauth_server.deeds import blast_radius, incident
from oauth_server.deeds.revocation import Target, What
from oauth_server.models import Issuer
from oauth_server.policy import roles


class IncidentForm(ConfirmForm):
    stop = forms.BooleanField(
        label=gettext_lazy("Stop issuing"),
        required=False,
        initial=True,
        help_text=gettext_lazy(
            "The token endpoint answers 503, the authorization endpoint temporarily_unavailable, until it is switched back."
        ),
    )
    revoke_everything = forms.BooleanField(
        label=gettext_lazy("Revoke everything"),
        required=False,
        help_text=gettext_lazy("Every authorization and token of this issuer until now. It cannot be undone."),
    )
    field_order = ("stop", "revoke_everything", "note", "confirmation")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if not cleaned.get("stop") and not cleaned.get("revoke_everything"):
            raise forms.ValidationError(_("Choose at least one of the two."))
        return cleaned


def view(admin: Any, request: HttpRequest, issuer_id: str) -> HttpResponseBase:
    """A view of the table of issuers."""
    if not roles.may(request.user, roles.SWITCH_INCIDENT):
        raise PermissionDenied
    issuer: Issuer | None = admin.get_object(request, issuer_id)
    if issuer is None:
        raise Http404

    def page(request: HttpRequest) -> HttpResponseBase:
        return _switch(admin, request, issuer)

    return recently_authenticated(page)(request)


def _switch(admin: Any, request: HttpRequest, issuer: Issuer) -> HttpResponseBase:
    is_stopped = issuer.stopped_at is not None
    data = request.POST if request.method == "POST" else None
    if is_stopped and data is not None and "end" in data:
        form = _end_form(data, user=request.user)
        if form.is_valid():
            incident.end(issuer, form.cleaned_data["note"])
            return _done(request, _("It issues again. What was revoked stays revoked."))
        return _answer(admin, request, issuer, IncidentForm(user=request.user, name=issuer.identifier), form)
    before = typed.initial(request, ("note",) if is_stopped else IncidentForm.field_order)
    begin = IncidentForm(data, user=request.user, name=issuer.identifier, initial={} if is_stopped else before)
    if begin.is_valid():
        stop, everything = begin.cleaned_data["stop"], begin.cleaned_data["revoke_everything"]
        incident.begin(issuer, begin.cleaned_data["note"], stop=stop, revoke_everything=everything)
        return _done(request, _("It is done, and takes effect with the next request."))
    return _answer(admin, request, issuer, begin, _end_form(user=request.user, initial=before))


def _end_form(*args: Any, **kwargs: Any) -> ConfirmForm:
    """It stands on one page with the other form, which asks for a reason too."""
    return ConfirmForm(*args, name="", auto_id="id_end_%s", **kwargs)


def _done(request: HttpRequest, told: str) -> HttpResponseBase:
    messages.success(request, told)
    return HttpResponseRedirect(request.path)


def _answer(admin: Any, request: HttpRequest, issuer: Issuer, begin: Any, end: Any) -> HttpResponseBase:
    radius = blast_radius.preview(Target(What.ISSUER, clock.now(), issuer=issuer))
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Incident switch"),
        "opts": admin.opts,
        "media": admin.media,
        "issuer": issuer,
        "radius": radius,
        "consequences": blast_radius.consequences(radius),
        "begin": begin,
        "end": end,
    }
    return TemplateResponse(request, "admin/oauth_server/incident.html", context)


def tool(request: HttpRequest, issuer: Issuer) -> list[tuple[str, str]]:
    """The button of the issuer's page, for who may turn the switch."""
    if not roles.may(request.user, roles.SWITCH_INCIDENT):
        return []
    return [(reverse("admin:oauth_server_issuer_incident", args=[issuer.pk]), _("Incident switch"))]
