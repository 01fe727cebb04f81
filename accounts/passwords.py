"""NIST SP 800-63B-4 §3.1.1.2 passwords: a length, a list of common ones, and no rules of composition."""

from typing import Any

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext

from oauth_server.conf import settings

from . import factors


class LengthValidator:
    """PASSWORD_MIN_LENGTH, or PASSWORD_MIN_LENGTH_WITH_SECOND_FACTOR for whom SECOND_FACTOR asks one."""

    def validate(self, password: str, user: Any = None) -> None:
        shortest = self._shortest(user)
        if len(password) < shortest:
            raise ValidationError(
                ngettext(
                    "This password is too short. It must contain at least %(min_length)d character.",
                    "This password is too short. It must contain at least %(min_length)d characters.",
                    shortest,
                ),
                code="password_too_short",
                params={"min_length": shortest},
            )

    def get_help_text(self) -> str:
        shortest = self._shortest(None)
        return ngettext(
            "Your password must contain at least %(min_length)d character.",
            "Your password must contain at least %(min_length)d characters.",
            shortest,
        ) % {"min_length": shortest}

    def _shortest(self, user: Any) -> int:
        has_more = factors.must_have(user) if user is not None else settings.SECOND_FACTOR == "everybody"
        return settings.PASSWORD_MIN_LENGTH_WITH_SECOND_FACTOR if has_more else settings.PASSWORD_MIN_LENGTH


# What people type to fill a length
_ROWS = (
    "1234567890" * 4,
    "0123456789" * 4,
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "qwertyuiopasdfghjklzxcvbnm" * 2,
    "1q2w3e4r5t6y7u8i9o0p",
)


class CommonPasswordValidator(password_validation.CommonPasswordValidator):
    """Django's list of 20,000, whose entries are shorter than PASSWORD_MIN_LENGTH: also several times in a row, and rows of keys."""

    def validate(self, password: str, user: Any = None) -> None:
        plain = password.lower().strip()
        super().validate(_unit(plain), user)
        if len(_unit(plain)) == 1 or any(plain in row or plain in row[::-1] for row in _ROWS):
            raise ValidationError(self.get_error_message(), code="password_too_common")

    def get_error_message(self) -> Any:
        return gettext("This password is too common.")


def _unit(text: str) -> str:
    """The shortest part of which the text is a repetition; the text itself where it is none."""
    return text[: (text + text).find(text, 1)] if text else text
