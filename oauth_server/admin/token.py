"""The page on which an operator pastes a token: what it is, whose, why it is dead; ended from there.

The value comes by POST and never goes back: the buttons of the answer carry it sealed, for the same person, for ten minutes.
"""

import json
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from oauth_server import audit, clock, seal
from oauth_server.admin.base import View
from oauth_server.audit import Event
from oauth_server.keys import jose
from oauth_server.tokens import lookup, revoke
from oauth_server.tokens.lookup import Found

_PURPOSE = "admin_token"
_VALID = timedelta(minutes=10)


class TokenForm(forms.Form):
    token = forms.CharField(
        label=gettext_lazy("Token"),
        max_length=jose.MAX_LENGTH,
        help_text=gettext_lazy("An access token (also a JWT), a refresh token or an authorization code."),
        # what such a field holds is never written into a page
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "autofocus": True, "size": 80}),
    )


def view(admin: Any) -> View:
    """The page, as a view of the table of authorizations."""

    @sensitive_variables()
    def page(request: HttpRequest) -> HttpResponseBase:
        if not admin.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST" and "handle" in request.POST:
            return _end(admin, request)
        form = TokenForm(request.POST if request.method == "POST" else None)
        context: dict[str, Any] = {}
        if form.is_valid():
            context = _look_up(request, form.cleaned_data["token"])
        return _answer(admin, request, {"form": form, **context})

    return page


def _answer(admin: Any, request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    common = {
        **admin.admin_site.each_context(request),
        "title": _("Look up a token"),
        "opts": admin.opts,
        "media": admin.media,
        "may_revoke": admin.has_revoke_permission(request),
    }
    return TemplateResponse(request, "admin/oauth_server/token.html", common | context)


@sensitive_variables()
def _look_up(request: HttpRequest, value: str) -> dict[str, Any]:
    found = lookup.find(value)
    if found is None:
        return {"unknown": True}
    audit.record(
        Event.TOKEN_LOOKED_UP,
        issuer=found.issuer,
        client=found.client,
        user_id=found.authorization.user_id,
        target=f"{found.kind} {found.authorization.pk}",
    )
    return {"found": found, "kind": _kind(found), "handle": _sealed(request, value)}


def _kind(found: Found) -> str:
    names = {
        "access_token": _("Access token (JWT)") if found.jti else _("Access token"),
        "refresh_token": _("Refresh token"),
        "authorization_code": _("Authorization code"),
    }
    return names[found.kind]


@sensitive_variables()
def _sealed(request: HttpRequest, value: str) -> str:
    until = (clock.now() + _VALID).timestamp()
    return seal.seal(_PURPOSE, json.dumps([str(request.user.pk), until, value]).encode())


@sensitive_variables()
def _opened(request: HttpRequest, handle: str) -> str:
    """The value behind a handle; empty when it is another person's, too old, or none."""
    try:
        person, until, value = json.loads(seal.unseal(_PURPOSE, handle))
    except seal.Unreadable:
        return ""
    return value if person == str(request.user.pk) and clock.now().timestamp() < until else ""


@sensitive_variables()
def _end(admin: Any, request: HttpRequest) -> HttpResponseBase:
    if not admin.has_revoke_permission(request):
        raise PermissionDenied
    found = lookup.find(_opened(request, request.POST["handle"]))
    if found is None:
        messages.error(request, _("This page was open for too long. Look the token up again."))
    elif "family" in request.POST:
        revoke.family(found.authorization.pk, "by staff")
        messages.success(request, _("The authorization is revoked, and with it every token that hangs on it."))
    else:
        revoke.found(found, "by staff")
        messages.success(request, _("The token is revoked."))
    return HttpResponseRedirect(reverse("admin:oauth_server_token"))
