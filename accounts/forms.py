"""The forms of the account pages: django-allauth's, without placeholders and with nothing to type twice."""

from collections.abc import Iterable
from typing import Any, cast

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.crypto import get_random_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from oauth_server.conf import settings as server

from .models import Acceptance, Terms, User
from .profile import time_zones


class Plain:
    """A label says what a field is; a placeholder would vanish with the first letter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)
            if field.widget.attrs.get("type") == "email":
                field.widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}


class SignInForm(Plain, allauth_forms.LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"
        if "password" in self.fields:
            self.fields["password"].help_text = ""


class IdentifierForm(forms.Form):
    """The first page of a sign-in, where it has two (IDENTIFIER_FIRST)."""

    def __init__(self, *args: Any, request: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = SignInForm(request=request).fields["login"]


class RegistrationForm(Plain, allauth_forms.SignupForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.terms = Terms.now() if server.ACCEPT_TERMS else None
        if self.terms is not None:
            link = mark_safe(render_to_string("oauth_accounts/_terms_link.html", {"terms": self.terms}))  # noqa: S308 - a template
            self.fields["terms"] = forms.BooleanField(label=_("I accept the terms of service"), help_text=link)
            self.fields["terms_version"] = forms.CharField(widget=forms.HiddenInput, initial=self.terms.version)

    def clean_terms_version(self) -> str:
        """Nobody accepts what came into force while the page was open."""
        version = str(self.cleaned_data["terms_version"])
        if self.terms is not None and version != self.terms.version:
            typed: Any = self.data  # type: ignore[has-type]
            self.data = {**typed.dict(), "terms_version": self.terms.version, "terms": ""}
            raise forms.ValidationError(_("There is a new version of the terms of service. Please read it."))
        return version

    def signup(self, request: Any, user: Any) -> None:
        if self.terms is not None:
            Acceptance.note(user, self.terms)

    def try_save(self, request: Any) -> Any:
        """Whether the address has an account takes as long to find out as it takes to make one."""
        if self.account_already_exists:
            with transaction.atomic():
                unknown = f"{get_random_string(20).lower()}@example.invalid"
                made = User.objects.create_user(unknown, self.cleaned_data.get("password1"))
                EmailAddress.objects.create(user=made, email=unknown, primary=True)
                transaction.set_rollback(True)
        return super().try_save(request)


class ConfirmItIsYouForm(Plain, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class Sought(Plain):
    """An address is looked for as long whether it has an account, has one and is not confirmed, or has none.

    The engine looks twice, and once where the address is confirmed.
    """

    def clean_email(self) -> str:
        email: str = super().clean_email()  # type: ignore[misc]
        if EmailAddress.objects.filter(email=email.lower(), verified=True).exists():
            # with a cursor, as the engine does it
            list(User.objects.filter(email=email.lower()).iterator())
        return email


class PasswordResetForm(Sought, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    def save(self, request: Any, **kwargs: Any) -> Any:
        """Whether the address has an account does not change how long it takes: a link is made for nobody, too."""
        if not self.users:
            stranger = User(email=self.cleaned_data["email"], password=get_random_string(90))
            addresses = EmailAddress.objects.filter(user_id=stranger.pk)
            # in the time that it takes to read the rows of somebody
            addresses.filter(pk=0).exists()
            addresses.filter(email=stranger.email).exists()
            token = default_token_generator.make_token(stranger)
            list(addresses.values_list("email", flat=True))
            get_adapter(request).get_reset_password_from_key_url(f"{stranger.pk.hex}-{token}")
        return super().save(request, **kwargs)


class NewPasswordForm(Plain, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    password2 = None


class PasswordChangeForm(Plain, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    password2 = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""


class PasswordSetForm(Plain, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    password2 = None


class AddEmailForm(Plain, allauth_forms.AddEmailForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New email address")


class RequestCodeForm(Sought, allauth_forms.RequestLoginCodeForm):  # type: ignore[misc]
    pass


class CodeForm(Plain):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"autocapitalize": "characters", "spellcheck": "false", "class": "code"}  # type: ignore[attr-defined]


class SignInCodeForm(CodeForm, allauth_forms.ConfirmLoginCodeForm):  # type: ignore[misc]
    pass


class EmailCodeForm(CodeForm, allauth_forms.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    pass


class NameForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("first_name", "last_name")
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
        }


def _time_zones() -> list[tuple[str, str]]:
    return [("", ""), *((name, name.replace("_", " ")) for name in sorted(time_zones()))]


def _languages() -> list[tuple[str, Any]]:
    return [("", ""), *((code, _(name)) for code, name in settings.LANGUAGES)]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    zoneinfo = forms.ChoiceField(label=_("Time zone"), choices=_time_zones, required=False)
    locale = forms.ChoiceField(label=_("Language"), choices=_languages, required=False)
    phone_number = forms.CharField(
        label=_("Phone number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        help_text=_("With the country code, such as +15555550100."),
    )

    class Meta:
        model = User
        fields = (
            "middle_name",
            "nickname",
            "username",
            "birthdate",
            "gender",
            "locale",
            "zoneinfo",
            "phone_number",
            "street_address",
            "postal_code",
            "locality",
            "region",
            "country",
            "website",
            "profile_url",
            "picture",
        )
        widgets = {
            "middle_name": forms.TextInput(attrs={"autocomplete": "additional-name"}),
            "nickname": forms.TextInput(attrs={"autocomplete": "nickname"}),
            "username": forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
            "birthdate": forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"),
            "gender": forms.TextInput(attrs={"autocomplete": "sex"}),
            "street_address": forms.Textarea(attrs={"rows": 2, "autocomplete": "street-address"}),
            "postal_code": forms.TextInput(attrs={"autocomplete": "postal-code"}),
            "locality": forms.TextInput(attrs={"autocomplete": "address-level2"}),
            "region": forms.TextInput(attrs={"autocomplete": "address-level1"}),
            "country": forms.TextInput(attrs={"autocomplete": "country-name"}),
            "website": forms.URLInput(attrs={"autocomplete": "url"}),
            "profile_url": forms.URLInput(attrs={"autocomplete": "off"}),
            "picture": forms.URLInput(attrs={"autocomplete": "photo"}),
        }
        help_texts = {
            "username": "",
            "picture": _("The address of a picture on the web."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("zoneinfo", "locale"):
            # what came from elsewhere is kept until they choose another
            own, field = getattr(self.instance, name), cast("forms.ChoiceField", self.fields[name])
            if own and not field.valid_value(own):
                field.choices = [*cast("Iterable[Any]", field.choices), (own, own)]

    def clean_phone_number(self) -> str:
        """People write spaces and hyphens."""
        return "".join(sign for sign in self.cleaned_data["phone_number"] if sign not in " -()/.")

    def save(self, commit: bool = True) -> User:
        if self.instance.phone_number != self.initial.get("phone_number"):
            # another number has not been shown to be theirs
            self.instance.phone_number_verified = False
        saved: User = super().save(commit)
        return saved
