"""System checks of the accounts: settings of the engine under which a person would meet a page that is not ours, or strangers learn of one.

Listed by `docs/reference/checks.md`, as those of the server.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa import app_settings as factor_settings
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, register
from django.core.exceptions import ImproperlyConfigured
from django.shortcuts import resolve_url
from django.urls import (
    NoReverseMatch,
    Resolver404,
    URLPattern,
    URLResolver,
    get_resolver,
    get_script_prefix,
    resolve,
    reverse,
)
from django.utils.module_loading import import_string

from oauth_server import uris
from oauth_server.checks.rule import E, Rule, W, run
from oauth_server.conf import settings

from . import mails
from .adapter import Adapter
from .factor_adapter import FactorAdapter


def _another_adapter() -> str:
    ours = isinstance(get_adapter(), Adapter)
    return "" if ours else "ACCOUNT_ADAPTER is not the adapter of the accounts app."


def _ways_without_a_page() -> str:
    asked = {
        "ACCOUNT_SIGNUP_FIELDS with phone": "phone" in app_settings.SIGNUP_FIELDS,
        "ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED": app_settings.PASSWORD_RESET_BY_CODE_ENABLED,
    }
    return " ".join(f"{name} is not offered by the accounts app." for name, is_asked in asked.items() if is_asked)


def _factors_that_do_not_fit() -> str:
    try:
        wrong = _wrong_with_factors()
    except ImproperlyConfigured:
        # the server's own checks say what
        return ""
    return " ".join(text for text, is_wrong in wrong.items() if is_wrong)


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
            _fits(uris.split(settings.ISSUER).hostname or "", settings.WEBAUTHN_RP_ID)
        ),
        "ACR_VALUES has more than three values: nobody can be asked for the others here.": (
            len(settings.ACR_VALUES) > 3 and not settings.STEP_UP_URL
        ),
    }


def _fits(host: str, rp_id: str) -> bool:
    """W3C Web Authentication Level 3 §5.1.2: the effective domain, or a suffix of it that somebody can register."""
    return not rp_id or host == rp_id or ("." in rp_id and host.endswith(f".{rp_id}"))


def _sessions_in_cookies() -> str:
    if not django_settings.SESSION_ENGINE.endswith(".signed_cookies"):
        return ""
    return "SESSION_ENGINE keeps sessions in cookies: nobody could be signed out, nor several people be signed in on one browser."


def _sites_taken_for_each_other() -> str:
    """The engine finds the site of a sign-in again by its kind and client_id."""
    listed = Counter(
        (kind, app.get("client_id", ""))
        for kind, provider in getattr(django_settings, "SOCIALACCOUNT_PROVIDERS", {}).items()
        for app in provider.get("APPS", [])
    )
    return " ".join(
        f"Two apps of {kind} in SOCIALACCOUNT_PROVIDERS have the client_id {client_id}: they could be taken for each other."
        for (kind, client_id), count in listed.items()
        if count > 1
    )


def _changes_forgotten_too_early() -> str:
    """Whether a link in a mail still counts is read from the audit log."""
    try:
        longest = max(settings.EMAIL_UNDO_LIFETIME, int(mails.GOOD_FOR.total_seconds()))
    except ImproperlyConfigured:
        # the server's own checks say what
        return ""
    if not 0 < settings.AUDIT_RETENTION < longest:
        return ""
    return f"AUDIT_RETENTION is shorter than the {longest} seconds for which links in mails work."


def _strangers_learn_of_accounts() -> str:
    """A mail for known addresses alone tells them by its time, and by its failure while the mail server is away."""
    told = {
        "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS is off: only a known address waits for its mail, and hears that it could not be sent.": (
            not app_settings.EMAIL_UNKNOWN_ACCOUNTS
        ),
        "ACCOUNT_PREVENT_ENUMERATION is off: pages say whether an address has an account.": (
            not app_settings.PREVENT_ENUMERATION
        ),
    }
    return " ".join(text for text, is_told in told.items() if is_told)


def _nobody_can_sign_in() -> str:
    told = {
        "accounts.urls is not mounted: there is no page to sign in on.": not _is_mounted(),
        "LOGIN_URL leads to no page of this project: whoever has to sign in meets a dead link.": not _leads_to_a_page(
            django_settings.LOGIN_URL
        ),
        "AUTHENTICATION_BACKENDS has no backend of django-allauth: nobody signs in with an email address.": not any(
            issubclass(import_string(name), AuthenticationBackend) for name in django_settings.AUTHENTICATION_BACKENDS
        ),
    }
    return " ".join(text for text, is_told in told.items() if is_told)


def _is_mounted() -> bool:
    try:
        return bool(reverse("account_login"))
    except NoReverseMatch:
        return False


def _leads_to_a_page(where: str) -> bool:
    try:
        address = resolve_url(where)
        # one of another server is its business
        return "://" in address or bool(resolve("/" + address.removeprefix(get_script_prefix()).lstrip("/")))
    except (NoReverseMatch, Resolver404):
        return False


def _pages_of_the_engine() -> str:
    found = any(_is_stock(pattern) for pattern in _patterns(get_resolver().url_patterns))
    return "The pages of django-allauth are mounted beside those of the accounts app." if found else ""


def _patterns(entries: list[Any]) -> Iterator[URLPattern]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns)
        else:
            yield entry


def _is_stock(pattern: URLPattern) -> bool:
    view = getattr(pattern.callback, "view_class", pattern.callback)
    return str(getattr(view, "__module__", "")).startswith(("allauth.account.views", "allauth.mfa."))


RULES: tuple[Rule, ...] = (
    Rule(
        "oauth_accounts.E001",
        E,
        _another_adapter,
        "Use the settings block of oauth_server.dot.settings, or a subclass of accounts.adapter.Adapter.",
    ),
    Rule("oauth_accounts.E002", E, _ways_without_a_page, "Remove it."),
    Rule("oauth_accounts.E003", E, _factors_that_do_not_fit, "See the how-to on passkeys and second factors."),
    Rule(
        "oauth_accounts.E004",
        E,
        _sessions_in_cookies,
        "Use one that keeps them on the server, such as django.contrib.sessions.backends.db.",
    ),
    Rule(
        "oauth_accounts.E005",
        E,
        _sites_taken_for_each_other,
        "Register with each of these sites under a client_id of its own.",
    ),
    Rule(
        "oauth_accounts.E006",
        E,
        _changes_forgotten_too_early,
        "Keep audit events for as long: one could take back what its owner took back before.",
    ),
    Rule(
        "oauth_accounts.W001",
        W,
        _pages_of_the_engine,
        'Remove include("allauth.urls") and include("allauth.account.urls").',
    ),
    Rule(
        "oauth_accounts.W002",
        W,
        _strangers_learn_of_accounts,
        "Remove its line from the settings: without one it is on.",
    ),
    Rule(
        "oauth_accounts.W003",
        W,
        _nobody_can_sign_in,
        "See the how-to on adding the server to a project: the lines for accounts.",
    ),
)


def _all(**_: Any) -> list[CheckMessage]:
    return run(RULES)


def register_all() -> None:
    register(_all)
