"""The pages of a person's mail address: changed, confirmed by link or by code, also on another device."""

from typing import Any

from allauth.account import app_settings
from allauth.account import views as allauth_views
from allauth.account.models import EmailAddress
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy

from . import forms, next_url
from .models import User
from .refusals import View
from .views import Page, Retyped, SentAgain


class Email(Retyped, Page, allauth_views.EmailView):  # type: ignore[misc]
    template_name = "oauth_accounts/email_addresses.html"
    form_class = forms.AddEmailForm
    heading = gettext_lazy("Email address")


class ConfirmationSent(Page, allauth_views.EmailVerificationSentView):  # type: ignore[misc]
    template_name = "oauth_accounts/confirmation_sent.html"
    heading = gettext_lazy("Confirm your email address")


class ConfirmEmailCode(SentAgain, Page, allauth_views.ConfirmEmailVerificationCodeView):  # type: ignore[misc]
    template_name = "oauth_accounts/code.html"
    form_class = forms.EmailCodeForm
    read = (User, User, EmailAddress)
    heading = gettext_lazy("Type the code from your mail")


def confirmation_sent(request: HttpRequest) -> HttpResponseBase:
    """By link or by code, as `ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED` says."""
    by_code = app_settings.EMAIL_VERIFICATION_BY_CODE_ENABLED
    view: View = ConfirmEmailCode.as_view() if by_code else ConfirmationSent.as_view()
    return view(request)


class ConfirmEmail(Page, allauth_views.ConfirmEmailView):  # type: ignore[misc]
    template_name = "oauth_accounts/confirm_email.html"
    heading = gettext_lazy("Confirm your email address")

    def post(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response: HttpResponseBase = super().post(*args, **kwargs)
        except Http404:
            # sent twice, or too late: the page says so
            self.object = None
            return TemplateResponse(self.request, self.template_name, self.get_context_data())
        return response

    def logout_other_user(self, confirmation: Any) -> None:
        """Whoever is signed in stays so: an address is confirmed, nobody signs in."""

    def get_next_url(self) -> str | None:
        """Only into a flow that waits in this browser; opened in another, the link ends at a page that says so."""
        return next_url.of(self.request) if self.waiting else None
