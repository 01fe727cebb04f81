"""What belongs to a client beside its settings: what to look at, and how it fared in the last day, from counters."""

from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Max, Sum
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from oauth_server import clock, snippets
from oauth_server.admin import base, client_secret, client_tabs, revocation
from oauth_server.models import Client, Counter
from oauth_server.registration import metadata, posture, redirects

_DAY = timedelta(hours=24)


def findings(request: HttpRequest, form: Any, client: Client | None) -> dict[str, Any]:
    """For the form of all settings: what there is to say about the addresses in it, and about the client as it is."""
    if "redirect_uris" not in form.fields:
        return {}
    typed = form.data.get("redirect_uris", "") if form.is_bound else client.redirect_uris if client else ""
    method = form["token_endpoint_auth_method"].value()
    concerns = posture.concerns(metadata.describe(client)) if client else []
    return {
        "findings": redirects.lint(str(typed).split(), public=method == "none"),
        "concerns": [one for one in concerns if one.uri in posture.MEMBERS],
    }


def overview(self: Any, request: HttpRequest, client_id: int) -> HttpResponseBase:
    """How the client fares, what to look at, and what ends it."""
    client: Client = base.require(self, request, client_id)
    now = clock.now()
    issued, refused = _counted(client, now)
    may_change = self.has_change_permission(request, client)
    deeds = [("disable", _("Disable"))] if client.enabled else [("enable", _("Enable"))]
    context = {
        **self.admin_site.each_context(request),
        "title": _("Overview"),
        "opts": self.opts,
        "media": self.media,
        "client": client,
        "tabs": client_tabs.tabs(request, client, "overview"),
        "issued": issued,
        "refused": refused,
        "last_used": _last_used(client),
        "concerns": posture.concerns(metadata.describe(client)),
        "secrets": client_secret.lines(self, request, client),
        "snippets": snippets.of(client),
        "preview_url": _preview_url(client),
        "deeds": [*deeds, ("revoke_tokens", _("Revoke all tokens")), *_retire(self, request)] if may_change else [],
        "tools": revocation.tool(request, "client", client=client.client_id),
        "delete_url": reverse("admin:oauth_server_client_delete", args=[client.pk])
        if self.has_delete_permission(request, client)
        else "",
    }
    return TemplateResponse(request, "admin/oauth_server/client/overview.html", context)


def _retire(self: Any, request: HttpRequest) -> list[tuple[str, str]]:
    return [("retire", _("Retire"))] if self.has_delete_permission(request) else []


def _counted(client: Client, now: datetime) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Tokens by grant and refusals by error of the last day, the most frequent first."""
    rows = Counter.objects.filter(client_id=client.client_id, span=Counter.Span.HOUR, at__gt=now - _DAY)
    sums: dict[str, list[tuple[str, int]]] = {"token": [], "refused": []}
    for name, count in rows.values_list("name").annotate(many=Sum("count")).order_by("-many", "name"):
        kind, _colon, detail = name.partition(":")
        sums.get(kind, []).append((detail, count))
    return sums["token"], sums["refused"]


def _last_used(client: Client) -> datetime | None:
    """The hour in which it last got a token, as far back as is counted."""
    rows = Counter.objects.filter(client_id=client.client_id, name__startswith="token:")
    found: datetime | None = rows.aggregate(last=Max("at"))["last"]
    return found


def _preview_url(client: Client) -> str:
    """The page on which people are asked: `AppConfig.oauth_server_consent_preview` of an app; its address takes the client's key."""
    named = (getattr(app, "oauth_server_consent_preview", "") for app in apps.get_app_configs())
    name = next(filter(None, named), "")
    is_asked = "authorization_code" in client.grant_types and not client.skip_authorization
    return reverse(name, args=[client.pk]) if name and is_asked else ""
