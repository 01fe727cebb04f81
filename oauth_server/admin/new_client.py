"""The wizard: what is it, a few questions, what will be set and why, and at the end the client with its secret, once."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from oauth_server.admin import client_secret
from oauth_server.admin.new_client_form import WORDS, KindForm, QuestionsForm
from oauth_server.deeds import new_client
from oauth_server.models import Issuer
from oauth_server.registration import profiles, redirects
from oauth_server.registration.profiles import Kind, Preset

# So much of a field is looked at while it is typed
_LONGEST = 100_000


def wizard(self: Any, request: HttpRequest) -> HttpResponseBase:
    """`kind` in the address: the questions about it. A POST is an answer; `confirmed`, and the client is made."""
    if not self.has_add_permission(request):
        raise PermissionDenied
    kinds = profiles.kinds()
    if request.GET.get("kind", "") not in {*kinds}:
        return _ask_kind(self, request, kinds)
    kind, issuer = Kind(request.GET["kind"]), _issuer(request)
    form = _form(self, request, kind, issuer)
    if request.method != "POST" or "back" in request.POST or not form.is_valid():
        return _page(self, request, "questions", form=form, kind=kind, words=WORDS[kind], issuer=issuer)
    answers, presets = form.answers, _shown(profiles.presets(form.answers))
    if "confirmed" in request.POST:
        form.require_first()
        if form.is_valid():
            made = new_client.make(issuer, answers)
            return client_secret.show(self, request, made.client, made.secret, presets=presets)
        return _page(self, request, "questions", form=form, kind=kind, words=WORDS[kind], issuer=issuer)
    return _page(self, request, "review", form=form, kind=kind, words=WORDS[kind], issuer=issuer, presets=presets)


def _form(self: Any, request: HttpRequest, kind: Kind, issuer: Issuer) -> QuestionsForm:
    given: QueryDict | None = request.POST if request.method == "POST" else None
    may_trust = self.may(request, "change", Issuer)
    form = QuestionsForm(given, kind=kind, issuer=issuer, may_trust=may_trust)
    if given is not None and "mend" in given and form.mended:
        better = given.copy()
        better["redirect_uris"] = form.mended
        better["back"] = "1"
        form = QuestionsForm(better, kind=kind, issuer=issuer, may_trust=may_trust)
        request.POST = better  # type: ignore[assignment]
    return form


def _issuer(request: HttpRequest) -> Issuer:
    """The one that was chosen; else the first."""
    chosen = request.GET.get("issuer", "")
    rows = Issuer.objects.filter(enabled=True)
    try:
        return get_object_or_404(rows, pk=chosen) if chosen else get_object_or_404(rows, slug="", url="")
    except (ValueError, ValidationError):
        return get_object_or_404(rows, slug="", url="")


def _ask_kind(self: Any, request: HttpRequest, kinds: list[Kind]) -> HttpResponseBase:
    first = Issuer.objects.filter(slug="", url="").values_list("pk", flat=True).first()
    form = KindForm(kinds=kinds, initial={"issuer": first})
    return _page(self, request, "kind", form=form, kinds=[(kind, *WORDS[kind]) for kind in kinds])


def _page(self: Any, request: HttpRequest, name: str, *, form: Any, **context: Any) -> TemplateResponse:
    context |= {
        **self.admin_site.each_context(request),
        "title": _("New client"),
        "opts": self.opts,
        "media": self.media + form.media,
        "form": form,
    }
    return TemplateResponse(request, f"admin/oauth_server/client/new_{name}.html", context)


def _shown(presets: list[Preset]) -> list[tuple[str, str, Any]]:
    """Member, value as people read it, why."""
    return [(preset.member, _text(preset.value), preset.why) for preset in presets]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return "\n".join(f"{name}: {one}" for name, one in value.items())
    return ("\n".join(value) if isinstance(value, list) else str(value)) or "—"


def lint(self: Any, request: HttpRequest) -> HttpResponseBase:
    """For the script that tells while somebody types. Nothing is kept; nothing is said that the page would not say."""
    if not (self.has_add_permission(request) or self.has_change_permission(request)):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    given = request.POST.get("redirect_uris", "")[:_LONGEST].split()
    found = redirects.lint(given, public=request.POST.get("public") == "1")
    shown = [{"uri": one.uri, "level": one.level, "rule": one.rule, "text": one.text, "fix": one.fix} for one in found]
    return JsonResponse({"findings": shown})
