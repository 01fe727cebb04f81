"""RFC 6749 §2.3.1 client secrets: rows without their values; a new one is shown once, on the answer to the form that made it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server import audit, clock, snippets, typed
from oauth_server.admin import base
from oauth_server.admin.deeds import DeedForm, OnceMixin, ReasonForm, ask
from oauth_server.client_auth import secret
from oauth_server.deeds import client_secret as deed
from oauth_server.models import Client, ClientSecret, ClientSecretUse
from oauth_server.policy import roles

# So long before its end a secret is warned of
SOON = timedelta(days=30)
_DAYS = (("", gettext_lazy("never")), ("7", "7"), ("30", "30"), ("180", "180"), ("365", "365"))


class NewSecretForm(OnceMixin, DeedForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("To tell it from the others."),
    )
    days = forms.ChoiceField(label=gettext_lazy("Expires after days"), choices=_DAYS, required=False)
    field_order = ("name", "days", "once")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        self.require_first()
        return cleaned


@dataclass(frozen=True, slots=True)
class Line:
    """A secret as the page of its client lists it."""

    secret: ClientSecret
    last_used: datetime | None
    is_live: bool
    is_ending: bool
    retire_url: str


def lines(self: Any, request: HttpRequest, client: Client) -> list[Line]:
    """The secrets of a client, for who may see them."""
    if not any(self.may(request, verb, ClientSecret) for verb in ("view", "change", "delete")):
        return []
    may_retire = self.has_change_permission(request, client) and self.may(request, "delete", ClientSecret)
    now = clock.now()
    rows = client.secrets.select_related("use")
    return [
        Line(row, _last_use(row), row.is_live(now), _is_ending(row, now), _retire_url(row) if may_retire else "")
        for row in rows
    ]


def _last_use(row: ClientSecret) -> datetime | None:
    use: ClientSecretUse | None = getattr(row, "use", None)
    return use.at if use else None


def _is_ending(row: ClientSecret, now: datetime) -> bool:
    return row.is_live(now) and row.expires is not None and row.expires - now < SOON


def _retire_url(row: ClientSecret) -> str:
    return reverse("admin:oauth_server_client_retire", args=[row.client_id, row.pk])


def show(
    self: Any, request: HttpRequest, client: Client, value: str, presets: list[tuple[str, str, Any]] | None = None
) -> HttpResponseBase:
    """The one page that holds a secret. It is an answer to POST and is not kept anywhere. `presets`: what a wizard chose, and why."""
    context = {
        **self.admin_site.each_context(request),
        "title": _("Client secret") if value else _("New client"),
        "opts": self.opts,
        "media": self.media,
        "client": client,
        "secret": value,
        "presets": presets or [],
        "snippets": snippets.of(client),
        "may_load": bool(value) and roles.may(request.user, roles.VIEW_SECRETS),
    }
    return TemplateResponse(request, "admin/oauth_server/client/secret.html", context)


def env_file(self: Any, request: HttpRequest, client_id: int) -> HttpResponseBase:
    """The secret that a page has just shown, as a file. It comes in the body; what is no secret of this client is not answered."""
    client = _client(self, request, client_id, roles.VIEW_SECRETS)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    value = request.POST.get("secret", "")
    if not secret.is_own(client, value):
        raise Http404
    headers = {"Content-Disposition": 'attachment; filename=".env"', "Cache-Control": "no-store"}
    return HttpResponse(snippets.env(client, value), content_type="text/plain; charset=utf-8", headers=headers)


def _client(self: Any, request: HttpRequest, client_id: int, act: str) -> Client:
    client: Client = base.require(self, request, client_id, "change")
    if not roles.may(request.user, act):
        raise PermissionDenied
    return client


def _change_page(client: Client) -> str:
    return reverse("admin:oauth_server_client_change", args=[client.pk])


def new(self: Any, request: HttpRequest, client_id: int) -> HttpResponseBase:
    """Make one more secret."""
    client = _client(self, request, client_id, roles.VIEW_SECRETS)
    if not client.has_secret:
        messages.error(request, _("This client has no secret: its authentication method needs none."))
        return HttpResponseRedirect(_change_page(client))
    before = typed.initial(request, ("name", "days"))
    form = NewSecretForm(request.POST if request.method == "POST" else None, user=request.user, initial=before)
    if not form.is_valid():
        question = _("The other secrets stay valid, so that the client can change over. Retire them afterwards.")
        return ask(
            self,
            request,
            title=_("New secret"),
            question=question,
            rows=[client],
            form=form,
            cancel_url=_change_page(client),
        )
    days = form.cleaned_data["days"]
    expires = clock.now() + timedelta(days=int(days)) if days else None
    made = deed.create(client, rights=roles.rights(request.user), name=form.cleaned_data["name"], expires=expires)
    return show(self, request, client, made.value)


def retire(self: Any, request: HttpRequest, client_id: int, secret_id: int) -> HttpResponseBase:
    """Take a secret away at once."""
    client = _client(self, request, client_id, "oauth_server.delete_clientsecret")
    row = get_object_or_404(ClientSecret, pk=secret_id, client=client)
    before = typed.initial(request, ("note",))
    form = ReasonForm(request.POST if request.method == "POST" else None, user=request.user, initial=before)
    if not form.is_valid():
        question = _("Retire this secret? Whoever still uses it is refused from now on.")
        return ask(
            self,
            request,
            title=_("Retire secret"),
            question=question,
            rows=[row],
            form=form,
            cancel_url=_change_page(client),
        )
    with audit.because(form.cleaned_data["note"]):
        deed.delete(client, row, rights=roles.rights(request.user))
    messages.success(request, _("The secret is retired."))
    return HttpResponseRedirect(_change_page(client))
