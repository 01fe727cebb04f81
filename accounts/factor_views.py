"""Second factors at sign-in, and the pages on which somebody who is signed in confirms that it is they."""

import json
from functools import partial
from typing import Any

from allauth.account import views as allauth_views
from allauth.account.stages import LoginStageController
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import views as base_views
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn import views as passkey_views
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from oauth_server import limits
from oauth_server.conf import settings

from . import factor_forms, factors, forms, next_url, passkey_question, remembered, shown, time_left, way_back, ways
from .views import Page

# Says that a way was picked from those that there are
_CHOSEN = "chosen"


def options(context: dict[str, Any], name: str) -> str:
    """What a browser is asked to sign or to make, for the script that hands it on."""
    return json.dumps(context["js_data"][name])


def creation_options(context: dict[str, Any]) -> str:
    """A passkey that is found without a name typed before, and that its device unlocks."""
    asked = context["js_data"]["creation_options"]["publicKey"]
    asked["authenticatorSelection"] |= {"residentKey": "required", "requireResidentKey": True}
    return options(context, "creation_options")


class PasskeySignIn(Page, passkey_views.LoginWebAuthnView):  # type: ignore[misc]
    form_class = factor_forms.SignInByPasskeyForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return passkey_question.ask(request, partial(super().get, request, *args, **kwargs))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return passkey_question.answered(request, partial(super().post, request, *args, **kwargs))

    def form_valid(self, form: Any) -> HttpResponseBase:
        if not passkey_question.use_up(self.request):
            return self.form_invalid(form)
        response: HttpResponseBase = super().form_valid(form)
        return response

    def form_invalid(self, form: Any) -> HttpResponseBase:
        messages.error(self.request, get_adapter().error_messages["incorrect_code"])
        return HttpResponseRedirect(next_url.passed_on(self.request, reverse("account_login")))


class SecondFactor(Page, base_views.AuthenticateView):  # type: ignore[misc]
    template_name = "oauth_accounts/second_factor.html"
    form_class = factor_forms.SecondFactorForm
    webauthn_form_class = factor_forms.SecondFactorByPasskeyForm
    heading = _("Confirm with your second factor")

    def form_valid(self, form: Any) -> HttpResponseBase:
        user = self.stage.login.user
        response: HttpResponseBase = super().form_valid(form)
        if form.cleaned_data.get("remember"):
            remembered.remember(self.request, user, response)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        time_left.tell(self.request, self.stage)
        has = factors.of(self.stage.login.user)
        posted = context["webauthn_form"] if self.request.POST.get("credential") else context["form"]
        context["form"] = context["form"] or self.form_class(user=self.stage.login.user)
        context["form"].fields["code"].label = (
            _("Code from your app, or a recovery code") if has.totp else _("Recovery code")
        )
        return context | {
            "passkey_options": options(context, "request_options") if has.passkeys else "",
            "has": has,
            "person": self.stage.login.user,
            "passkey_failed": bool(posted and posted.is_bound and "credential" in posted.errors),
        }


class LostFactor(Page, TemplateView):
    """For whoever has just typed their password and cannot show the second factor."""

    template_name = "oauth_accounts/second_factor_lost.html"
    heading = _("You lost your second factor?")
    stage: Any
    person: Any

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.stage = LoginStageController.enter(request, AuthenticateStage.key)
        if self.stage is None or request.user.is_authenticated:
            return HttpResponseRedirect(next_url.passed_on(request, reverse("account_login")))
        self.person = self.stage.login.user
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if way_back.is_on():
            # each one sends mails
            limits.take(3, "factor_reset", str(self.person.pk))
            way_back.ask(self.person)
        return HttpResponseRedirect(next_url.passed_on(request, request.path))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        time_left.tell(self.request, self.stage)
        return context | {
            "person": self.person,
            "is_on": way_back.is_on(),
            "waiting": way_back.waiting(self.person),
            "hours": settings.FACTOR_RESET_WAIT // 3600,
            "has": factors.of(self.person),
        }


