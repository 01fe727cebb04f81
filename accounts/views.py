"""The pages of an account: django-allauth's views with our forms, templates and headers, always able to go back into a flow."""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from allauth.account import views as allauth_views
from django.apps import apps
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, UpdateView

from oauth_server import typed
from oauth_server.conf import settings
from oauth_server.logout import frontchannel

from . import aside, forms, next_url, offer
from .identifier import Identifier
from .mails import NotSent
from .models import User
from .pending import Pending, pending_of
from .steps import OTHER

# Of several people on one browser: who signs out
EVERYBODY = "everybody"


class Page:
    """What every template gets: `heading`, `client`, `back_url`, `next`, and `onward` to carry it in a link.

    `person`: whom the page is for; `switch_url`: where somebody else goes on.
    """

    heading: Any = ""
    request: HttpRequest

    @cached_property
    def waiting(self) -> Pending | None:
        return pending_of(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        following, waiting = next_url.of(self.request), self.waiting
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return context | {
            "heading": self.heading,
            "client": waiting.client if waiting else None,
            "back_url": waiting.back_url if waiting else None,
            "next": following,
            "onward": next_url.with_next("", following),
            "person": self.request.user if self.request.user.is_authenticated else None,
            "switch_url": next_url.passed_on(self.request, reverse("account_choose")),
        }


class SentAgain:
    """A new code, where the engine's settings offer it. Strangers get a mail again too: it takes as long, whoever has an account."""

    # what the engine reads of a person before it sends one
    read: tuple[Any, ...] = (User,)
    _process: Any

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        until = datetime.fromtimestamp(self._process.state["at"] + self._process.timeout, UTC)
        return super().get_context_data(**kwargs) | {"until": until}  # type: ignore[misc, no-any-return]

    def _resend_form_valid(self, form: Any) -> HttpResponseBase:
        process = self._process
        # the engine would count the time of the new one from when the first was sent
        process.state["at"] = time.time()
        process.send = lambda skip_enumeration_mails: type(process).send(process)
        if process.user is None:
            for model in self.read:
                model.objects.filter(pk=UUID(int=0) if model is User else 0).first()
        return super()._resend_form_valid(form)  # type: ignore[misc, no-any-return]


def _elsewhere(request: HttpRequest) -> list[dict[str, str]]:
    """Sign-in with accounts elsewhere, where the project has it."""
    if not apps.is_installed("allauth.socialaccount"):
        return []
    from . import social

    return social.ways(request)


class Retyped:
    """A form that was refused as a whole opens with what was typed, but for secrets."""

    request: HttpRequest

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | typed.of(self.request)  # type: ignore[misc, no-any-return]


class Entrance(Retyped, Page):
    """For whoever is not signed in, and for somebody else beside whoever is."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and OTHER not in request.GET:
            return HttpResponseRedirect(next_url.of(request) or reverse("account_overview"))
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response

    def form_valid(self, form: Any) -> HttpResponseBase:
        """What begins here is another person's: nothing of it is written into the session of whoever is signed in."""
        aside.make_room(self.request, getattr(form, "user", None))
        response: HttpResponseBase = super().form_valid(form)  # type: ignore[misc]
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = {
            "is_for_another": self.request.user.is_authenticated,
            "can_register": settings.SIGN_UP == "open",
            "ways": _elsewhere(self.request),
        }
        return super().get_context_data(**kwargs) | shown


class SignIn(Identifier, Entrance, allauth_views.LoginView):  # type: ignore[misc]
    template_name = "oauth_accounts/sign_in.html"
    form_class = forms.SignInForm
    heading = gettext_lazy("Sign in")

    def form_valid(self, form: Any) -> HttpResponseBase:
        offer.note(self.request)
        return super().form_valid(form)

    def get_initial(self) -> dict[str, Any]:
        return {**({"login": self.waiting.login_hint} if self.waiting else {}), **super().get_initial()}


class Registration(Entrance, allauth_views.SignupView):  # type: ignore[misc]
    template_name = "oauth_accounts/registration.html"
    template_name_signup_closed = "oauth_accounts/registration_closed.html"
    form_class = forms.RegistrationForm
    heading = gettext_lazy("Create your account")

    def get_initial(self) -> dict[str, Any]:
        hint = self.waiting.login_hint if self.waiting else ""
        return {**({"email": hint} if "@" in hint else {}), **super().get_initial()}

    def form_valid(self, form: Any) -> HttpResponseBase:
        try:
            return super().form_valid(form)
        except NotSent:
            # whoever tries again has no account yet
            if made := getattr(self, "user", None):
                User.objects.filter(pk=made.pk).delete()
            raise

    def closed(self) -> HttpResponseBase:
        context = self.context_of_closed() | {"heading": _("Registration is closed")}
        return TemplateResponse(self.request, self.template_name_signup_closed, context)

    def context_of_closed(self) -> dict[str, Any]:
        by_invitation = settings.SIGN_UP == "invitation"
        return {"onward": next_url.passed_on(self.request, ""), "by_invitation": by_invitation}


class SignOut(Page, allauth_views.LogoutView):  # type: ignore[misc]
    template_name = "oauth_accounts/sign_out.html"
    heading = gettext_lazy("Sign out")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated and aside.others(request):
            return HttpResponseRedirect(next_url.passed_on(request, reverse("account_choose")))
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def post(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """OpenID Connect Front-Channel Logout 1.0 §3: by way of the page that tells the apps, if there is one to tell."""
        others = aside.others(self.request)
        leaving = others if self.request.POST.get("who") == EVERYBODY else []
        frames = frontchannel.frames(self.request.session, *(one.store for one in leaving))
        if leaving:
            aside.sign_out_others(self.request)
        response: HttpResponseBase = super().post(*args, **kwargs)
        onward = reverse("account_choose") if others and not leaving else response["Location"]
        return frontchannel.page(self.request, frames, onward) if frames else HttpResponseRedirect(onward)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"others": [one.user for one in aside.others(self.request)]}


class SignedOut(TemplateView):
    template_name = "oauth_server/signed_out.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"sign_in_url": reverse("account_login")}


class Inactive(Page, allauth_views.AccountInactiveView):  # type: ignore[misc]
    template_name = "oauth_accounts/inactive.html"
    heading = gettext_lazy("This account is switched off")


class PasswordReset(Retyped, Page, allauth_views.PasswordResetView):  # type: ignore[misc]
    template_name = "oauth_accounts/password_reset.html"
    form_class = forms.PasswordResetForm
    heading = gettext_lazy("Reset your password")

    def get_success_url(self) -> str:
        """The page that says "look into your mail", also in the middle of a flow."""
        return next_url.passed_on(self.request, reverse("account_reset_password_done"))


class PasswordResetSent(Page, allauth_views.PasswordResetDoneView):  # type: ignore[misc]
    template_name = "oauth_accounts/password_reset_sent.html"
    heading = gettext_lazy("Look into your mail")


class NewPassword(Page, allauth_views.PasswordResetFromKeyView):  # type: ignore[misc]
    template_name = "oauth_accounts/new_password.html"
    form_class = forms.NewPasswordForm
    heading = gettext_lazy("Choose a new password")


class NewPasswordSet(Page, allauth_views.PasswordResetFromKeyDoneView):  # type: ignore[misc]
    template_name = "oauth_accounts/new_password_set.html"
    heading = gettext_lazy("Your password is changed")


class PasswordChange(Page, allauth_views.PasswordChangeView):  # type: ignore[misc]
    template_name = "oauth_accounts/password_change.html"
    form_class = forms.PasswordChangeForm
    heading = gettext_lazy("Change your password")


class PasswordSet(Page, allauth_views.PasswordSetView):  # type: ignore[misc]
    template_name = "oauth_accounts/password_change.html"
    form_class = forms.PasswordSetForm
    heading = gettext_lazy("Choose a password")


class RequestCode(Entrance, allauth_views.RequestLoginCodeView):  # type: ignore[misc]
    template_name = "oauth_accounts/request_code.html"
    form_class = forms.RequestCodeForm
    heading = gettext_lazy("Sign in with a code")


class SignInCode(SentAgain, Page, allauth_views.ConfirmLoginCodeView):  # type: ignore[misc]
    template_name = "oauth_accounts/code.html"
    form_class = forms.SignInCodeForm
    heading = gettext_lazy("Type the code from your mail")


class Overview(Page, LoginRequiredMixin, TemplateView):
    template_name = "oauth_accounts/overview.html"
    heading = gettext_lazy("Your account")


class Name(Page, LoginRequiredMixin, UpdateView):  # type: ignore[type-arg]
    template_name = "oauth_accounts/name.html"
    form_class = forms.NameForm
    success_url = reverse_lazy("account_overview")
    heading = gettext_lazy("Your name")

    def get_object(self, queryset: Any = None) -> User:
        return self.request.user  # type: ignore[return-value]


class Profile(Page, LoginRequiredMixin, UpdateView):  # type: ignore[type-arg]
    template_name = "oauth_accounts/profile.html"
    form_class = forms.ProfileForm
    success_url = reverse_lazy("account_overview")
    heading = gettext_lazy("About you")

    def get_object(self, queryset: Any = None) -> User:
        return self.request.user  # type: ignore[return-value]


def change_password(request: HttpRequest) -> HttpResponseBase:
    """W3C Well-Known URL for Changing Passwords §2."""
    return HttpResponseRedirect(reverse("account_change_password"))
