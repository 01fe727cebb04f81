"""The page on which an operator sees what tokens would say of a person, before there are any."""

import json
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server.admin import base, client_tabs
from oauth_server.admin.family import people
from oauth_server.deeds import claims_preview
from oauth_server.deeds.claims_preview import Preview
from oauth_server.errors import OAuthError
from oauth_server.models import Client
from oauth_server.policy.reach import Reach, reach


class PreviewForm(forms.Form):
    person = forms.CharField(
        label=gettext_lazy("Person"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("A sign-in name or ID, in full. Empty: you."),
    )
    scope = forms.MultipleChoiceField(label=gettext_lazy("Scopes"), required=False, widget=forms.CheckboxSelectMultiple)
    resource = forms.ChoiceField(label=gettext_lazy("API"), required=False)

    def __init__(self, *args: Any, user: Any, may: Reach, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        scope, resource = self._field("scope"), self._field("resource")
        scope.choices = [(name, name) for name in sorted(may.scopes)]
        self.initial["scope"] = [name for name in ("openid", "profile", "email") if name in may.scopes]
        apis = [(name, f"{api.name}: {name}") for name, api in sorted(may.audiences.items())]
        resource.choices = [("", _("as the scopes have it")), *apis]

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def clean_person(self) -> Any:
        """Whoever may not look at people sees what would be said of themselves."""
        term = self.cleaned_data["person"].strip()
        users = get_user_model()
        opts = users._meta
        if not term or term == self.user.get_username():
            return self.user
        if not self.user.has_perm(f"{opts.app_label}.view_{opts.model_name}"):
            raise forms.ValidationError(_("You may not look at other people."))
        found = people(term)
        if not found:
            raise forms.ValidationError(_("There is no such person."))
        return users._default_manager.get(pk=found[0])


def view(self: Any, request: HttpRequest, client_id: int) -> HttpResponseBase:
    """A POST, because a person is in it, and no address keeps who was looked at."""
    client: Client = base.require(self, request, client_id)
    may = reach(client)
    form = PreviewForm(request.POST if request.method == "POST" else None, user=request.user, may=may)
    context: dict[str, Any] = {}
    if form.is_valid():
        given = form.cleaned_data
        scope = [name for name in may.scopes if name in given["scope"]]
        try:
            found = claims_preview.preview(client, given["person"], scope, given["resource"])
            context = {"preview": found, "parts": _parts(found), "person": given["person"]}
        except OAuthError as error:
            form.add_error(None, f"{error.error}: {error.reason}")
    return TemplateResponse(
        request,
        "admin/oauth_server/client/preview.html",
        {
            **self.admin_site.each_context(request),
            "title": _("Claims of tokens"),
            "opts": self.opts,
            "media": self.media,
            "client": client,
            "tabs": client_tabs.tabs(request, client, "preview"),
            "form": form,
            **context,
        },
    )


def _parts(found: Preview) -> list[tuple[str, str, bool]]:
    """Title, JSON, and whether it travels encrypted."""
    access = _("Access token (JWT)") if found.is_jwt else _("Access token: what introspection tells")
    named = (
        (access, "access_token", found.access_token),
        (_("ID token"), "id_token", found.id_token),
        (_("UserInfo"), "userinfo", found.userinfo),
    )
    return [
        (title, json.dumps(claims, indent=2, ensure_ascii=False), name in found.encrypted)
        for title, name, claims in named
        if claims is not None
    ]
