"""ASVS 5.0 7.5.3: whether a person showed a moment ago who they are, and the page on which they do it again."""

from datetime import UTC, datetime, timedelta

from django.apps import apps
from django.http import HttpRequest

from oauth_server import clock
from oauth_server.conf import settings
from oauth_server.interaction.context import KEY


def is_recent(request: HttpRequest) -> bool:
    """In the last SECURITY_MAX_AGE seconds."""
    data = request.session.get(KEY, {})
    if data.get("user") != str(request.user.pk):
        return False
    shown = datetime.fromtimestamp(data["auth_time"], UTC)
    return clock.now() - shown <= timedelta(seconds=settings.SECURITY_MAX_AGE)


def confirm_page() -> str:
    """The name of the page on which people confirm that it is they; empty without an app that has one."""
    named = (getattr(app, "oauth_server_confirm_page", "") for app in apps.get_app_configs())
    return next(filter(None, named), "")
