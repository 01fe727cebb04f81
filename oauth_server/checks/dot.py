"""The seam to django-oauth-toolkit: its settings, its URLs, the order of the apps."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings as django_settings
from django.utils.module_loading import import_string

from oauth_server.checks.rule import E, Rule, W
from oauth_server.dot import settings as dot_settings


def _dot_models() -> str:
    names = [name for name in dir(dot_settings) if name.startswith("OAUTH2_PROVIDER_") and name.endswith("_MODEL")]
    missing = [name for name in names if getattr(django_settings, name, None) != getattr(dot_settings, name)]
    return f"These settings are missing or differ: {', '.join(missing)}." if missing else ""


def _dot_bridge() -> str:
    given = getattr(django_settings, "OAUTH2_PROVIDER", {})
    wanted = ("OAUTH2_VALIDATOR_CLASS", "SCOPES_BACKEND_CLASS", "RESOURCE_SERVER_TOKEN_RESOURCE_VALIDATOR")
    missing = [name for name in wanted if not _is_ours(given.get(name), dot_settings.OAUTH2_PROVIDER[name])]
    return f"OAUTH2_PROVIDER lacks {', '.join(missing)}." if missing else ""


def _is_ours(given: object, ours: str) -> bool:
    """The same dotted path, or that of a subclass."""
    if given == ours or not isinstance(given, str):
        return given == ours
    try:
        theirs, base = import_string(given), import_string(ours)
    except ImportError:
        return False
    return isinstance(theirs, type) and isinstance(base, type) and issubclass(theirs, base)


def _app_order() -> str:
    names = [config.name for config in apps.get_app_configs()]
    if "oauth2_provider" not in names:
        return "oauth2_provider is not in INSTALLED_APPS."
    return (
        ""
        if names.index("oauth_server") < names.index("oauth2_provider")
        else "oauth_server stands behind oauth2_provider."
    )


def _foreign_apps() -> str:
    """A host's own `accounts` or `consent` on the path hides ours: the label tells."""
    ours = {"accounts": "oauth_accounts", "consent": "oauth_consent"}
    wrong = [
        name
        for name, label in ours.items()
        if name in dot_settings.OAUTH_SERVER_APPS + dot_settings.OAUTH_SERVER_ACCOUNTS_APPS
        for config in apps.get_app_configs()
        if config.name == name and config.label != label
    ]
    return f"The installed {', '.join(wrong)} is not this project's app." if wrong else ""


def _dot_urls_mounted() -> str:
    from django.urls import get_resolver
    from django.urls.resolvers import URLResolver

    def walk(patterns: Iterable[Any]) -> bool:
        for entry in patterns:
            if isinstance(entry, URLResolver):
                name = getattr(entry.urlconf_name, "__name__", entry.urlconf_name)
                if name == "oauth2_provider.urls" or walk(entry.url_patterns):
                    return True
        return False

    if not getattr(django_settings, "ROOT_URLCONF", ""):
        return ""
    return "oauth2_provider.urls is still mounted." if walk(get_resolver().url_patterns) else ""


def _grace_without_rotation() -> str:
    grace = getattr(django_settings, "OAUTH2_PROVIDER", {}).get("REFRESH_TOKEN_GRACE_PERIOD_SECONDS", 0)
    return "OAUTH2_PROVIDER['REFRESH_TOKEN_GRACE_PERIOD_SECONDS'] is set." if grace else ""


RULES: tuple[Rule, ...] = (
    Rule(
        "oauth_server.E004",
        E,
        _dot_models,
        "Add `from oauth_server.dot.settings import *` to the settings, before the first migrate.",
    ),
    Rule(
        "oauth_server.E005",
        E,
        _dot_bridge,
        "Add `from oauth_server.dot.settings import *`, and extend OAUTH2_PROVIDER rather than replace it.",
    ),
    Rule("oauth_server.E006", E, _app_order, "Use OAUTH_SERVER_APPS in INSTALLED_APPS, in its order."),
    Rule(
        "oauth_server.E007",
        E,
        _foreign_apps,
        "Build this package under other names, or rename your app; the labels are oauth_accounts and oauth_consent.",
    ),
    Rule(
        "oauth_server.W001",
        W,
        _dot_urls_mounted,
        'Remove it: include("oauth_server.urls") keeps its names, and two servers must not issue tokens.',
    ),
    Rule(
        "oauth_server.W004",
        W,
        _grace_without_rotation,
        "Use OAUTH_SERVER['REFRESH_TOKEN_GRACE']; DOT's own grace stays 0.",
    ),
)
