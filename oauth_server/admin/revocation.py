"""Revoking by client, person, API, scope, key, or everything before a time: chosen, previewed, confirmed by its name, done.

What is chosen is in the address, so that it outlives a detour over the sign-in; nothing is changed but by POST. A set that takes long goes
on from a page that shows how far it is, with or without scripts.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server import clock, seal, typed
from oauth_server.admin.base import View
from oauth_server.admin.deeds import ReasonForm
from oauth_server.admin.reauthenticate import recently_authenticated
from oauth_server.deeds import blast_radius, revocation
from oauth_server.deeds.revocation import ACTS, NotFound, Target, What
from oauth_server.policy import roles

_PURPOSE = "admin_revocation"
_HOUR = 3600
_NOUNS = ("family", "client", "person", "audience", "scope", "key", "issuer")
_TOKENS = ("oas_", "eyJ")
TITLES = {
    What.FAMILY: gettext_lazy("One authorization"),
    What.CLIENT: gettext_lazy("Everything of a client"),
    What.PERSON: gettext_lazy("Everything of a person"),
    What.CLIENT_OF_PERSON: gettext_lazy("Everything of a person at one client"),
    What.AUDIENCE: gettext_lazy("Everything for an API"),
    What.SCOPE: gettext_lazy("Everything with a scope"),
    What.KEY: gettext_lazy("Everything that a key signed"),
    What.ISSUER: gettext_lazy("Everything of an issuer"),
}


def _typed(label: Any, most: int, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=False, help_text=help_text)


class ChoiceForm(forms.Form):
    """Names are typed: lists to choose from would be as long as the tables."""

    what = forms.ChoiceField(label=gettext_lazy("What"), widget=forms.RadioSelect)
    client = _typed(gettext_lazy("Client ID"), 255)
    person = _typed(gettext_lazy("Person"), 255, gettext_lazy("The sign-in name or the ID."))
    audience = _typed(gettext_lazy("API"), 255, gettext_lazy("The identifier of the audience."))
    scope = _typed(gettext_lazy("Scope"), 120)
    key = _typed(gettext_lazy("Key ID"), 64)
    family = _typed(gettext_lazy("ID of an authorization"), 36)
    issuer = _typed(
        gettext_lazy("Issuer"),
        255,
        gettext_lazy("URL or slug, for an API, a scope or everything of an issuer. Empty: the first issuer."),
    )
    before = forms.DateTimeField(
        label=gettext_lazy("What began before"),
        required=False,
        help_text=gettext_lazy("As 2026-03-31 18:00. Empty: until now. Not for a key or one authorization."),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        what: Any = self.fields["what"]
        what.choices = [(kind.value, TITLES[kind]) for kind in What if roles.may(user, ACTS[kind])]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if any(str(cleaned.get(noun, "")).startswith(_TOKENS) for noun in _NOUNS):
            raise forms.ValidationError(_("This looks like a token, which does not belong here: look it up."))
        if self.errors:
            return cleaned
        try:
            self.target: Target = revocation.target(
                cleaned["what"], before=cleaned.get("before"), **{noun: cleaned.get(noun, "") for noun in _NOUNS}
            )
        except NotFound as error:
            noun = str(error)
            empty = self.fields[noun].error_messages["required"]
            self.add_error(noun, _("Nothing has this name.") if cleaned.get(noun) else empty)
        return cleaned


class ConfirmForm(ReasonForm):
    """`confirmation`: the name of what ends, typed, wherever it is more than one authorization."""

    confirmation = forms.CharField(
        label=gettext_lazy("Type the name of what ends"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order: tuple[str, ...] = ("note", "confirmation")

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name
        if not name:
            del self.fields["confirmation"]

    def clean_confirmation(self) -> str:
        typed = str(self.cleaned_data["confirmation"])
        if typed != self.name:
            raise forms.ValidationError(_("This is not the name that is shown above."))
        return typed


def view(admin: Any) -> View:
    """The page, as a view of the table of authorizations."""

    def page(request: HttpRequest) -> HttpResponseBase:
        if not any(roles.may(request.user, act) for act in ACTS.values()):
            raise PermissionDenied
        given: Mapping[str, Any] = request.GET
        if request.method == "POST" and "choose" in request.POST:
            return _choose(admin, request)
        if "what" not in given:
            return _answer(admin, request, "choose", {"form": ChoiceForm(user=request.user)})
        form = ChoiceForm(given, user=request.user)
        if given["what"] in set(What) and not roles.may(request.user, ACTS[What(given["what"])]):
            raise PermissionDenied
        if not form.is_valid():
            return _answer(admin, request, "choose", {"form": form})
        return _asked(admin, request, form.target)

    return page


def address(what: str, **names: str) -> str:
    """The page that previews this."""
    return f"{reverse('admin:oauth_server_revoke')}?{urlencode({'what': what, **names})}"


def _choose(admin: Any, request: HttpRequest) -> HttpResponseBase:
    """A token typed into the wrong field does not get into an address."""
    form = ChoiceForm(request.POST, user=request.user)
    if not form.is_valid():
        return _answer(admin, request, "choose", {"form": form})
    typed = {name: request.POST.get(name, "") for name in ("what", *_NOUNS, "before")}
    return HttpResponseRedirect(address(**{name: value for name, value in typed.items() if value}))


def _asked(admin: Any, request: HttpRequest, target: Target) -> HttpResponseBase:
    """More than one authorization is ended by who showed a moment ago who they are."""

    def preview(request: HttpRequest) -> HttpResponseBase:
        return _preview(admin, request, target)

    return recently_authenticated(preview)(request) if target.is_mass else preview(request)


def _preview(admin: Any, request: HttpRequest, target: Target) -> HttpResponseBase:
    if request.method == "POST" and "handle" in request.POST:
        return _go_on(admin, request, target)
    name = target.name if target.is_mass else ""
    data, before = request.POST if request.method == "POST" else None, typed.initial(request, ("note", "confirmation"))
    form = ConfirmForm(data, user=request.user, name=name, initial=before)
    if form.is_valid():
        return _run(admin, request, target, form.cleaned_data["note"], 0)
    radius = blast_radius.preview(target)
    context = {
        "target": target,
        "name": target.name,
        "what": TITLES[target.what],
        "radius": radius,
        "consequences": blast_radius.consequences(radius),
        "form": form,
    }
    return _answer(admin, request, "preview", context)


def _run(admin: Any, request: HttpRequest, target: Target, reason: str, before: int) -> HttpResponseBase:
    """`before`: how many were ended by the pages before this one."""
    done = revocation.run(target, reason)
    ended = before + done.ended
    if done.is_over:
        told = _("Revoked: %(what)s, %(name)s. It takes effect with the next request.")
        messages.success(request, told % {"what": TITLES[target.what], "name": target.name})
        return HttpResponseRedirect(reverse("admin:oauth_server_revoke"))
    left = blast_radius.number(revocation.families(target))
    until = clock.timestamp() + _HOUR
    handle = json.dumps([str(request.user.pk), _named(target), until, target.before.isoformat(), reason, ended])
    context = {
        "target": target,
        "name": target.name,
        "ended": ended,
        "left": left,
        "most": ended + (left.value or 0),
        "handle": seal.seal(_PURPOSE, handle.encode()),
    }
    return _answer(admin, request, "progress", context)


def _go_on(admin: Any, request: HttpRequest, target: Target) -> HttpResponseBase:
    """What was confirmed goes on: the same person, the same time before which everything ends, the same reason."""
    try:
        person, named, until, before, reason, ended = json.loads(seal.unseal(_PURPOSE, request.POST["handle"]))
    except seal.Unreadable:
        person, named, until, before, reason, ended = "", "", 0, "", "", 0
    if person != str(request.user.pk) or named != _named(target) or until < clock.timestamp():
        messages.error(request, _("This page was open for too long. What was ended stays ended; confirm the rest."))
        return HttpResponseRedirect(request.get_full_path())
    return _run(admin, request, replace(target, before=datetime.fromisoformat(before)), reason, ended)


def _named(target: Target) -> str:
    """What was confirmed, so that nothing else goes on in its place."""
    person = target.person.pk if target.person is not None else ""
    return f"{target.what} {target.name} {person} {target.issuer.pk if target.issuer else ''}"


def _answer(admin: Any, request: HttpRequest, page: str, context: dict[str, Any]) -> HttpResponseBase:
    common = {
        **admin.admin_site.each_context(request),
        "title": _("Revoke"),
        "opts": admin.opts,
        "media": admin.media,
    }
    return TemplateResponse(request, f"admin/oauth_server/revocation/{page}.html", common | context)


def tool(request: HttpRequest, what: str, **names: str) -> list[tuple[str, str]]:
    """The button of a row's page that leads to the preview, for who may revoke it."""
    return [(address(what, **names), _("Revoke…"))] if roles.may(request.user, ACTS[What(what)]) else []
