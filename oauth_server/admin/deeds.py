"""Acts on chosen rows: each asks first on a page of its own, by POST, and says afterwards what was done."""

import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server import audit, clock
from oauth_server.admin import reauthenticate
from oauth_server.tokens import store

# Runs the deed for (admin, request, rows, what the form says) and returns what to tell. Raises `Refused`, which undoes all of it.
Run = Callable[[Any, HttpRequest, list[Any], dict[str, Any]], str]


class Refused(Exception):
    """A deed cannot be done now; the message is for the person who asked for it."""


class DeedForm(forms.Form):
    """What the page asks besides yes or no: nothing. `is_recent`: whether the person showed a moment ago who they are."""

    def __init__(self, *args: Any, user: Any, is_recent: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.is_recent = is_recent


class ReasonForm(DeedForm):
    """Why it is done, for the audit log."""

    note = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, help_text=gettext_lazy("For the audit log. No secrets.")
    )


class StepUpForm(DeedForm):
    """The password again: an open browser is not enough for keys and secrets."""

    password = reauthenticate.PasswordForm.base_fields["password"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_recent or not self.user.has_usable_password():
            del self.fields["password"]

    def clean_password(self) -> str:
        return reauthenticate.require_password(self.user, self.cleaned_data["password"])

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.is_recent and not self.user.has_usable_password():
            raise forms.ValidationError(reauthenticate.elsewhere())
        return cleaned


class DangerousForm(ReasonForm, StepUpForm):
    """Who asks, and why."""

    field_order: tuple[str, ...] = ("note", "password")


class OnceMixin(forms.Form):
    """A form whose second sending, by a reload, does nothing."""

    once = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=lambda: secrets.token_urlsafe(16))

    def require_first(self) -> None:
        """The last check: what was refused for another reason may come again."""
        if self.errors:
            return
        if not store.use_once("admin_form", self.cleaned_data["once"], clock.now() + timedelta(days=1)):
            self.add_error(None, _("This form was sent before. What it made exists; its secret was shown once."))


def rows_of(self: Any, request: HttpRequest, queryset: Any) -> list[Any]:
    """Those that were chosen in a list. Where none of them is there any more, that is said."""
    rows = list(queryset.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME)))
    if not rows:
        self.message_user(request, _("What was chosen is no longer there. Nothing is done."), messages.ERROR)
    return rows


def deed(
    description: Any,
    *,
    permission: str,
    question: Any,
    form: type[DeedForm] = DeedForm,
    preview: Callable[[HttpRequest, list[Any]], list[str]] | None = None,
) -> Callable[[Run], Callable[..., HttpResponse | None]]:
    """Make an action of the list, and a button of each row's page, that asks `question` and then runs.

    `question`: a text, or what makes one of the chosen rows. `preview`: what will stop working, line by line.
    """

    def decorate(run: Run) -> Callable[..., HttpResponse | None]:
        @admin.action(description=description, permissions=[permission])
        @wraps(run)
        def action(self: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
            rows = rows_of(self, request, queryset)
            if not rows:
                return None
            confirmed = "confirmed" in request.POST
            recent = reauthenticate.is_recent(request)
            asked = form(request.POST if confirmed else None, user=request.user, is_recent=recent)
            if not confirmed or not asked.is_valid():
                hidden = {"action": run.__name__, "single": request.POST.get("single", "")}
                told = question(rows) if callable(question) else question
                lines = preview(request, rows) if preview else []
                return ask(
                    self,
                    request,
                    title=description,
                    question=told,
                    rows=rows,
                    form=asked,
                    hidden=hidden,
                    lines=lines,
                    cancel_url=_page_of(self, rows[0]) if hidden["single"] and len(rows) == 1 else "",
                )
            try:
                with transaction.atomic(), audit.because(asked.cleaned_data.get("note", "")):
                    told, level = run(self, request, rows, asked.cleaned_data), messages.SUCCESS
            except Refused as error:
                told, level = str(error), messages.ERROR
            self.message_user(request, told, level)
            return _back(self, request, rows)

        return action

    return decorate


def _back(self: Any, request: HttpRequest, rows: list[Any]) -> HttpResponse | None:
    """To the row's own page when the deed began there; None leads to the list."""
    if not request.POST.get("single") or len(rows) != 1:
        return None
    return HttpResponseRedirect(_page_of(self, rows[0]))


def _page_of(self: Any, row: Any) -> str:
    return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])


def ask(
    self: Any,
    request: HttpRequest,
    *,
    title: Any,
    question: Any,
    rows: list[Any],
    form: forms.Form,
    hidden: dict[str, str] | None = None,
    lines: Sequence[str] = (),
    in_the_way: Sequence[str] = (),
    cancel_url: str = "",
) -> TemplateResponse:
    """The page that asks; where something is in the way it says what, and asks nothing."""
    context = {
        **self.admin_site.each_context(request),
        "title": capfirst(str(title)),
        "question": question,
        "rows": rows,
        "lines": lines,
        "in_the_way": in_the_way,
        "form": form,
        "hidden": hidden or {},
        "checkbox": ACTION_CHECKBOX_NAME,
        "cancel_url": cancel_url or reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
        "opts": self.opts,
        "media": self.media + form.media,
    }
    return TemplateResponse(request, "admin/oauth_server/confirm.html", context, status=reauthenticate.status_of(form))
