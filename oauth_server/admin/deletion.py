"""Rows deleted, one or several: what will stop working is said, the reason asked, and both are in the log."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oauth_server import audit
from oauth_server.admin import reauthenticate
from oauth_server.admin.deeds import ask, rows_of

NAME = "delete_selected"


def view(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """The page of one row."""
    row = self.get_object(request, unquote(object_id))
    if row is None:
        gone: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return gone
    if not self.has_delete_permission(request, row):
        raise PermissionDenied
    hidden: dict[str, str] = {IS_POPUP_VAR: "1"} if IS_POPUP_VAR in {*request.GET, *request.POST} else {}
    page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])
    name, key = str(row), row.pk
    asked = _asked(self, request, [row], hidden, page)
    done: HttpResponse = asked or self.response_delete(request, name, key)
    return done


def selected(self: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """The action of a list, in the place of Django's."""
    rows = rows_of(self, request, queryset)
    if not rows:
        return None
    asked = _asked(self, request, rows, {"action": NAME}, "")
    if asked is None:
        told = ngettext("%d row is deleted.", "%d rows are deleted.", len(rows)) % len(rows)
        self.message_user(request, told, messages.SUCCESS)
    return asked


def _asked(
    self: Any, request: HttpRequest, rows: list[Any], hidden: dict[str, str], cancel_url: str
) -> HttpResponse | None:
    """None: they are deleted."""
    missing = sorted(self.missing_permissions(request))
    in_the_way = _forbidden(missing) or self.blockers(rows)
    in_the_way = in_the_way or _forbidden([row for row in rows if not self.has_delete_permission(request, row)])
    confirmed = request.method == "POST" and "confirmed" in request.POST
    if confirmed and missing:
        raise PermissionDenied
    recent = reauthenticate.is_recent(request)
    form = self.deletion_form(request.POST if confirmed else None, user=request.user, is_recent=recent)
    if confirmed and not in_the_way and form.is_valid():
        with transaction.atomic(), audit.because(form.cleaned_data["note"]):
            self.log_deletions(request, rows)
            self.delete_queryset(request, rows)
        return None
    return ask(
        self,
        request,
        title=_("Delete"),
        question=_("Delete what is listed here, for good? It cannot be undone."),
        rows=rows,
        form=form,
        hidden=hidden,
        lines=[] if in_the_way else self.consequences(request, rows),
        in_the_way=in_the_way,
        cancel_url=cancel_url,
    )


def _forbidden(what: Sequence[object]) -> list[str]:
    return [_("You may not delete %(what)s.") % {"what": ", ".join(map(str, what))}] if what else []
