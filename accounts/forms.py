"""The forms of the account pages: django-allauth's, without placeholders and with nothing to type twice."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
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
