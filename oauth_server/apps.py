"""The app: its label never changes; the first issuer is made after `migrate`."""

from collections.abc import Callable
from typing import Any

from django.apps import AppConfig
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_migrate, pre_delete, pre_migrate
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _


class OAuthServerConfig(AppConfig):
    name = "oauth_server"
    label = "oauth_server"
    verbose_name = _("OAuth 2.0 server")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from oauth_server import checks, signals, webhook
        from oauth_server.dot import signals as dot_signals
        from oauth_server.logout import backchannel

        checks.register()
        _extend()
        dot_signals.connect()
        user_logged_in.connect(_signed_in, dispatch_uid="oauth_server")
        user_logged_out.connect(_signed_out, dispatch_uid="oauth_server")
        pre_delete.connect(_person_deleted, sender=get_user_model(), dispatch_uid="oauth_server")
        signals.webhooks_due.connect(webhook.webhooks_due, dispatch_uid="oauth_server")
        signals.logouts_due.connect(backchannel.logouts_due, dispatch_uid="oauth_server")
        pre_migrate.connect(_migrating, sender=self, dispatch_uid="oauth_server")
        post_migrate.connect(_migrated, sender=self, dispatch_uid="oauth_server")
        post_migrate.connect(_roles, dispatch_uid="oauth_server.roles")


def _extend() -> None:
    """What a project adds to the registries: a class each."""
    from oauth_server import conf
    from oauth_server.client_auth.registry import METHODS
    from oauth_server.grants.registry import GRANTS
    from oauth_server.policy.detail_types import TYPES
    from oauth_server.response_modes.registry import RESPONSE_MODES
    from oauth_server.tokens import formats

    takers: dict[str, Callable[[Any], None]] = {
        "GRANT_TYPES": GRANTS.add,
        "CLIENT_AUTH_METHODS": METHODS.add,
        "RESPONSE_MODES": RESPONSE_MODES.add,
        "TOKEN_FORMATS": formats.add,
        "AUTHORIZATION_DETAIL_TYPES": TYPES.add,
    }
    for setting, take in takers.items():
        for path in conf.given().get(setting, []):
            take(import_string(path)())


def _signed_in(sender: Any, request: Any, user: Any, **_kwargs: Any) -> None:
    from oauth_server.interaction.context import record_sign_in

    if request is not None and hasattr(request, "session"):
        record_sign_in(request, user)


def _signed_out(sender: Any, request: Any, user: Any, **_kwargs: Any) -> None:
    from oauth_server.interaction.context import live_sessions
    from oauth_server.tokens import revoke

    if request is not None and hasattr(request, "session"):
        for session in live_sessions(request.session):
            revoke.session(session, "signed out")


def _person_deleted(sender: Any, instance: Any, **_kwargs: Any) -> None:
    from oauth_server.tokens import revoke

    revoke.person(instance.pk, "the account is deleted")


def _migrating(sender: Any, using: str = "default", **_kwargs: Any) -> None:
    from django.db import connections

    from oauth_server.models import append_only, versions

    # Django rebuilds a SQLite table to alter it, and stops at a trigger that names it
    if connections[using].vendor == "sqlite":
        versions.TRIGGERS.drop(using)
        append_only.TRIGGERS.drop(using)


def _migrated(sender: Any, using: str = "default", apps: Any = None, **_kwargs: Any) -> None:
    from oauth_server import issuers
    from oauth_server.models import append_only, versions
    from oauth_server.tokens import storage_keys

    # a rollback to zero ends here too, without the tables
    if apps is None or "oauth_server" in {config.label for config in apps.get_app_configs() if config.models}:
        versions.TRIGGERS.install(using)
        append_only.TRIGGERS.install(using)
        issuers.provide_first()
        storage_keys.note_first()


def _roles(sender: Any, using: str = "default", apps: Any = None, **kwargs: Any) -> None:
    """Of each app that has permissions of a role; Django makes the permissions of an app after ours is called."""
    from django.contrib.auth.management import create_permissions

    from oauth_server.policy import roles

    if sender.label in roles.LABELS:
        given = {"apps": apps} if apps is not None else {}
        create_permissions(sender, verbosity=0, using=using, **given)
        roles.install(sender.label, using, **given)
