"""What somebody else may have left in an account to come back by: it goes when the person proves that the account is theirs."""

from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.db.models import QuerySet

from oauth_server.tokens import revoke


def is_unproven(user: Any) -> bool:
    """Whether nobody has shown yet that the address of this account is theirs. People made by an operator have no row of it."""
    confirmed = list(EmailAddress.objects.filter(user_id=user.pk).values_list("verified", flat=True))
    return bool(confirmed) and not any(confirmed)


def drop_waiting_addresses(user: Any) -> None:
    """Whoever reads the mail of one that waits could make it count, or have the password reset there."""
    EmailAddress.objects.filter(user_id=user.pk, verified=False).exclude(email=user.email).delete()


def drop_links(user: Any, **since: Any) -> None:
    """Accounts elsewhere: all of them, or those that were added since."""
    if apps.is_installed("allauth.socialaccount"):
        _links().filter(user=user.pk, **since).delete()


def _links() -> "QuerySet[Any]":
    from allauth.socialaccount.models import SocialAccount

    found: QuerySet[Any] = SocialAccount.objects.all()
    return found


def start_over(user: Any) -> None:
    """The one who reads the mail is here for the first time: what was set before may be a stranger's."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    drop_waiting_addresses(user)
    drop_links(user)
    revoke.person(user.pk, "the address is confirmed for the first time")
