"""The pages on which staff invite people, and import them with the hashes of their passwords."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oauth_server.admin.deeds import DeedForm, ask

from . import importing, invitations

View = Callable[[HttpRequest], HttpResponseBase]
# Lines of a file of which the page tells what is wrong
_SHOWN = 50


class InviteForm(DeedForm):
    email = forms.EmailField(label=gettext_lazy("Email address"))


class ImportForm(DeedForm):
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy(
            "UTF-8. The first line names the columns: email, and as wanted username, first_name, last_name, password (a hash), "
            "email_verified, is_active."
        ),
    )
    dry_run = forms.BooleanField(
        label=gettext_lazy("Only look"), required=False, initial=True, help_text=gettext_lazy("Nobody is imported.")
    )

    def clean_file(self) -> bytes:
        upload = self.cleaned_data["file"]
        if upload.size > importing.LARGEST:
            most = importing.LARGEST // (1024 * 1024)
            raise ValidationError(
                _("The file is larger than %(most)d MiB. Use manage.py import_people.") % {"most": most}
            )
        content: bytes = upload.read()
        return content


def tools() -> list[tuple[str, str]]:
    return [
        (reverse("admin:oauth_accounts_user_invite"), _("Invite")),
        (reverse("admin:oauth_accounts_user_import"), _("Import")),
    ]


def _list() -> str:
    return reverse("admin:oauth_accounts_user_changelist")


def invite_view(self: Any) -> View:
    def page(request: HttpRequest) -> HttpResponseBase:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = InviteForm(request.POST if request.method == "POST" else None, user=request.user)
        if form.is_valid():
            try:
                row = invitations.invite(form.cleaned_data["email"], by=request.user)
            except ValidationError as error:
                form.add_error("email", error)
            else:
                messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": row.email})
                return HttpResponseRedirect(_list())
        question = _("They get a mail with a link, by which they make their account, once.")
        return ask(self, request, title=_("Invite"), question=question, rows=[], form=form)

    return page


def import_view(self: Any) -> View:
    def page(request: HttpRequest) -> HttpResponseBase:
        if not self.has_add_permission(request):
            raise PermissionDenied
        is_sent = request.method == "POST"
        form = ImportForm(request.POST if is_sent else None, request.FILES if is_sent else None, user=request.user)
        if form.is_valid():
            outcome = importing.run(form.cleaned_data["file"], dry_run=form.cleaned_data["dry_run"])
            if not outcome.errors and not form.cleaned_data["dry_run"]:
                told = ngettext("%d person is imported.", "%d people are imported.", outcome.made) % outcome.made
                messages.success(request, told)
                return HttpResponseRedirect(_list())
            _tell(request, form, outcome)
        question = _("All people of the file are imported, or none if a line is wrong.")
        return ask(self, request, title=_("Import"), question=question, rows=[], form=form)

    return page


def _tell(request: HttpRequest, form: ImportForm, outcome: importing.Outcome) -> None:
    for line, wrong in outcome.errors[:_SHOWN]:
        form.add_error(None, _("Line %(line)d: %(wrong)s") % {"line": line, "wrong": wrong})
    if len(outcome.errors) > _SHOWN:
        form.add_error(None, _("%(count)d lines are wrong in all.") % {"count": len(outcome.errors)})
    if not outcome.errors:
        told = ngettext("%d person would be imported.", "%d people would be imported.", outcome.made) % outcome.made
        messages.info(request, told)
