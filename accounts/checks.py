"""System checks of the accounts: settings of the engine under which a person would meet a page that is not ours."""

from collections.abc import Iterator
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from django.core.checks import CheckMessage, Error, Warning, register
from django.urls import URLPattern, URLResolver, get_resolver

from .adapter import Adapter


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
    return str(getattr(view, "__module__", "")) == "allauth.account.views"


def register_all() -> None:
    for check in (adapter_is_ours, ways_are_offered, engine_is_not_mounted):
        register(check)
