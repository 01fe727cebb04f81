"""The way from page to page of one client, also through the lists of other tables that are about it alone."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from oauth_server.models import Client

# a look-up in the address of a list → the column of the client that it compares
_LOOK_UPS = {"application__id__exact": "pk", "client__id__exact": "pk", "client_id__exact": "client_id"}


def tabs(request: HttpRequest, client: Client, current: str) -> list[tuple[str, str, bool]]:
    """Address, text, whether it is this page; those that the person may open."""
    may_change = admin.site.get_model_admin(Client).has_change_permission(request, client)
    found = [
        ("overview", _own("overview", client), _("Overview")),
        ("settings", _own("change", client), _("Settings")),
    ]
    if client.has_secret:
        found.append(("secrets", f"{_own('change', client)}#client-secrets", _("Credentials")))
    found += [
        ("reach", f"{_own('change', client)}#id_scopes", _("Scopes and audiences")),
        ("preview", _own("preview", client), _("Claims")),
        *_lists(request, client),
    ]
    if may_change:
        found.append(("trial", _own("trial", client), _("Test")))
        found.append(("danger", f"{_own('overview', client)}#danger", _("Danger")))
    return [(url, text, name == current) for name, url, text in found]


def _own(page: str, client: Client) -> str:
    return reverse(f"admin:oauth_server_client_{page}", args=[client.pk])


def _lists(request: HttpRequest, client: Client) -> list[tuple[str, str, str]]:
    lists = (
        ("oauth_consent", "consent", f"client__id__exact={client.pk}", _("People and consents")),
        ("oauth_server", "accesstoken", f"application__id__exact={client.pk}", _("Tokens")),
        ("oauth_server", "auditevent", f"client_id__exact={client.client_id}", _("Events")),
    )
    return [
        (table, f"{url}?{query}", text)
        for label, table, query, text in lists
        if request.user.has_perm(f"{label}.view_{table}") and (url := _list(f"{label}_{table}"))
    ]


def _list(table: str) -> str:
    """Empty where the app is not installed."""
    try:
        return reverse(f"admin:{table}_changelist")
    except NoReverseMatch:
        return ""


def of_list(request: HttpRequest, table: str) -> dict[str, Any]:
    """For the template of a list: the client that its address names, with its tabs; empty where it is about more."""
    name = next((name for name in _LOOK_UPS if name in request.GET), "")
    if not name or not request.user.has_perm("oauth_server.view_client"):
        return {}
    value = request.GET[name]
    if _LOOK_UPS[name] == "pk" and not (value.isascii() and value.isdigit() and len(value) < 19):
        return {}
    wanted = {_LOOK_UPS[name]: value}
    found = Client.objects.select_related("issuer").filter(**wanted).first() if "\x00" not in value else None
    return {} if found is None else {"client": found, "tabs": tabs(request, found, table)}
