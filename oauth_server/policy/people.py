"""Who may use an issuer: asked at sign-in and whenever a token is issued or used for a person. Default: every active person."""

from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string

from oauth_server.conf import settings
from oauth_server.models import Issuer


def may_use(user: Any, issuer: Issuer) -> bool:
    """Whether this person may have or keep tokens here."""
    if not user.is_active:
        return False
    if not settings.PEOPLE_POLICY:
        return True
    policy: Callable[[Any, Issuer], bool] = import_string(settings.PEOPLE_POLICY)
    return policy(user, issuer)
