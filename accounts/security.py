"""The page of everything a person signs in with, and those on which it changes. Each change is told by mail."""

from typing import Any
from urllib.parse import quote

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as code_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as passkey_views
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View

from . import devices, factor_forms, factors, next_url, offer, remembered, way_back, ways
from .factor_views import creation_options
from .views import Page, PasswordSet


class Security(Page, LoginRequiredMixin, TemplateView):
    template_name = "oauth_accounts/security.html"
    heading = _("Security")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        here = remembered.this(self.request, user)
        marked = [
            {"row": row, "browser": devices.browser(row.user_agent), "is_here": here is not None and row.pk == here.pk}
            for row in remembered.live(user)
        ]
        return super().get_context_data(**kwargs) | {
            "has": factors.of(user),
            "must_have": factors.must_have(user),
            "may_add": factors.may_add(user),
            "remembered": marked,
            "waiting": way_back.waiting(user),
            "has_password": user.has_usable_password(),
        }


class Onward(Page):
    """Goes on to `next`, else back to the page of it all; there too from what is not there any more."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        except Http404:
            return HttpResponseRedirect(reverse("account_security"))
        except ReauthenticationRequired:
            return ways.confirm_first(request)
        return response

    def get_success_url(self) -> str:
        if getattr(self, "did_generate_recovery_codes", False):
            return next_url.passed_on(self.request, reverse("mfa_view_recovery_codes"))
        return next_url.of(self.request) or reverse("account_security")


@method_decorator(reauthentication_required(app="allauth.account"), name="dispatch")
class _ChoosePassword(PasswordSet):
    """A password is one more way in: whoever found an open browser may not make one."""


class ChoosePassword(Onward, _ChoosePassword):
    pass


class Addition(Onward):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not factors.may_add(request.user):
            messages.error(request, get_adapter().error_messages["unverified_email"])
            return HttpResponseRedirect(reverse("account_security"))
        return super().dispatch(request, *args, **kwargs)


class AddPasskey(Addition, passkey_views.AddWebAuthnView):  # type: ignore[misc]
    template_name = "oauth_accounts/passkey_add.html"
    form_class = factor_forms.AddPasskeyForm
    heading = _("Add a passkey")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"passkey_options": creation_options(context)}


class PasskeyOffer(AddPasskey):
    template_name = "oauth_accounts/passkey_offer.html"
    heading = _("Sign in faster next time")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "not_now" in request.POST:
            offer.decline(request.user)
            return HttpResponseRedirect(next_url.of(request) or reverse("account_overview"))
        response: HttpResponseBase = super().post(request, *args, **kwargs)
        return response


class RenamePasskey(Onward, passkey_views.EditWebAuthnView):  # type: ignore[misc]
    template_name = "oauth_accounts/passkey_rename.html"
    form_class = factor_forms.RenamePasskeyForm
    heading = _("Rename the passkey")


class Removal(Onward):
    """The last factor never goes silently: not at all where one must be there, and else with a word about what it means."""

    def _refusal(self, row: Authenticator) -> Any:
        if not get_adapter().can_delete_authenticator(row):
            return get_adapter().error_messages["cannot_delete_authenticator"]
        if factors.is_last(row) and not row.user.has_usable_password():
            return _("This is all you can sign in with. Choose a password first.")
        return None

    def _remove(self, row: Authenticator, go: Any) -> HttpResponseBase:
        """Two at once may not both see the other one's factor still there."""
        with transaction.atomic():
            get_user_model()._default_manager.select_for_update().get(pk=row.user_id)
            refusal = self._refusal(row)
            if refusal is None:
                response: HttpResponseBase = go()
                return response
        messages.error(self.request, refusal)
        return HttpResponseRedirect(reverse("account_security"))

    def _about(self, row: Authenticator) -> dict[str, Any]:
        return {"is_last": factors.is_last(row), "refusal": self._refusal(row)}


class RemovePasskey(Removal, passkey_views.RemoveWebAuthnView):  # type: ignore[misc]
    template_name = "oauth_accounts/factor_remove.html"
    heading = _("Remove the passkey")

    def form_valid(self, form: Any) -> HttpResponseBase:
        return self._remove(self.get_object(), lambda: super(RemovePasskey, self).form_valid(form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | self._about(self.object)


class AddTOTP(Addition, totp_views.ActivateTOTPView):  # type: ignore[misc]
    template_name = "oauth_accounts/totp_add.html"
    form_class = factor_forms.AddTOTPForm
    heading = _("Add an authenticator app")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and factors.of(request.user).totp:
            return HttpResponseRedirect(reverse("account_security"))
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        secret = context["form"].secret
        return (
            context
            | {
                "qr": mark_safe(context["totp_svg"]),  # noqa: S308 - made of paths by the QR library
                "secret": " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
            }
        )


class RemoveTOTP(Removal, totp_views.DeactivateTOTPView):  # type: ignore[misc]
    template_name = "oauth_accounts/factor_remove.html"
    heading = _("Remove the authenticator app")

    def form_valid(self, form: Any) -> HttpResponseBase:
        return self._remove(self.authenticator, lambda: super(RemoveTOTP, self).form_valid(form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | self._about(self.authenticator)


class RecoveryCodes(Onward, LoginRequiredMixin, code_views.ViewRecoveryCodesView):  # type: ignore[misc]
    """Shown once, right after they were made."""

    template_name = "oauth_accounts/recovery_codes.html"
    heading = _("Recovery codes")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and factors.of(request.user).recovery_codes is None:
            return HttpResponseRedirect(next_url.of(request) or reverse("account_security"))
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        codes = [f"{code[:5]} {code[5:]}" for code in context["unused_codes"]] if context["can_view_codes"] else []
        return context | {
            "codes": codes,
            "left": len(context["unused_codes"]),
            "file": f"data:text/plain;charset=utf-8,{quote(chr(10).join([*codes, '']))}",
        }


class NewRecoveryCodes(Onward, code_views.GenerateRecoveryCodesView):  # type: ignore[misc]
    template_name = "oauth_accounts/recovery_codes_new.html"
    heading = _("New recovery codes")

    def get_success_url(self) -> str:
        return next_url.passed_on(self.request, reverse("mfa_view_recovery_codes"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"left": factors.of(self.request.user).codes_left}


class ForgetDevices(Onward, View):
    """One remembered device, or all of them."""

    http_method_names = ("post",)

    @method_decorator(reauthentication_required(app="allauth.mfa"))
    def post(self, request: HttpRequest) -> HttpResponseBase:
        which = request.POST.get("device", "")
        if which.isdecimal() and len(which) < 19:
            remembered.forget(request.user, int(which))
        elif which == "all":
            remembered.forget_all(request.user)
        messages.success(request, _("Your second factor is asked for there from now on."))
        return HttpResponseRedirect(reverse("account_security"))
