"""W3C Web Authentication Level 3 §7.1 an account with a passkey and no password: the address, the code from its mail, the passkey.

Where `MFA_PASSKEY_SIGNUP_ENABLED` is on.
"""

from typing import Any

from allauth.account import views as allauth_views
from allauth.mfa.webauthn import views as passkey_views
from allauth.mfa.webauthn.stages import PasskeySignupStage
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from . import factor_forms, next_url, shown, time_left
from .factor_views import creation_options
from .stages import with_waiting
from .views import Page, Registration


class RegistrationByPasskey(Registration, allauth_views.SignupByPasskeyView):  # type: ignore[misc]
    """The page of registration without its password."""


class PasskeyStage(PasskeySignupStage):  # type: ignore[misc]
    def handle(self) -> tuple[Any, bool]:
        response, goes_on = super().handle()
        return with_waiting(self, response), goes_on


class FirstPasskey(Page, passkey_views.SignupWebAuthnView):  # type: ignore[misc]
    """Whoever has typed the code of the mail makes the passkey, and goes on by way of the recovery codes."""

    template_name = "oauth_accounts/passkey_first.html"
    form_class = factor_forms.FirstPasskeyForm
    heading = _("Make your passkey")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return HttpResponseRedirect(next_url.of(request) or reverse("account_overview"))
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def form_valid(self, form: Any) -> HttpResponseBase:
        # making it shows it
        shown.note(self.request, self._login_stage.login.user, shown.PASSKEY)
        response: HttpResponseBase = super().form_valid(form)
        if not self.request.user.is_authenticated:
            return response
        return HttpResponseRedirect(next_url.with_next(reverse("mfa_generate_recovery_codes"), response["Location"]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.get("form")
        context = super().get_context_data(**kwargs)
        time_left.tell(self.request, self._login_stage)
        return context | {
            "form": form or self.get_form(),
            "person": self._login_stage.login.user,
            "passkey_options": creation_options(context),
            "passkey_failed": bool(form and form.is_bound),
        }
