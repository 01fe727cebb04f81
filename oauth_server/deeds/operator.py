"""Members of staff: made, with a role or as superuser, and unmade. What they may is in `policy/roles.py`."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.policy import roles
from oauth_server.signals import operator_made


@transaction.atomic
def make(user: Any, name: str, password: str, *, role: str = "", superuser: bool = False) -> Any:
    """Give an account, or a new one of this name and password, a role or everything. Returns it."""
    if user is None:
        user = get_user_model()._default_manager.create_user(
            **{get_user_model().USERNAME_FIELD: name, "password": password}
        )
        operator_made.send_robust(sender=get_user_model(), user=user)
    before = _rights(user)
    if superuser:
        user.is_staff = user.is_superuser = True
        user.save(update_fields=["is_staff", "is_superuser"])
    if role:
        roles.give(user, role)
    _record(user, before)
    return user


@transaction.atomic
def unmake(user: Any) -> None:
    """The account stays, with what it may as anybody."""
    before = _rights(user)
    roles.take(user)
    user.is_staff = user.is_superuser = False
    user.save(update_fields=["is_staff", "is_superuser"])
    _record(user, before)


def all_of_them() -> Any:
    return get_user_model()._default_manager.filter(is_staff=True).order_by(get_user_model().USERNAME_FIELD)


def _rights(user: Any) -> dict[str, Any]:
    return {"roles": roles.of(user), "is_staff": user.is_staff, "is_superuser": user.is_superuser}


def _record(user: Any, before: dict[str, Any]) -> None:
    after = _rights(user)
    changes = audit.changed(before, after)
    audit.record(Event.ROLE_GIVEN, user_id=user.pk, target=user.pk, changes=changes)
