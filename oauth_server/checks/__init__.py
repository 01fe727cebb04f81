"""Every rule about settings, a line each: id, severity, when it fails, what to do. Listed by `docs/reference/checks.md`.

A file per theme; a rule is its function and its line in that file's `RULES`.
"""

from collections.abc import Sequence
from typing import Any

from django.core import checks as django_checks
from django.core.checks import CheckMessage
from django.db import router

from oauth_server.checks import database, deploy, dot, own
from oauth_server.checks.rule import Rule, run
from oauth_server.models import StorageKey

__all__ = ["RULES", "register", "run"]

RULES: tuple[Rule, ...] = (*own.RULES, *dot.RULES, *database.RULES, *deploy.RULES)


def _always(app_configs: Any = None, **_kwargs: Any) -> list[CheckMessage]:
    return run(rule for rule in RULES if not rule.deploy and not rule.database)


def _on_deploy(app_configs: Any = None, **_kwargs: Any) -> list[CheckMessage]:
    return run(rule for rule in RULES if rule.deploy)


def _of_database(app_configs: Any = None, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    alias = router.db_for_read(StorageKey)
    if alias not in (databases or ()) or not database.has_tables(alias):
        return []
    return run(rule for rule in RULES if rule.database)


def register() -> None:
    django_checks.register(_always, "oauth_server")
    django_checks.register(_on_deploy, "oauth_server", deploy=True)
    django_checks.register(_of_database, django_checks.Tags.database)
