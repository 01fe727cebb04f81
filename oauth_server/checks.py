"""Every rule about settings, a line each: id, severity, when it fails, what to do. Listed by `docs/reference/checks.md`."""

import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings as django_settings
from django.core import checks as django_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, router
from django.utils.module_loading import import_string

from oauth_server import conf
from oauth_server.dot import settings as dot_settings
from oauth_server.models import StorageKey
from oauth_server.tokens import storage_keys

# libpq's options; a space is written with a backslash
_ISOLATION = re.compile(r"default_transaction_isolation\s*=\s*((?:\w|\\ )+)")


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    level: type[django_checks.Error] | type[django_checks.Warning]
    fails: Callable[[], str]
    hint: str
    deploy: bool = False
    database: bool = False


def _unknown_settings() -> str:
    return "; ".join(conf.problems())


def _no_issuer() -> str:
    return "" if django_settings.DEBUG or conf.given().get("ISSUER") else "OAUTH_SERVER['ISSUER'] is not set."


def _issuer_url() -> str:
    try:
        parts = urlsplit(conf.settings.ISSUER)
    except (ImproperlyConfigured, ValueError):
        return ""
    if parts.scheme not in {"https", "http"} or not parts.netloc or parts.query or parts.fragment:
        return "OAUTH_SERVER['ISSUER'] is not a URL without query and fragment."
    return ""


def _issuer_not_https() -> str:
    issuer = conf.given().get("ISSUER", "")
    return "" if str(issuer).startswith("https://") else "The issuer is not an https URL."


def _debug() -> str:
    return "DEBUG is on." if django_settings.DEBUG else ""


def _weak_keys() -> str:
    """A key that can be guessed opens every digest and every sealed key."""
    named = {
        "SECRET_KEY": [django_settings.SECRET_KEY],
        **{name: conf.given().get(name, []) for name in ("DIGEST_KEYS", "ENCRYPTION_KEYS")},
    }
    weak = [name for name, keys in named.items() if any(_is_weak(str(key)) for key in keys)]
    return f"{', '.join(weak)} can be guessed." if weak else ""


def _is_weak(key: str) -> bool:
    return len(key) < 32 or len(set(key)) < 8 or key.startswith(("django-insecure-", "only-for-"))


def _any_host() -> str:
    return "ALLOWED_HOSTS takes any host." if "*" in django_settings.ALLOWED_HOSTS else ""


def _cache_of_one_process() -> str:
    """The accounts' engine counts attempts in the cache."""
    backend = django_settings.CACHES.get("default", {}).get("BACKEND", "")
    kept = backend.endswith((".LocMemCache", ".DummyCache"))
    return "The cache is one of each process." if kept and apps.is_installed("allauth.account") else ""


def _issuer_host_not_allowed() -> str:
    try:
        host = urlsplit(conf.settings.ISSUER).hostname or ""
    except (ImproperlyConfigured, ValueError):
        return ""
    allowed = list(django_settings.ALLOWED_HOSTS) or (
        [".localhost", "127.0.0.1", "[::1]"] if django_settings.DEBUG else []
    )
    from django.http.request import validate_host

    return "" if validate_host(host, allowed) else f"The issuer's host {host} is not in ALLOWED_HOSTS."


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


def _issuer_not_mounted() -> str:
    from django.urls import Resolver404, resolve

    try:
        path = urlsplit(conf.settings.ISSUER).path
    except (ImproperlyConfigured, ValueError):
        return ""
    if not getattr(django_settings, "ROOT_URLCONF", ""):
        return ""
    try:
        match = resolve(f"{path}/oauth2/token")
    except Resolver404:
        return f"Nothing answers at {path}/oauth2/token, where the issuer's URL says the token endpoint is."
    # below the slug of another issuer it would be that one's
    ours = match.url_name == "token" and "slug" not in match.kwargs
    return "" if ours else f"{path}/oauth2/token is answered by something else."


def _derived_keys() -> str:
    missing = [name for name in ("DIGEST_KEYS", "ENCRYPTION_KEYS") if not conf.given().get(name)]
    return f"{' and '.join(missing)} are derived from SECRET_KEY." if missing else ""


def _connections_not_kept() -> str:
    kept = [
        alias
        for alias, database in django_settings.DATABASES.items()
        if database.get("ENGINE", "").endswith("postgresql")
        and database.get("CONN_MAX_AGE", 0) == 0
        and not database.get("OPTIONS", {}).get("pool")
    ]
    return f"CONN_MAX_AGE is 0 for {', '.join(kept)}: each request opens a connection." if kept else ""


