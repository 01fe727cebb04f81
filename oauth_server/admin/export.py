"""RFC 4180 CSV and JSON lines of a list: the rows that its search and filters leave, streamed in the order of their keys."""

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import lookup_field
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from oauth_server.admin.paging import AFTER, BEFORE
from oauth_server.deeds.rows import each

FORMAT = "format"
_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/x-ndjson"}
# OWASP CSV Injection: what makes a spreadsheet compute
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def view(admin: Any, request: HttpRequest) -> HttpResponseBase:
    """The list at whose address this stands, with its query."""
    if not admin.may_export(request):
        raise PermissionDenied
    kind = request.GET.get(FORMAT, "csv")
    if kind not in _TYPES:
        raise Http404
    query = request.GET.copy()
    for name in (FORMAT, BEFORE, AFTER):
        query.pop(name, None)
    request.GET = query  # type: ignore[assignment]
    admin.note_export(request)
    try:
        found = admin.get_changelist_instance(request).queryset
    except IncorrectLookupParameters:
        raise Http404 from None
    rows = map(admin.exported, each(found))
    lines = _csv(rows) if kind == "csv" else _json(rows)
    name = f"{admin.opts.model_name}.{'csv' if kind == 'csv' else 'jsonl'}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type=_TYPES[kind], headers=headers)


def tools(admin: Any, request: HttpRequest) -> list[tuple[str, str]]:
    """The links of a list, for who may."""
    if not admin.may_export(request):
        return []
    url = reverse(f"admin:{admin.opts.app_label}_{admin.opts.model_name}_export")
    texts = {"csv": _("Export as CSV"), "json": _("Export as JSON lines")}
    return [(f"{url}?{_with(request, kind)}", text) for kind, text in texts.items()]


def _with(request: HttpRequest, kind: str) -> str:
    query = request.GET.copy()
    query[FORMAT] = kind
    return query.urlencode()


def shown(admin: Any, row: Any) -> dict[str, Any]:
    """What the list shows of a row: no more than a person sees."""
    return {name: _plain(lookup_field(name, row, admin)[2]) for name in admin.list_display}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return strip_tags(str(value))


def _json(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    return (json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)


class _Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    writer, is_first = csv.writer(_Line()), True
    for row in rows:
        if is_first:
            yield writer.writerow(list(row))
            is_first = False
        yield writer.writerow([_cell(value) for value in row.values()])


def _cell(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)
    return f"'{text}" if text.startswith(_FORMULA) else text
