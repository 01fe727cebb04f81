"""What django-allauth asks of its project: our addresses, our mails, our limits."""

from contextlib import suppress
from typing import Any, cast

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import user_email
from allauth.core import context as allauth_context
from allauth.core import ratelimit
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.module_loading import import_string

from oauth_server import audit, mail
from oauth_server.endpoints.adapter import address as address_of
from oauth_server.policy import guesses

from . import aside, devices, mails, next_url, offer, shown, sign_up, ways
from .mails import absolute
from .pending import pending_of
from .stages import SecondFactorStage

# The pages themselves say these.
SILENT = frozenset({"logged_in.txt", "logged_out.txt", "email_confirmation_sent.txt", "login_code_sent.txt"})


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    # pages

    def is_safe_url(self, url: str | None) -> bool:
        return bool(url) and next_url.is_own(self._request(), cast(str, url))

    def is_ajax(self, request: HttpRequest) -> bool:
        """Forms are answered with pages, never with JSON; a script asks what a passkey has to sign."""
        return request.method == "GET" and request.path == reverse("mfa_login_webauthn")

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_overview")

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_overview")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_signed_out")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_overview")

    def respond_email_verification_sent(self, request: HttpRequest, user: AbstractBaseUser | None) -> HttpResponse:
        return HttpResponseRedirect(next_url.passed_on(request, reverse("account_email_verification_sent")))

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        return HttpResponseRedirect(next_url.passed_on(request, reverse("account_inactive")))

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if (message_template or "").rpartition("/")[2] not in SILENT:
            super().add_message(request, level, message_template, *args, **kwargs)

    # who may register

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return sign_up.is_open(request)

    # several people on one browser

    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse | None:
        """Whoever is signed in stays so, beside the one who comes; the engine would end their session."""
        aside.make_room(request, user)
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    # second factors

    def get_login_stages(self) -> list[str]:
        from .passkey_joining import PasskeyStage

        own = {stage.key: f"{stage.__module__}.{stage.__qualname__}" for stage in (SecondFactorStage, PasskeyStage)}
        return [own.get(import_string(path).key, path) for path in super().get_login_stages()]

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """What was shown survives the new session."""
        steps = shown.of(request, user)
        super().login(request, user)
        shown.carry(request, user, steps)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return offer.after_sign_in(request, user, response)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever has a second factor shows it before anything changes here, also on a remembered device."""
        request = self._request()
        return not shown.is_recent(request, request.user) or not ways.is_strong(request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        return ways.methods(self._request(), user)

    # limits

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counted before the password is looked at, so that parallel guesses count too. Raises `TooManyAttempts`."""
        super().pre_authenticate(request, **credentials)
        account, address = self._attempt(request, credentials)
        guesses.take(account, address, get_user_model().get_email_field_name())

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            guesses.clear(*self._attempt(request, credentials))
        return user

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        audit.record(
            audit.Event.PERSON_REFUSED,
            user_id=self._account_of(credentials),
            target=request.path,
            reason="no such account, or another password",
        )

    def _account_of(self, credentials: dict[str, Any]) -> object:
        """Known or not, the same one question is asked. What was typed is not kept: it may be a password."""
        users = get_user_model()._default_manager
        email = self._address_of(credentials)
        return users.filter(**{get_user_model().get_email_field_name(): email}).values_list("pk", flat=True).first()

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """By the address of the account itself: people made by an operator have no confirmed one yet."""
        found = self.authenticate(self._request(), email=user_email(user), password=password)
        return found is not None and found.pk == user.pk

    def _attempt(self, request: HttpRequest, credentials: dict[str, Any]) -> tuple[str, str]:
        return self._address_of(credentials), self.get_client_ip(request)

    def _address_of(self, credentials: dict[str, Any]) -> str:
        """One account is counted as one, whichever of its names is typed."""
        name = str(credentials.get("email") or credentials.get("username") or "").lower()
        if "email" in credentials or "\x00" in name:
            return name
        users = get_user_model()
        named = users._default_manager.filter(**{f"{app_settings.USER_MODEL_USERNAME_FIELD}__iexact": name})
        return str(named.values_list(users.get_email_field_name(), flat=True).first() or name)

    # mails

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"}).replace(
            "UID-KEY", key
        )
        return absolute(self._back_into_the_flow(path))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return absolute(self._back_into_the_flow(reverse("account_confirm_email", args=[emailconfirmation.key])))

    def _back_into_the_flow(self, path: str) -> str:
        request = self._request()
        waits = pending_of(request) is not None
        return next_url.passed_on(request, path) if waits else path

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        request = self._request()
        own = {
            "email": email,
            **self._of_change(template_prefix, context),
            "signup_url": absolute(reverse("account_signup")),
            "password_reset_url": absolute(reverse("account_reset_password")),
        }
        # A link of this very mail stays; general ones are made from the issuer's address, not from the Host header.
        mine = {
            name: value
            for name, value in context.items()
            if name not in own or (name == "password_reset_url" and "key" in context)
        }
        message = self.render_mail(template_prefix, email, {**own, **mine, "request": request})
        try:
            mails.send(message, template_prefix.rpartition("/")[2])
        except mails.NotSent:
            # it did not go out: the next one need not wait for it
            ratelimit.clear(request, action="confirm_email", key=email.lower())
            raise

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Each has a link that says "this was not me". People made by an operator have no confirmed address yet."""
        to = email or user_email(user)
        told = {"not_me_url": absolute(mails.not_me_path(user, to)), "user": user, **(context or {})}
        # a mail server that is away costs the notice and nothing else
        with suppress(mails.NotSent):
            super().send_notification_mail(template_prefix, user, told, to)

    def _of_change(self, template_prefix: str, context: dict[str, Any]) -> dict[str, str]:
        """The former address gets a link that takes a change back."""
        from . import email_undo

        if not template_prefix.endswith("/email_changed"):
            return {}
        user = get_user_model()._default_manager.filter(email=context["to_email"]).first()
        return {"undo_url": absolute(email_undo.path(user, context["from_email"]))} if user else {}

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """One template per mail; a notice says also where from it was done."""
        name = template_prefix.rpartition("/")[2]
        if "user_agent" in context:
            # what a browser calls itself can be anything, and would be read as our words
            context = {**context, "user_agent": devices.browser(str(context["user_agent"]))}
        return mail.message(
            f"oauth_accounts/email/{name}.txt",
            email,
            context,
            request=self._request(),
            from_email=self.get_from_email(),
            headers=headers,
            also="oauth_accounts/email/_origin.txt" if context.get("ip") else "",
        )

    def _request(self) -> HttpRequest:
        return cast(HttpRequest, allauth_context.request)
