"""Which rows use a row, as links: some of them, and that there are more."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

_MOST = 20


def clients(row: Any) -> str:
    """The clients of a scope or an API."""
    return linked(row.clients.order_by("name", "pk"), "client") if row.pk else ""


def linked(rows: Any, table: str) -> str:
    found = list(rows[: _MOST + 1])
    if not found:
        return _("none")
    url = f"admin:oauth_server_{table}_change"
    links = format_html_join(", ", '<a href="{}">{}</a>', ((reverse(url, args=[one.pk]), one) for one in found[:_MOST]))
    return format_html("{} …", links) if len(found) > _MOST else links
