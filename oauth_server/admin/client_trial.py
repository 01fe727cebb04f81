"""The page on which an operator signs in with a client as its people do, and sees every request, answer and rule.

What is under way is kept sealed in the operator's session; the answer to the request is taken once, in the same session.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server import audit, uris
from oauth_server.admin import base, client_tabs
from oauth_server.deeds import trial, trial_exchange
from oauth_server.errors import OAuthError
from oauth_server.models import Client
from oauth_server.policy import roles
from oauth_server.policy.reach import Reach, reach

_KEPT = "oauth_server_trial"
_PROMPTS = (
    ("", gettext_lazy("as it comes")),
    ("consent", gettext_lazy("ask for consent again (consent)")),
    ("login", gettext_lazy("ask who is there again (login)")),
    ("none", gettext_lazy("show no page (none)")),
)


class TrialForm(forms.Form):
    scope = forms.MultipleChoiceField(label=gettext_lazy("Scopes"), required=False, widget=forms.CheckboxSelectMultiple)
    resource = forms.ChoiceField(label=gettext_lazy("API"), required=False)
    prompt = forms.ChoiceField(label=gettext_lazy("Pages"), choices=_PROMPTS, required=False)
    secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        max_length=500,
        required=False,
        strip=False,
        help_text=gettext_lazy(
            "Only to try whether it is the right one: it is compared at once and not kept. Without it everything else is tried."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, client: Client, may: Reach, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = sorted(may.scopes)
        self._field("scope").choices = [(name, name) for name in names]
        self.initial["scope"] = [name for name in names if not name.startswith("manage:")]
        apis = [(name, f"{api.name}: {name}") for name, api in sorted(may.audiences.items())]
        self._field("resource").choices = [("", _("as the scopes have it")), *apis]
        if trial.grants(client) == trial.MACHINE:
            del self.fields["prompt"]
        if client.token_endpoint_auth_method not in trial.PASTED:
            del self.fields["secret"]
        if not apis:
            del self.fields["resource"]

    def _field(self, name: str) -> Any:
        return self.fields[name]


def _client(self: Any, request: HttpRequest, client_id: int) -> Client:
    """Whoever tries a client acts as it."""
    client: Client = base.require(self, request, client_id, "change")
    return client


def start(self: Any, request: HttpRequest, client_id: int) -> HttpResponseBase:
    """Ask with what; a POST sends the operator's browser to the authorization endpoint."""
    client = _client(self, request, client_id)
    kind = trial.grants(client)
    may = reach(client)
    form = TrialForm(request.POST if request.method == "POST" else None, client=client, may=may)
    if form.is_valid() and kind:
        values = {name: form.cleaned_data.get(name, "") for name in ("resource", "prompt", "secret")}
        scope = [name for name in may.scopes if name in form.cleaned_data["scope"]]
        try:
            return _run(self, request, client, kind, scope, values)
        except OAuthError as error:
            form.add_error(None, f"{error.error}: {error.description} ({error.reason})")
    response = _page(self, request, client, "trial", {"form": form, "kind": kind})
    # CSP Level 3: `form-action` holds for the redirect behind the form, and an issuer may live at another host
    response.leads_to_client = uris.split(client.issuer.identifier).netloc != request.get_host()  # type: ignore[attr-defined]
    return response


def _run(
    self: Any, request: HttpRequest, client: Client, kind: str, scope: list[str], values: Mapping[str, str]
) -> HttpResponseBase:
    if kind == trial.MACHINE:
        report = trial_exchange.as_machine(
            client, scope=" ".join(scope), resource=values["resource"], secret=values["secret"]
        )
        return _page(self, request, client, "trial_report", {"report": report})
    callback = request.build_absolute_uri(reverse("admin:oauth_server_client_trial_answer"))
    attempt, url = trial.begin(client, operator=str(request.user.pk), redirect_uri=callback, scope=scope, **values)
    request.session[_KEPT] = trial.sealed(attempt)
    return HttpResponseRedirect(url)


def answer(self: Any, request: HttpRequest) -> HttpResponseBase:
    """The redirect URI of a trial. What it brings counts once, in the session that asked."""
    if not self.has_change_permission(request):
        raise PermissionDenied
    kept = request.session.pop(_KEPT, "")
    attempt = trial.opened(kept, operator=str(request.user.pk))
    if attempt is None:
        messages.error(request, _("No trial waits for this answer. Begin a new one on the page of the client."))
        return HttpResponseRedirect(reverse("admin:oauth_server_client_changelist"))
    client = _client(self, request, attempt.client)
    report = trial_exchange.finish(client, attempt, request.GET.dict())
    return _page(self, request, client, "trial_report", {"report": report})


def _page(self: Any, request: HttpRequest, client: Client, name: str, context: dict[str, Any]) -> TemplateResponse:
    common = {
        **self.admin_site.each_context(request),
        "title": _("Test sign-in"),
        "opts": self.opts,
        "media": self.media,
        "client": client,
        "tabs": client_tabs.tabs(request, client, "trial"),
        "events_url": _events(request),
    }
    return TemplateResponse(request, f"admin/oauth_server/client/{name}.html", common | context)


def _events(request: HttpRequest) -> str:
    """What was recorded of this very request; empty for who may not read it."""
    if not roles.may(request.user, "oauth_server.view_auditevent"):
        return ""
    url = reverse("admin:oauth_server_auditevent_changelist")
    return f"{url}?trace_id__exact={audit.current().trace_id}"
