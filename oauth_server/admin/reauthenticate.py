"""ASVS 5.0 7.5.3: whoever opens a dangerous page shows again who they are, unless they did so a moment ago.

`@recently_authenticated` goes on a view by address. It leads through the person's own sign-in, with what that asks of them, to the page
that the accounts app names (`AppConfig.oauth_server_confirm_page`); without one the password is asked for here. A deed of a list, whose
choice of rows such a detour would lose, asks in its form (`deeds.StepUpForm`).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oauth_server import limits, pages, typed
from oauth_server.conf import settings
from oauth_server.interaction.context import KEY, NEXT, record_sign_in
from oauth_server.interaction.recent import confirm_page, is_recent

View = Callable[..., HttpResponseBase]
# marks the form that is asked in place of a page
_HERE = "confirm_it_is_you"
# the code of the error of a form that hears no password any more
TOO_MANY = "too_many_passwords"


class PasswordForm(forms.Form):
    """The password again, of everybody who has one; wrong ones are counted."""

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.has_usable_password():
            del self.fields["password"]

    def clean_password(self) -> str:
        return require_password(self.user, self.cleaned_data["password"])


def require_password(user: Any, password: str) -> str:
    """Nothing, for a form to keep. Raises `ValidationError`."""
    attempt = ("step_up", str(user.pk))
    try:
        limits.take(settings.SIGN_IN_FAILURES, *attempt)
    except limits.TooManyAttempts as error:
        told = _("Too many wrong passwords. Try again after %(time)s.")
        raise forms.ValidationError(told, TOO_MANY, {"time": pages.clock_time(error.retry_after)}) from error
    if not user.check_password(password):
        raise forms.ValidationError(_("This is not your password."))
    limits.clear(*attempt)
    return ""


def status_of(form: forms.BaseForm | None) -> int:
    """Of the page that shows the form: RFC 6585 §4 where it hears no password any more."""
    errors = form.errors.as_data().values() if form is not None and form.is_bound else ()
    return 429 if any(error.code == TOO_MANY for found in errors for error in found) else 200


def elsewhere() -> str:
    """What a form says whose content a detour would lose: where to show who is there, beside it."""
    page = confirm_page()
    if not page:
        return _("You signed in some time ago. Sign out and in again, then repeat this.")
    told = _(
        'You signed in some time ago. <a href="{url}" target="_blank">Confirm that it is you (in a new tab)</a>, then send this form '
        "again."
    )
    return format_html(told, url=f"{resolve_url(page)}?{urlencode({NEXT: reverse('admin:index')})}")


def recently_authenticated(view: View) -> View:
    """The view runs for who showed in the last SECURITY_MAX_AGE seconds who they are; others are asked first."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_recent(request):
            return view(request, *args, **kwargs)
        page = confirm_page()
        if not page:
            return _ask_here(request)
        response = HttpResponseRedirect(f"{resolve_url(page)}?{urlencode({NEXT: request.get_full_path()})}")
        if request.method == "POST":
            messages.warning(request, _("Nothing is done yet: your sign-in was too long ago. Send the form again."))
            typed.keep(request, response)
        return response

    return inner


def _ask_here(request: HttpRequest) -> HttpResponseBase:
    """For a project that signs its staff in by itself."""
    user: Any = request.user
    is_answer = request.method == "POST" and _HERE in request.POST
    if is_answer and not user.has_usable_password():
        logout(request)
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    form = PasswordForm(request.POST if is_answer else None, user=user)
    if is_answer and form.is_valid():
        # ASVS 5.0 7.2.4: a new session identifier at every re-authentication
        request.session.cycle_key()
        data = request.session.get(KEY, {})
        record_sign_in(request, user, amr=("pwd",), acr=data.get("acr", ""))
        return HttpResponseRedirect(request.get_full_path())
    context = {
        **admin.site.each_context(request),
        "title": _("Confirm that it is you"),
        "form": form,
        "marker": _HERE,
        "has_password": user.has_usable_password(),
    }
    page = TemplateResponse(request, "admin/oauth_server/reauthenticate.html", context, status=status_of(form))
    if request.method == "POST" and not is_answer:
        typed.keep(request, page)
    return page


__all__ = [
    "PasswordForm",
    "confirm_page",
    "elsewhere",
    "is_recent",
    "recently_authenticated",
    "require_password",
    "status_of",
]