class Confirm(Page):
    """One of the ways to confirm; those that do not reach what is asked are not offered."""

    way = ""
    template_name = "oauth_accounts/confirm_it_is_you.html"
    heading = _("Confirm that it is you")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            # signed out in another tab: signing in confirms it as well
            return HttpResponseRedirect(next_url.passed_on(request, reverse("account_login")))
        found = ways.methods(request, request.user)
        names = [way["id"] for way in found]
        if self.way in names and (self.way == names[0] or self._is_chosen()):
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
            return response
        if found:
            return HttpResponseRedirect(self._with_query(found[0]["url"]))
        if ways.wanted(request) > ways.ONE:
            return HttpResponseRedirect(self._with_query(reverse("account_second_factor_needed")))
        # There is nothing to confirm it with, as in an account without a password: sign in again instead
        logout(request)
        return HttpResponseRedirect(next_url.passed_on(request, reverse("account_login")))

    def form_valid(self, form: Any) -> HttpResponseBase:
        wanted = ways.wanted(self.request)
        response: HttpResponseBase = super().form_valid(form)  # type: ignore[misc]
        if ways.is_reached(self.request, wanted):
            return response
        return HttpResponseRedirect(self._with_query(reverse("account_reauthenticate")))

    def form_invalid(self, form: Any) -> HttpResponseBase:
        return self.render_to_response(self.get_context_data(form=form))  # type: ignore[attr-defined, no-any-return]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = ways.methods(self.request, self.request.user)
        others = [
            way | {"url": self._with_query(way["url"], **{_CHOSEN: "1"})} for way in found if way["id"] != self.way
        ]
        return super().get_context_data(**kwargs) | {
            "way": self.way,
            "other_ways": others,
            "is_more": ways.wanted(self.request) > ways.ONE,
        }

    def _is_chosen(self) -> bool:
        """The page of the password is where everybody is sent; the others are only come to on purpose."""
        return self.way != "account_reauthenticate" or _CHOSEN in self.request.GET

    def _with_query(self, url: str, **more: str) -> str:
        query = self.request.GET.copy()
        query.pop(_CHOSEN, None)
        query.update(more)
        return f"{url}?{query.urlencode()}" if query else url


class ConfirmItIsYou(Confirm, allauth_views.ReauthenticateView):  # type: ignore[misc]
    way = "account_reauthenticate"
    form_class = forms.ConfirmItIsYouForm


class ConfirmByCode(Confirm, base_views.ReauthenticateView):  # type: ignore[misc]
    way = "mfa_reauthenticate"
    form_class = factor_forms.ConfirmByCodeForm


class ConfirmByPasskey(Confirm, passkey_views.ReauthenticateWebAuthnView):  # type: ignore[misc]
    way = "mfa_reauthenticate_webauthn"
    form_class = factor_forms.ConfirmByPasskeyForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.get("form")
        context = super().get_context_data(**kwargs)
        return context | {
            "passkey_options": options(context, "request_options"),
            "passkey_failed": bool(form and form.is_bound),
            "form": None,
        }


class FactorNeeded(Page, LoginRequiredMixin, TemplateView):
    """A client or SECOND_FACTOR asks for more than this person has: they can add it here, and go on."""

    template_name = "oauth_accounts/second_factor_needed.html"
    heading = _("Add a second factor")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and ways.is_reached(request, ways.wanted(request)):
            return HttpResponseRedirect(next_url.of(request) or reverse("account_security"))
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        return super().get_context_data(**kwargs) | {
            "must_have": factors.must_have(user),
            "may_add": factors.may_add(user),
            "may_go_on": self.waiting is not None and not self.waiting.is_acr_essential and not factors.must_have(user),
            "passkeys_only": ways.wanted(self.request) >= shown.PHISHING_RESISTANT,
        }
