"""The forms of the account pages: django-allauth's, without placeholders and with nothing to type twice."""

from typing import Any
from zoneinfo import available_timezones

from allauth.account import forms as allauth_forms
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from .models import User


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
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        if "password" in self.fields:
            self.fields["password"].help_text = ""


class RegistrationForm(Plain, allauth_forms.SignupForm):  # type: ignore[misc]
    pass


class ConfirmItIsYouForm(Plain, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class PasswordResetForm(Plain, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    pass


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


class RequestCodeForm(Plain, allauth_forms.RequestLoginCodeForm):  # type: ignore[misc]
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
    return [("", ""), *((name, name.replace("_", " ")) for name in sorted(available_timezones()))]


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

    def clean_phone_number(self) -> str:
        """People write spaces and hyphens."""
        return "".join(sign for sign in self.cleaned_data["phone_number"] if sign not in " -()/.")

    def save(self, commit: bool = True) -> User:
        if self.instance.phone_number != self.initial.get("phone_number"):
            # another number has not been shown to be theirs
            self.instance.phone_number_verified = False
        saved: User = super().save(commit)
        return saved
