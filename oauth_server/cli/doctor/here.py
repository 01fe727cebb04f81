"""What only the machine of the server can tell: Django's checks, mail, cache, clocks, and the commands that keep house."""

import secrets
from collections.abc import Iterator

from django.conf import settings as django_settings
from django.core import checks, mail
from django.core.cache import cache, caches
from django.core.mail.backends.smtp import EmailBackend as Smtp
from django.db import DEFAULT_DB_ALIAS

from oauth_server import clock
from oauth_server.cli.doctor.finding import Area, Finding
from oauth_server.cli.doctor.site import Site
from oauth_server.conf import settings as conf
from oauth_server.models import SigningKey
from oauth_server.tokens import jobs

_SETTINGS, _MAIL, _CACHE, _CLOCK, _JOBS = Area("settings"), Area("mail"), Area("cache"), Area("clock"), Area("jobs")
_KEYS = Area("keys")
_ABOUT_KEYS = {"oauth_server.W010", "oauth_server.W011"}
# Backends that send nothing
_NOWHERE = ("console", "dummy", "filebased", "locmem")


def check(site: Site) -> Iterator[Finding]:
    yield from settings()
    yield from key_ages()
    yield from mails()
    yield from shared_cache()
    yield database_clock()
    yield from housekeeping()


def settings() -> Iterator[Finding]:
    """`check --deploy --database default`."""
    found = checks.run_checks(include_deployment_checks=True, databases=[DEFAULT_DB_ALIAS])
    for message in found:
        area = _KEYS if message.id in _ABOUT_KEYS else _SETTINGS
        how = area.error if message.level >= checks.ERROR else area.warning
        yield how(
            f"{message.id}: {message.msg}",
            message.hint or "https://docs.djangoproject.com/en/stable/ref/checks/ says more.",
        )
    if not found:
        yield _SETTINGS.ok("`check --deploy` has nothing to say")


def key_ages() -> Iterator[Finding]:
    """Of those that sign; the checks tell which is too old."""
    now = clock.now()
    signing = SigningKey.objects.filter(state=SigningKey.State.ACTIVE, issuer__enabled=True, activated__isnull=False)
    oldest = signing.order_by("activated").select_related("issuer").first()
    if oldest and oldest.activated:
        age = f"{(now - oldest.activated).days} of {conf.KEY_LIFETIME // 86_400} days"
        yield _KEYS.ok(f"the oldest key that signs has been at it for {age} ({oldest.issuer.name}: {oldest.algorithm})")


def mails() -> Iterator[Finding]:
    """A connection is opened; nothing is sent."""
    backend = django_settings.EMAIL_BACKEND
    name = backend.rpartition(".")[0].rpartition(".")[2]
    if name in _NOWHERE:
        yield _MAIL.warning(f"no mail leaves this server (EMAIL_BACKEND is {name})", "Set EMAIL_URL, or EMAIL_BACKEND.")
        return
    connection = mail.get_connection()
    if isinstance(connection, Smtp):
        where = f"{connection.host}:{connection.port}"
        if not connection.use_tls and not connection.use_ssl and connection.host not in ("localhost", "127.0.0.1"):
            yield _MAIL.warning(f"mail goes to {where} in clear", "Set EMAIL_USE_TLS or EMAIL_USE_SSL.")
        try:
            connection.open()
        except OSError as error:
            yield _MAIL.error(
                f"{where} takes no mail: {error}", "See EMAIL_HOST, EMAIL_PORT and the name and password there."
            )
            return
        finally:
            connection.close()
        yield _MAIL.ok(f"{where} takes mail")
    if django_settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
        yield _MAIL.warning(
            f"mail comes from {django_settings.DEFAULT_FROM_EMAIL}",
            "Set DEFAULT_FROM_EMAIL to an address of your domain.",
        )


def shared_cache() -> Iterator[Finding]:
    """Limits of the accounts count in it, so that all workers need the same one."""
    if "locmem" in caches.settings["default"]["BACKEND"]:
        yield _CACHE.warning(
            "each process has a cache of its own", "Set CACHE_URL, or CACHES, to one that all workers share."
        )
        return
    value = secrets.token_hex(8)
    try:
        cache.set("oauth_server.doctor", value, 10)
        is_kept = cache.get("oauth_server.doctor") == value
    # whatever its client raises
    except Exception as error:
        yield _CACHE.error(f"the cache does not answer: {error}", "See that it runs, and what CACHE_URL says.")
        return
    if is_kept:
        yield _CACHE.ok("the cache keeps what it is given")
    else:
        yield _CACHE.error("the cache forgets what it is given", "See what CACHES says; a dummy cache counts nothing.")


def database_clock() -> Finding:
    ahead = clock.offset().total_seconds()
    text = f"the database's clock is {ahead:+.1f} seconds from this machine's"
    return _CLOCK.warning(text, "Run a time service (NTP) on both machines.") if abs(ahead) > 2 else _CLOCK.ok(text)


def housekeeping() -> Iterator[Finding]:
    late = jobs.overdue(clock.now())
    for name in late:
        yield _JOBS.warning(
            f"`manage.py {name}` has not run for too long",
            "Run it from cron or a timer; see “Production” in the documentation.",
        )
    if not late:
        yield _JOBS.ok("the commands that keep house are run")