def _another_isolation() -> str:
    """The statements are written for READ COMMITTED; under anything stricter PostgreSQL ends the losers of a race."""
    found = {alias: _isolation(database) for alias, database in django_settings.DATABASES.items()}
    named = [f"{alias} runs under {level}" for alias, level in found.items() if level not in {"", "READ COMMITTED"}]
    return f"{', '.join(named)}." if named else ""


def _isolation(database: dict[str, Any]) -> str:
    """The isolation level that the settings of a PostgreSQL name; empty where they name none."""
    options = database.get("OPTIONS", {})
    if not database.get("ENGINE", "").endswith("postgresql"):
        return ""
    if level := options.get("isolation_level"):
        from django.db.backends.postgresql.psycopg_any import IsolationLevel

        return IsolationLevel(level).name.replace("_", " ")
    given = _ISOLATION.search(options.get("options", ""))
    return re.sub(r"\W+", " ", given[1]).upper() if given else ""


def _old_sqlite() -> str:
    used = any(database.get("ENGINE", "").endswith("sqlite3") for database in django_settings.DATABASES.values())
    return (
        f"SQLite {sqlite3.sqlite_version} has no RETURNING." if used and sqlite3.sqlite_version_info < (3, 35) else ""
    )


def _grace_without_rotation() -> str:
    grace = getattr(django_settings, "OAUTH2_PROVIDER", {}).get("REFRESH_TOKEN_GRACE_PERIOD_SECONDS", 0)
    return "OAUTH2_PROVIDER['REFRESH_TOKEN_GRACE_PERIOD_SECONDS'] is set." if grace else ""


def _keys_sign_too_early() -> str:
    try:
        early = conf.settings.KEY_PUBLICATION < conf.settings.JWKS_MAX_AGE
    except ImproperlyConfigured:
        return ""
    return "KEY_PUBLICATION is shorter than JWKS_MAX_AGE." if early else ""


def _storage_key_is_missing() -> str:
    """DIGEST_KEYS, ENCRYPTION_KEYS, and SECRET_KEY with its fallbacks where they are derived from it."""
    missing = [status for status in _storage_keys() if status.place is None]
    return "; ".join(
        f"{status.setting} lacks the key {status.fingerprint}, which is needed by {status.needs[0].what}"
        for status in missing
    )


def _storage_keys_not_noted() -> str:
    unknown = sorted({status.setting for status in _storage_keys() if not status.noted})
    return f"{', '.join(unknown)} changed, and it is not noted since when." if unknown else ""


def _storage_keys() -> list[storage_keys.Status]:
    try:
        return storage_keys.statuses()
    except (ImproperlyConfigured, DatabaseError):  # other rules tell, or `migrate` has still to make the tables
        return []


_WATCH = "oauth_server.logout.session_management.watch_sessions"


def _sessions_not_watched() -> str:
    if not conf.given().get("SESSION_MANAGEMENT") or _WATCH in django_settings.MIDDLEWARE:
        return ""
    return "SESSION_MANAGEMENT is on, and nothing keeps the cookie that tells apps of a sign-out."


# Each lets clients do what RFC 9700 advises against; a client also has to be registered for it
LEGACY = ("IMPLICIT_GRANT", "HYBRID_FLOW", "PASSWORD_GRANT", "CLIENT_SECRET_JWT")


def _legacy() -> str:
    on = [name for name in LEGACY if conf.given().get(name)]
    return f"{', '.join(on)}: legacy, and on." if on else ""


def _strangers_reach_inside() -> str:
    hosts = conf.given().get("FETCH_PRIVATE_HOSTS")
    if conf.given().get("DYNAMIC_REGISTRATION") != "open" or not hosts:
        return ""
    return f"Anybody may register a client, and with its addresses make this server call {', '.join(hosts)}."


E, W = django_checks.Error, django_checks.Warning

