"""What `check --deploy` wants of a server that people rely on."""

from functools import partial

from django.apps import apps
from django.conf import settings as django_settings

from oauth_server import conf
from oauth_server.checks.rule import E, Rule, W

# Each lets clients do what RFC 9700 advises against; a client also has to be registered for it
LEGACY = ("IMPLICIT_GRANT", "HYBRID_FLOW", "PASSWORD_GRANT", "CLIENT_SECRET_JWT")


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


def _legacy() -> str:
    on = [name for name in LEGACY if conf.given().get(name)]
    return f"{', '.join(on)}: legacy, and on." if on else ""


def _strangers_reach_inside() -> str:
    hosts = conf.given().get("FETCH_PRIVATE_HOSTS")
    if conf.given().get("DYNAMIC_REGISTRATION") != "open" or not hosts:
        return ""
    return f"Anybody may register a client, and with its addresses make this server call {', '.join(hosts)}."


_rule = partial(Rule, deploy=True)
RULES: tuple[Rule, ...] = (
    _rule("oauth_server.E101", E, _issuer_not_https, "Serve this over https: tokens travel in the clear otherwise."),
    _rule("oauth_server.E102", E, _debug, "Set DEBUG to False: error pages show settings and tokens."),
    _rule(
        "oauth_server.E103",
        E,
        _weak_keys,
        "Use at least 32 random characters, such as those of `python -c 'import secrets; print(secrets.token_urlsafe(48))'`.",
    ),
    _rule("oauth_server.E104", E, _any_host, "Name the hosts of your issuers."),
    _rule(
        "oauth_server.E105",
        E,
        _cache_of_one_process,
        "Use a cache that all workers share: the accounts count attempts in it.",
    ),
    _rule(
        "oauth_server.W101",
        W,
        _derived_keys,
        "Set them to random strings of their own, so that SECRET_KEY can change without ending every token.",
    ),
    _rule("oauth_server.W102", W, _connections_not_kept, "Set CONN_MAX_AGE to None."),
    _rule(
        "oauth_server.W103",
        W,
        _legacy,
        "Move the clients that need it to the authorization code with PKCE and a better authentication method, then switch it off.",
    ),
    _rule(
        "oauth_server.W104",
        W,
        _strangers_reach_inside,
        "Set DYNAMIC_REGISTRATION to token, or FETCH_PRIVATE_HOSTS to [].",
    ),
)
