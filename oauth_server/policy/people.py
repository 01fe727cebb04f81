"""Who may use an issuer: asked at sign-in and whenever a token is issued or used for a person. Default: every active person."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
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


def may_still_use(user_id: Any, is_active: bool | None, issuer: Issuer) -> bool:
    """The same for a person whose row a statement brought along; their model is asked only where a column cannot tell."""
    if is_active is not None and not settings.PEOPLE_POLICY:
        return is_active
    user = get_user_model()._default_manager.filter(pk=user_id).first()
    return user is not None and may_use(user, issuer)
