"""What this app keeps of a person, for the download of their data (`oauth_server.signals.personal_data`)."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from oauth_server.signals import personal_data

from .models import User
from .profile import Profile

_ACCOUNT = ("email", "username", "first_name", "last_name", "date_joined", "updated_at", "last_login", "delete_at")


def of(sender: Any, user: Any, **_: Any) -> dict[str, Any]:
    """Without secrets: of a second factor its kind and its dates, of a password nothing."""
    names = [field.name for field in Profile._meta.get_fields()]
    emails = EmailAddress.objects.filter(user_id=user.pk).order_by("pk")
    factors = Authenticator.objects.filter(user_id=user.pk).order_by("pk")
    return {
        "account": {"id": user.pk, **{name: getattr(user, name) for name in _ACCOUNT}},
        "profile": {name: getattr(user, name) for name in names if getattr(user, name) not in ("", None)},
        "email_addresses": list(emails.values("email", "verified", "primary")),
        "factors": list(factors.values("type", "created_at", "last_used_at")),
    }


def connect() -> None:
    personal_data.connect(of, sender=User, dispatch_uid="oauth_accounts.own_data")
