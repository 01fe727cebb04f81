"""For whom a password alone is not enough to sign in (ASVS 5.0 6.3.3), told to whatever takes passwords beside the sign-in page."""

from typing import Any

from allauth.account import app_settings
from allauth.account.utils import has_verified_email
from django.apps import apps


def needs_more_than_password(user: Any) -> bool:
    """A second factor, or an address that has to be confirmed first."""
    if apps.is_installed("allauth.mfa"):
        from allauth.mfa.utils import is_mfa_enabled

        if is_mfa_enabled(user):
            return True
    is_mandatory = app_settings.EMAIL_VERIFICATION == app_settings.EmailVerificationMethod.MANDATORY
    return bool(is_mandatory and not has_verified_email(user))
