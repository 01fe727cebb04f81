"""The pages on which people see and end what apps may do, what happened to their account, and what is kept of them."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.interaction import recent
from oauth_server.interaction.context import NEXT
from oauth_server.models import Client
from oauth_server.pages import SeeOther, page

from . import activity as log
from . import connected, decision, export
from . import receipts as kept
from .recorded import recorded

_RECEIPTS = 50


@page()
@require_safe
@login_required
def connected_apps(request: HttpRequest) -> HttpResponse:
    context = {"apps": connected.apps(request.user), "person": request.user}
    return render(request, "oauth_consent/connected_apps.html", context)


@page(repeatable=True)
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@recorded
def remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Says what removing does, and does it. An app that is not there any more leads back to the list."""
    app = next((app for app in connected.apps(request.user) if app.client.pk == pk), None)
    if app is None:
        return SeeOther(reverse("oauth_consent:connected-apps"))
    if request.method == "POST":
        decision.withdraw(request.user.pk, app.client, "removed by the person")
        messages.success(request, _removed(app.client), fail_silently=True)
        return SeeOther(reverse("oauth_consent:connected-apps"))
    return render(request, "oauth_consent/remove.html", {"app": app, "ends": connected.ends(app.client)})


def _removed(client: Client) -> str:
    ends = connected.ends(client)
    if ends is None:
        return _("%(name)s can no longer use your account.") % {"name": client}
    return _("%(name)s can no longer use your account. Tokens that are already out end by %(time)s UTC.") % {
        "name": client,
        "time": date_format(ends, "H:i"),
    }


@page()
@require_safe
@login_required
def receipts(request: HttpRequest) -> HttpResponse:
    """What a person agreed to, also to apps that are gone."""
    return render(request, "oauth_consent/receipts.html", {"receipts": kept.of(request.user)[:_RECEIPTS]})


@page()
@require_safe
@login_required
def activity(request: HttpRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    shown = log.page(request.user, int(before) if before.isascii() and before.isdigit() and len(before) < 19 else 0)
    return render(request, "oauth_consent/activity.html", {"page": shown, "person": request.user})


@page()
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@recorded
def data(request: HttpRequest) -> HttpResponseBase:
    """Says what is in the file, and hands it out to whoever showed a moment ago who they are."""
    confirm = recent.confirm_page()
    if confirm and not recent.is_recent(request):
        return SeeOther(f"{resolve_url(confirm)}?{urlencode({NEXT: request.path})}")
    if request.method != "POST":
        return render(request, "oauth_consent/data.html", {"person": request.user})
    audit.record(Event.DATA_EXPORTED, user_id=request.user.pk, target=request.user.pk)
    response = JsonResponse(export.document(request.user), encoder=DjangoJSONEncoder, json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="account-{clock.now():%Y-%m-%d}.json"'
    return response
