"""Who may use an issuer: asked at sign-in and whenever a token is issued or used for a person. Default: every active person.

And whether a sign-in still counts: a changed password ends what it brought, at authorize and at the token endpoint.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.module_loading import import_string

from oauth_server import digest
from oauth_server.conf import settings
from oauth_server.digest import Kind
from oauth_server.models import Issuer


def may_use(user: Any, issuer: Issuer) -> bool:
    """Whether this person may have or keep tokens here."""
    if not user.is_active:
        return False
    if not settings.PEOPLE_POLICY:
        return True
    policy: Callable[[Any, Issuer], bool] = import_string(settings.PEOPLE_POLICY)
    return policy(user, issuer)


def by_subject(sub: str) -> Any:
    """The active person of a public subject identifier; None for what is none."""
    users = get_user_model()
    try:
        found: Any = users._default_manager.filter(pk=users._meta.pk.to_python(sub)).first()
    except (ValidationError, ValueError, OverflowError):
        return None
    return found if found is not None and str(found.pk) == sub and found.is_active else None


# Apps that know of more than a password add whom one alone does not let in, from `AppConfig.ready()`
NEEDS_MORE_THAN_PASSWORD: list[Callable[[Any], bool]] = []


def has_password_alone(user: Any) -> bool:
    """Whether a password is all that this person needs to sign in."""
    return user.has_usable_password() and not any(needs_more(user) for needs_more in NEEDS_MORE_THAN_PASSWORD)


def may_name_a_person(value: str) -> bool:
    """RFC 9068 §5: whether a name is, or could become, the key of a person, for which nothing else may be taken."""
    key: Any = get_user_model()._meta.pk
    try:
        pk = key.to_python(value)
    except ValidationError:
        return False
    if isinstance(key, (models.IntegerField, models.AutoField)):
        return True
    return get_user_model()._default_manager.filter(pk=pk).exists()


def may_still_use(user_id: Any, is_active: bool | None, issuer: Issuer) -> bool:
    """The same for a person whose row a statement brought along; their model is asked only where a column cannot tell."""
    if is_active is not None and not settings.PEOPLE_POLICY:
        return is_active
    user = get_user_model()._default_manager.filter(pk=user_id).first()
    return user is not None and may_use(user, issuer)


def auth_hash(user: Any) -> str:
    """What a session keeps of the password: a digest of Django's own, so that the row tells nothing about it."""
    return digest.digest(Kind.SESSION, user.get_session_auth_hash())


def has_auth_hash(user: Any, kept: str) -> bool:
    """Whether the password is the one of the sign-in, also under a former SECRET_KEY of the site."""
    if digest.matches(Kind.SESSION, user.get_session_auth_hash(), kept):
        return True
    formerly = getattr(user, "get_session_auth_fallback_hash", tuple)
    return any(digest.matches(Kind.SESSION, value, kept) for value in formerly())


def auth_hashes(user: Any) -> list[str]:
    """Every form in which a session may keep the password that this person has now."""
    formerly = getattr(user, "get_session_auth_fallback_hash", tuple)
    values = [user.get_session_auth_hash(), *formerly()]
    return [one for value in values for one in digest.candidates(Kind.SESSION, value)]


def has_auth_hash_still(user_id: Any, password: str | None, kept: str) -> bool:
    """The same for a person of whose row a statement brought the password along; None: the model is asked."""
    users = get_user_model()
    user = (
        users._default_manager.filter(pk=user_id).first() if password is None else users(pk=user_id, password=password)
    )
    return user is not None and has_auth_hash(user, kept)
