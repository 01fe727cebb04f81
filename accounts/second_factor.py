"""ASVS 5.0 6.3.3: who has to show more than a password, at the sign-in page, behind it, and wherever else passwords are taken."""

from typing import Any
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.utils import has_verified_email
from django.http import HttpRequest
from django.urls import reverse

from oauth_server.errors import InteractionRequired
from oauth_server.interaction.base import Place, Step
from oauth_server.interaction.context import NEXT, Context

from . import factors, ways


def needs_more_than_password(user: Any) -> bool:
    """A second factor, or an address that has to be confirmed first."""
    if factors.has_any(user) or factors.must_have(user):
        return True
    is_mandatory = app_settings.EMAIL_VERIFICATION == app_settings.EmailVerificationMethod.MANDATORY
    return bool(is_mandatory and not has_verified_email(user))


class SecondFactorStep(Step):
    """Who must have a second factor (SECOND_FACTOR) and has none, or signed in without it, adds or shows it before going on."""

    name = "second_factor"
    place = Place.SECOND_FACTOR
    error = InteractionRequired

    def needed(self, context: Context) -> bool:
        # with prompt=none it may be somebody else than the one who uses the browser
        return context.person is not None and not ways.is_enough(context.request, context.person.user)

    def url(self, context: Context) -> str:
        return entrance(context.request, context.resume_url)


def entrance(request: HttpRequest, next_url: str) -> str:
    """The page on which a second factor is added, or shown."""
    page = "account_reauthenticate" if factors.has_any(request.user) else "account_second_factor_needed"
    return f"{reverse(page)}?{urlencode({NEXT: next_url})}"
