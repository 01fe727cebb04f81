"""What the database has to be, and the storage keys that its rows need."""

import re
import sqlite3
from datetime import timedelta
from typing import Any

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from django.db.models import Exists, OuterRef, QuerySet

from oauth_server import clock
from oauth_server.checks.rule import E, Rule, W
from oauth_server.conf import settings
from oauth_server.models import SigningKey, StorageKey
from oauth_server.tokens import storage_keys

# libpq's options; a space is written with a backslash
_ISOLATION = re.compile(r"default_transaction_isolation\s*=\s*((?:\w|\\ )+)")


def _old_sqlite() -> str:
    used = any(database.get("ENGINE", "").endswith("sqlite3") for database in django_settings.DATABASES.values())
    return (
        f"SQLite {sqlite3.sqlite_version} has no RETURNING." if used and sqlite3.sqlite_version_info < (3, 35) else ""
    )


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


def has_tables(alias: str) -> bool:
    """Before the first `migrate` there is nothing to look at, and each question would be an error in the log of the database."""
    try:
        return StorageKey._meta.db_table in connections[alias].introspection.table_names()
    except (ImproperlyConfigured, DatabaseError):
        return False


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
    except (ImproperlyConfigured, DatabaseError):
        # other rules tell, or `migrate` has still to bring the tables up to date
        return []


def _old_signing_keys() -> str:
    """Keys that `rotate_keys` should have replaced by now: it did not run, or not for days."""
    late = clock.now() - timedelta(seconds=settings.KEY_LIFETIME + settings.KEY_PUBLICATION)
    return _told(SigningKey.objects.filter(state=SigningKey.State.ACTIVE, activated__lt=late))


def _no_next_key() -> str:
    """Algorithms with a key that signs and none that clients can know before it does."""
    following = SigningKey.objects.filter(
        issuer=OuterRef("issuer"), algorithm=OuterRef("algorithm"), state=SigningKey.State.NEXT
    )
    return _told(SigningKey.objects.filter(~Exists(following), state=SigningKey.State.ACTIVE))


def _sentence(what: str, found: str) -> str:
    return f"{what}: {found}." if found else ""


def _told(keys: "QuerySet[SigningKey]") -> str:
    try:
        rows = keys.filter(issuer__enabled=True).order_by("issuer__created", "algorithm")[:20]
        return "; ".join(f"{name}: {algorithm}" for name, algorithm in rows.values_list("issuer__name", "algorithm"))
    except (ImproperlyConfigured, DatabaseError):
        return ""


RULES: tuple[Rule, ...] = (
    Rule("oauth_server.E008", E, _old_sqlite, "Use SQLite 3.35 or later, or PostgreSQL."),
    Rule(
        "oauth_server.W006",
        W,
        _another_isolation,
        "Use READ COMMITTED, PostgreSQL's own. Under a stricter level requests that meet start over, at most three times, then answer 503.",
    ),
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
        "oauth_server.W010",
        W,
        lambda: _sentence("Signing keys older than KEY_LIFETIME", _old_signing_keys()),
        "Let cron run `manage.py rotate_keys` once a day.",
        database=True,
    ),
    Rule(
        "oauth_server.W011",
        W,
        lambda: _sentence(
            "No next signing key, so the next rotation meets clients that do not know it", _no_next_key()
        ),
        "Run `manage.py rotate_keys`: it makes what is missing, and waits until clients can know it.",
        database=True,
    ),
)
