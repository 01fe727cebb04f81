"""The forms of second factors: django-allauth's, with our count of wrong codes in front, and each code good for one use."""

import re
from datetime import timedelta
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from oauth_server import audit, clock, limits, strict_json
from oauth_server.audit import Event
from oauth_server.conf import settings
from oauth_server.tokens import store

from . import remembered
from .forms import Plain

_KIND = "totp"


class Code(Plain):
    """Digits, typed with or without blanks; counted before they are looked at, so that parallel guesses count too."""

    user: Any
    is_proof = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].max_length = 40  # type: ignore[attr-defined]
        self.fields["code"].widget.attrs |= {  # type: ignore[attr-defined]
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "spellcheck": "false",
            "class": "code",
        }

    def clean_code(self) -> str:
        limits.take(settings.SECOND_FACTOR_FAILURES, "second_factor", str(self.user.pk))
        try:
            code = self._checked()
        except ValidationError:
            if self.is_proof:
                audit.record(Event.PERSON_REFUSED, user_id=self.user.pk, reason="a wrong code of the second factor")
            raise
        limits.clear("second_factor", str(self.user.pk))
        return code

    def _checked(self) -> str:
        self.cleaned_data["code"] = re.sub(r"[\s-]", "", self.cleaned_data["code"])  # type: ignore[attr-defined]
        if not re.fullmatch(r"[0-9]{1,20}", self.cleaned_data["code"]):  # type: ignore[attr-defined]
            raise get_adapter().validation_error("incorrect_code")
        code: str = super().clean_code()  # type: ignore[misc]
        self._use_up(code)
        return code

    def _use_up(self, code: str) -> None:
        """RFC 6238 §5.2: a code of an authenticator app is accepted once."""
        authenticator = getattr(self, "authenticator", None)
        if authenticator is not None and authenticator.type != Authenticator.Type.TOTP:
            return
        until = clock.now() + timedelta(seconds=app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 2))
        if not store.use_once(_KIND, f"{self.user.pk} {code}", until):
            raise get_adapter().validation_error("incorrect_code")


class Remember(forms.Form):
    """Whichever factor is shown, the device can be remembered with it."""

    remember = forms.BooleanField(label=_("Do not ask again on this device"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not remembered.is_on():
            del self.fields["remember"]


class SecondFactorForm(Code, Remember, base_forms.AuthenticateForm):  # type: ignore[misc]
    pass


class ConfirmByCodeForm(Code, base_forms.ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code from your app, or a recovery code")


class AddTOTPForm(Code, totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    is_proof = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code from the app")


class Passkey:
    """What a browser sends of a passkey. Whatever it is, a refusal is a refusal and no failure of the server."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"].decoder = strict_json.Decoder  # type: ignore[attr-defined]
        self.fields["credential"].error_messages = {  # type: ignore[attr-defined]
            name: _("The passkey did not work. Try again, or use another way.") for name in ("required", "invalid")
        }

    def clean(self) -> Any:
        try:
            return super().clean()  # type: ignore[misc]
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise get_adapter().validation_error("incorrect_code") from error


class PasskeyProof(Passkey):
    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except (ValidationError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            person = self.user.pk if self.user is not None else ""  # type: ignore[attr-defined]
            audit.record(Event.PERSON_REFUSED, user_id=person, reason="a passkey that was not accepted")
            if isinstance(error, ValidationError):
                raise
            raise get_adapter().validation_error("incorrect_code") from error


class SignInByPasskeyForm(PasskeyProof, passkey_forms.LoginWebAuthnForm):  # type: ignore[misc]
    pass


class SecondFactorByPasskeyForm(PasskeyProof, Remember, passkey_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # beside the form of the code on one page
        super().__init__(*args, auto_id="passkey_%s", **kwargs)


class ConfirmByPasskeyForm(PasskeyProof, passkey_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class AddPasskeyForm(Plain, Passkey, passkey_forms.AddWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        required=False,
        help_text=_("So that you know it again, such as the device it is on."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    passwordless = None


class FirstPasskeyForm(Plain, Passkey, passkey_forms.SignupWebAuthnForm):  # type: ignore[misc]
    name = AddPasskeyForm.base_fields["name"]


class RenamePasskeyForm(Plain, passkey_forms.EditWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"}))
