"""System checks of the accounts: settings of the engine under which a person would meet a page that is not ours."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.mfa import app_settings as factor_settings
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

from oauth_server.conf import settings

from . import mails
from .adapter import Adapter
from .factor_adapter import FactorAdapter


def adapter_is_ours(**_: Any) -> list[CheckMessage]:
    if isinstance(get_adapter(), Adapter):
        return []
    return [
        Error(
            "ACCOUNT_ADAPTER is not the adapter of the accounts app.",
            hint="Use the settings block of oauth_server.dot.settings, or a subclass of accounts.adapter.Adapter.",
            id="oauth_accounts.E001",
        )
    ]


def ways_are_offered(**_: Any) -> list[CheckMessage]:
    asked = {
        "ACCOUNT_SIGNUP_FIELDS with phone": "phone" in app_settings.SIGNUP_FIELDS,
        "ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED": app_settings.PASSWORD_RESET_BY_CODE_ENABLED,
    }
    return [
        Error(f"{name} is not offered by the accounts app.", hint="Remove it.", id="oauth_accounts.E002")
        for name, is_asked in asked.items()
        if is_asked
    ]


def factors_fit(**_: Any) -> list[CheckMessage]:
    try:
        wrong = _wrong_with_factors()
    except ImproperlyConfigured:
        # the server's own checks say what
        return []
    return [
        Error(text, hint="See the how-to on passkeys and second factors.", id="oauth_accounts.E003")
        for text, is_wrong in wrong.items()
        if is_wrong
    ]


def _wrong_with_factors() -> dict[str, bool]:
    return {
        "MFA_ADAPTER is not the adapter of the accounts app: secrets would be stored as they are.": not isinstance(
            get_factor_adapter(), FactorAdapter
        ),
        "MFA_WEBAUTHN_USER_VERIFICATION is not required: a passkey would be told to apps as two factors and be one.": (
            factor_settings.WEBAUTHN_USER_VERIFICATION != "required"
        ),
        "MFA_TRUST_ENABLED is on: REMEMBER_DEVICES_FOR takes its place.": factor_settings.TRUST_ENABLED,
        "WEBAUTHN_RP_ID is neither the host of ISSUER nor a domain above it: browsers would make no passkey.": not (
            _fits(urlsplit(settings.ISSUER).hostname or "", settings.WEBAUTHN_RP_ID)
        ),
        "ACR_VALUES has more than three values: nobody can be asked for the others here.": (
            len(settings.ACR_VALUES) > 3 and not settings.STEP_UP_URL
        ),
    }


def _fits(host: str, rp_id: str) -> bool:
    """W3C Web Authentication Level 3 §5.1.2: the effective domain, or a suffix of it that somebody can register."""
    return not rp_id or host == rp_id or ("." in rp_id and host.endswith(f".{rp_id}"))


def sessions_are_kept_here(**_: Any) -> list[CheckMessage]:
    if not django_settings.SESSION_ENGINE.endswith(".signed_cookies"):
        return []
    return [
        Error(
            "SESSION_ENGINE keeps sessions in cookies: nobody could be signed out, nor several people be signed in on one browser.",
            hint="Use one that keeps them on the server, such as django.contrib.sessions.backends.db.",
            id="oauth_accounts.E004",
        )
    ]


def sites_are_told_apart(**_: Any) -> list[CheckMessage]:
    """The engine finds the site of a sign-in again by its kind and client_id."""
    listed = Counter(
        (kind, app.get("client_id", ""))
        for kind, provider in getattr(django_settings, "SOCIALACCOUNT_PROVIDERS", {}).items()
        for app in provider.get("APPS", [])
    )
    return [
        Error(
            f"Two apps of {kind} in SOCIALACCOUNT_PROVIDERS have the client_id {client_id}: they could be taken for each other.",
            hint="Register with each of these sites under a client_id of its own.",
            id="oauth_accounts.E005",
        )
        for (kind, client_id), count in listed.items()
        if count > 1
    ]


def changes_are_known_long_enough(**_: Any) -> list[CheckMessage]:
    """Whether a link in a mail still counts is read from the audit log."""
    try:
        longest = max(settings.EMAIL_UNDO_LIFETIME, int(mails.GOOD_FOR.total_seconds()))
    except ImproperlyConfigured:
        # the server's own checks say what
        return []
    if not 0 < settings.AUDIT_RETENTION < longest:
        return []
    return [
        Error(
            "AUDIT_RETENTION is shorter than the links in mails work: one could take back what its owner took back before.",
            hint=f"Keep audit events for {longest} seconds at least.",
            id="oauth_accounts.E006",
        )
    ]


def engine_is_not_mounted(**_: Any) -> list[CheckMessage]:
    if not any(_is_stock(pattern) for pattern in _patterns(get_resolver().url_patterns)):
        return []
    return [
        Warning(
            "The pages of django-allauth are mounted beside those of the accounts app.",
            hint='Remove include("allauth.urls") and include("allauth.account.urls").',
            id="oauth_accounts.W001",
        )
    ]


def _patterns(entries: list[Any]) -> Iterator[URLPattern]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns)
        else:
            yield entry


def _is_stock(pattern: URLPattern) -> bool:
    view = getattr(pattern.callback, "view_class", pattern.callback)
    return str(getattr(view, "__module__", "")).startswith(("allauth.account.views", "allauth.mfa."))


CHECKS = (
    adapter_is_ours,
    ways_are_offered,
    factors_fit,
    sessions_are_kept_here,
    sites_are_told_apart,
    changes_are_known_long_enough,
    engine_is_not_mounted,
)


def register_all() -> None:
    for check in CHECKS:
        register(check)
