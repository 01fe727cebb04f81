"""The page on which an operator pastes a token, a `jti` or the ID of an authorization: what it is, why it is dead, its family; ended there.

The value comes by POST and never goes back: the buttons of the answer carry it sealed, for the same person, for ten minutes.
"""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server import clock, seal
from oauth_server.admin.base import View
from oauth_server.admin.deeds import ReasonForm
from oauth_server.deeds import inspection
from oauth_server.keys import jose
from oauth_server.models import AuditEvent
from oauth_server.policy import roles
from oauth_server.tokens import lookup, revoke

_PURPOSE = "admin_token"
_VALID = timedelta(minutes=10)


class TokenForm(forms.Form):
    token = forms.CharField(
        label=gettext_lazy("Token"),
        max_length=jose.MAX_LENGTH,
        help_text=gettext_lazy(
            "An access token (also a JWT), an ID token, a refresh token, an authorization code, the jti of a JWT, or the ID of an "
            "authorization."
        ),
        # what such a field holds is never written into a page
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "autofocus": True, "size": 80}),
    )


def view(admin: Any) -> View:
    """The page, as a view of the table of authorizations."""

    def page(request: HttpRequest) -> HttpResponseBase:
        if not admin.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST" and "handle" in request.POST:
            return _end(admin, request)
        form = TokenForm(request.POST if request.method == "POST" else None)
        context: dict[str, Any] = {}
        if form.is_valid():
            context = look_up(request, form.cleaned_data["token"])
        return _answer(admin, request, {"form": form, **context})

    return page


def _answer(admin: Any, request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    common = {
        **admin.admin_site.each_context(request),
        "title": _("Look up a token"),
        "opts": admin.opts,
        "media": admin.media,
        "may_revoke": admin.has_revoke_permission(request),
        "reason": ReasonForm(user=request.user),
    }
    return TemplateResponse(request, "admin/oauth_server/token.html", common | context)


def look_up(request: HttpRequest, value: str) -> dict[str, Any]:
    """Found by three statements; what hangs on it by four more, however much there is."""
    what = inspection.inspect(value)
    if what is None:
        return {"unknown": True}
    inspection.record(what)
    context: dict[str, Any] = {"what": what, "found": what.found, "decoded": _decoded(what)}
    if what.kind in ("access_token", "refresh_token", "authorization_code", "jti", "authorization"):
        context["handle"] = _sealed(request, value.strip())
    if what.family is not None:
        tree = inspection.tree(what.family)
        context |= {"family": what.family, "tree": tree, "lines": _lines(tree), "session": what.family.session}
        if roles.may(request.user, f"oauth_server.view_{AuditEvent._meta.model_name}"):
            context["events"] = inspection.history(what.family)
    return context


def _decoded(what: inspection.Inspected) -> list[tuple[str, str]]:
    """Header and claims as JSON for people; a signature is in neither."""
    if not what.is_jwt:
        return []
    parts = ((_("Header"), what.header), (_("Claims"), what.claims))
    return [(title, json.dumps(part, indent=2, ensure_ascii=False)) for title, part in parts]


def _lines(tree: inspection.Tree) -> list[tuple[str, str, Any, str]]:
    """Kind, address, row and state of each token below its family."""
    found: list[tuple[str, str, Any]] = [("refreshtoken", _("Refresh token"), row) for row in tree.refresh_tokens]
    found += [("accesstoken", _("Access token"), row) for row in tree.access_tokens]
    return [
        (name, reverse(f"admin:oauth_server_{table}_change", args=[row.pk]), row, lookup.why(row))
        for table, name, row in found
    ]


def _sealed(request: HttpRequest, value: str) -> str:
    until = (clock.now() + _VALID).timestamp()
    return seal.seal(_PURPOSE, json.dumps([str(request.user.pk), until, value]).encode())


def _opened(request: HttpRequest, handle: str) -> str:
    """The value behind a handle; empty when it is another person's, too old, or none."""
    try:
        person, until, value = json.loads(seal.unseal(_PURPOSE, handle))
    except seal.Unreadable:
        return ""
    return value if person == str(request.user.pk) and clock.now().timestamp() < until else ""


def _end(admin: Any, request: HttpRequest) -> HttpResponseBase:
    if not admin.has_revoke_permission(request):
        raise PermissionDenied
    reason = ReasonForm(request.POST, user=request.user)
    value = _opened(request, request.POST["handle"])
    if not value:
        messages.error(request, _("This page was open for too long. Look the token up again."))
    elif not reason.is_valid():
        return _answer(admin, request, {"form": TokenForm(), **look_up(request, value), "reason": reason})
    else:
        messages.success(request, _revoked(value, reason.cleaned_data["note"], family="family" in request.POST))
    return HttpResponseRedirect(reverse("admin:oauth_server_token"))


def _revoked(value: str, reason: str, *, family: bool) -> str:
    """What was done, in words."""
    found = lookup.find(value)
    if found is None and not _is_id(value):
        inspection.revoke_jti(value, reason)
        return _("The JWT with this jti is revoked.")
    if found is not None and not family:
        revoke.found(found, reason)
        return _("The token is revoked.")
    revoke.family(found.authorization.pk if found else UUID(value), reason)
    return _("The authorization is revoked, and with it every token that hangs on it.")


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
