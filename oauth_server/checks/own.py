"""The settings in `OAUTH_SERVER`, and where the issuer is mounted."""

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured

from oauth_server import conf, targets, uris
from oauth_server.checks.rule import E, Rule, W

_WATCH = "oauth_server.logout.session_management.watch_sessions"


def _unknown_settings() -> str:
    return "; ".join(conf.problems())


def _no_issuer() -> str:
    return "" if django_settings.DEBUG or conf.given().get("ISSUER") else "OAUTH_SERVER['ISSUER'] is not set."


def _issuer_url() -> str:
    try:
        parts = uris.split(conf.settings.ISSUER)
    except ImproperlyConfigured:
        return ""
    if parts.scheme not in {"https", "http"} or not parts.netloc or parts.query or parts.fragment:
        return "OAUTH_SERVER['ISSUER'] is not a URL without query and fragment."
    return ""


def _pages_of_an_app() -> str:
    """Challenges are sent there, and people type their passwords there."""
    names = [f"HYDRA_{name}_URL" for name in ("LOGIN", "CONSENT", "LOGOUT", "DEVICE")]
    wrong = [name for name in names if not _is_page(str(conf.given().get(name, "")))]
    return f"{', '.join(wrong)}: not the https URL of a page, or one on this machine." if wrong else ""


def _is_page(url: str) -> bool:
    # as the rule of redirect URIs has it: no user information, no fragment, plain http on a loopback address alone
    plain = url.replace("{issuer}", "issuer")
    return not url or (plain.startswith(("https://", "http://")) and not uris.problem(plain))


def _issuer_not_mounted() -> str:
    from django.urls import Resolver404, resolve

    try:
        path = uris.split(conf.settings.ISSUER).path
    except ImproperlyConfigured:
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


def _issuer_host_not_allowed() -> str:
    try:
        host = uris.split(conf.settings.ISSUER).hostname or ""
    except ImproperlyConfigured:
        return ""
    allowed = list(django_settings.ALLOWED_HOSTS) or (
        [".localhost", "127.0.0.1", "[::1]"] if django_settings.DEBUG else []
    )
    from django.http.request import validate_host

    return "" if validate_host(host, allowed) else f"The issuer's host {host} is not in ALLOWED_HOSTS."


def _keys_sign_too_early() -> str:
    try:
        early = conf.settings.KEY_PUBLICATION <= conf.settings.JWKS_MAX_AGE
    except ImproperlyConfigured:
        return ""
    return "KEY_PUBLICATION is not longer than JWKS_MAX_AGE." if early else ""


def _webhook() -> str:
    given = conf.given()
    url, secret = str(given.get("AUDIT_WEBHOOK_URL", "")), str(given.get("AUDIT_WEBHOOK_SECRET", ""))
    if not url:
        return ""
    try:
        targets.target(url, given.get("FETCH_PRIVATE_HOSTS", []))
    except targets.Forbidden as reason:
        return f"AUDIT_WEBHOOK_URL cannot be called: {reason}."
    return "AUDIT_WEBHOOK_SECRET has fewer than 32 characters." if len(secret) < 32 else ""


def _sessions_not_watched() -> str:
    if not conf.given().get("SESSION_MANAGEMENT") or _WATCH in django_settings.MIDDLEWARE:
        return ""
    return "SESSION_MANAGEMENT is on, and nothing keeps the cookie that tells apps of a sign-out."


RULES: tuple[Rule, ...] = (
    Rule(
        "oauth_server.E001",
        E,
        _unknown_settings,
        "See the settings reference in the documentation.",
    ),
    Rule(
        "oauth_server.E013",
        E,
        _webhook,
        "Name an https URL, or a host of FETCH_PRIVATE_HOSTS, and a random secret that its receiver has too.",
    ),
    Rule("oauth_server.E002", E, _no_issuer, "Set it to the URL of this server, such as https://id.example.com."),
    Rule("oauth_server.E003", E, _issuer_url, "Use a URL such as https://id.example.com or https://example.com/o."),
    Rule(
        "oauth_server.E014", E, _pages_of_an_app, "Name the pages of your app, such as https://login.example.com/login."
    ),
    Rule(
        "oauth_server.W002",
        W,
        _issuer_not_mounted,
        'Add path("", include("oauth_server.urls")) at the path of the issuer\'s URL.',
    ),
    Rule("oauth_server.W003", W, _issuer_host_not_allowed, "Add the host to ALLOWED_HOSTS."),
    Rule(
        "oauth_server.W005",
        W,
        _keys_sign_too_early,
        "A client may keep the JWKS for JWKS_MAX_AGE seconds; a key must be in it for longer before it signs.",
    ),
    Rule("oauth_server.W008", W, _sessions_not_watched, f"Add {_WATCH} to MIDDLEWARE, behind Django's sessions."),
)