RULES: tuple[Rule, ...] = (
    Rule(
        "oauth_server.E001",
        E,
        _unknown_settings,
        "See the settings reference in the documentation.",
    ),
    Rule("oauth_server.E002", E, _no_issuer, "Set it to the URL of this server, such as https://id.example.com."),
    Rule("oauth_server.E003", E, _issuer_url, "Use a URL such as https://id.example.com or https://example.com/o."),
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
    Rule("oauth_server.E008", E, _old_sqlite, "Use SQLite 3.35 or later, or PostgreSQL."),
    Rule(
        "oauth_server.W001",
        W,
        _dot_urls_mounted,
        'Remove it: include("oauth_server.urls") keeps its names, and two servers must not issue tokens.',
    ),
    Rule(
        "oauth_server.W002",
        W,
        _issuer_not_mounted,
        'Add path("", include("oauth_server.urls")) at the path of the issuer\'s URL.',
    ),
    Rule("oauth_server.W003", W, _issuer_host_not_allowed, "Add the host to ALLOWED_HOSTS."),
    Rule(
        "oauth_server.W004",
        W,
        _grace_without_rotation,
        "Use OAUTH_SERVER['REFRESH_TOKEN_GRACE']; DOT's own grace stays 0.",
    ),
    Rule(
        "oauth_server.W005",
        W,
        _keys_sign_too_early,
        "A client may keep the JWKS for JWKS_MAX_AGE seconds; a key must be in it for longer before it signs.",
    ),
    Rule(
        "oauth_server.W006",
        W,
        _another_isolation,
        "Use READ COMMITTED, PostgreSQL's own. Under a stricter level requests that meet start over, at most three times, then answer 503.",
    ),
    Rule("oauth_server.W008", W, _sessions_not_watched, f"Add {_WATCH} to MIDDLEWARE, behind Django's sessions."),
    Rule(
        "oauth_server.E009",
        E,
        _storage_key_is_missing,
        "Put it back behind the others. `oauth list storage-keys` says when a key may be dropped.",
        database=True,
    ),
    Rule(
        "oauth_server.W007",
        W,
        _storage_keys_not_noted,
        "Run `oauth rotate storage-keys` once every process runs with the new settings.",
        database=True,
    ),
    Rule(
        "oauth_server.E101",
        E,
        _issuer_not_https,
        "Serve this over https: tokens travel in the clear otherwise.",
        deploy=True,
    ),
    Rule("oauth_server.E102", E, _debug, "Set DEBUG to False: error pages show settings and tokens.", deploy=True),
    Rule(
        "oauth_server.E103",
        E,
        _weak_keys,
        "Use at least 32 random characters, such as those of `python -c 'import secrets; print(secrets.token_urlsafe(48))'`.",
        deploy=True,
    ),
    Rule("oauth_server.E104", E, _any_host, "Name the hosts of your issuers.", deploy=True),
    Rule(
        "oauth_server.E105",
        E,
        _cache_of_one_process,
        "Use a cache that all workers share: the accounts count attempts in it.",
        deploy=True,
    ),
    Rule(
        "oauth_server.W101",
        W,
        _derived_keys,
        "Set them to random strings of their own, so that SECRET_KEY can change without ending every token.",
        deploy=True,
    ),
    Rule(
        "oauth_server.W103",
        W,
        _legacy,
        "Move the clients that need it to the authorization code with PKCE and a better authentication method, then switch it off.",
        deploy=True,
    ),
    Rule(
        "oauth_server.W104",
        W,
        _strangers_reach_inside,
        "Set DYNAMIC_REGISTRATION to token, or FETCH_PRIVATE_HOSTS to [].",
        deploy=True,
    ),
    Rule("oauth_server.W102", W, _connections_not_kept, "Set CONN_MAX_AGE to None.", deploy=True),
)


def run(rules: Iterable[Rule]) -> list[django_checks.CheckMessage]:
    return [rule.level(message, hint=rule.hint, id=rule.id) for rule in rules if (message := rule.fails())]


def _always(app_configs: Any = None, **_kwargs: Any) -> list[django_checks.CheckMessage]:
    return run(rule for rule in RULES if not rule.deploy and not rule.database)


def _on_deploy(app_configs: Any = None, **_kwargs: Any) -> list[django_checks.CheckMessage]:
    return run(rule for rule in RULES if rule.deploy)


def _of_database(
    app_configs: Any = None, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[django_checks.CheckMessage]:
    if router.db_for_read(StorageKey) not in (databases or ()):
        return []
    return run(rule for rule in RULES if rule.database)


def register() -> None:
    django_checks.register(_always, "oauth_server")
    django_checks.register(_on_deploy, "oauth_server", deploy=True)
    django_checks.register(_of_database, django_checks.Tags.database)
