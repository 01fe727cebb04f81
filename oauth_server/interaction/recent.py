"""ASVS 5.0 7.5.3: whether a person showed a moment ago who they are, and the page on which they do it again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.apps import apps
from django.http import HttpRequest

from oauth_server import clock
from oauth_server.conf import settings
from oauth_server.interaction.context import KEY

# An app that knows of second factors adds whether this sign-in showed all that its person has, from `AppConfig.ready()`
ALSO: list[Callable[[HttpRequest], bool]] = []


def is_recent(request: HttpRequest) -> bool:
    """In the last SECURITY_MAX_AGE seconds; by all that they have, not on the word of a remembered device."""
    data = request.session.get(KEY, {})
    if data.get("user") != str(request.user.pk):
        return False
    shown = datetime.fromtimestamp(data["auth_time"], UTC)
    is_young = clock.now() - shown <= timedelta(seconds=settings.SECURITY_MAX_AGE)
    return is_young and all(is_enough(request) for is_enough in ALSO)


def confirm_page() -> str:
    """The name of the page on which people confirm that it is they; empty without an app that has one."""
    named = (getattr(app, "oauth_server_confirm_page", "") for app in apps.get_app_configs())
    return next(filter(None, named), "")
