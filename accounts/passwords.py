"""NIST SP 800-63B-4 §3.1.1.2 passwords: a length, a list of common ones (Django's), and no rules of composition."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

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
