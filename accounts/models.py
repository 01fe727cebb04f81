"""A person: one row, found by e-mail address, named by a UUID that never changes."""

import uuid
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oauth_server.models import Session
from oauth_server.policy import people

from .factor_models import FactorReset, RememberedDevice
from .joining_models import Acceptance, Invitation, Terms
from .profile import Profile


class People(BaseUserManager["User"]):
    """Makes and finds people; an address is kept, and looked for, in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        if not email:
            raise ValueError("a person needs an e-mail address")
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(Profile, AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("email address"))
    username = models.CharField(  # noqa: DJ001 - unique, and most people have none
        _("user name"),
        max_length=150,
        null=True,
        blank=True,
        validators=[UnicodeUsernameValidator()],
        help_text=_("Only where the server asks for one; people sign in with their email address."),
    )
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    is_staff = models.BooleanField(_("staff"), default=False, help_text=_("May open the admin."))
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Switch off instead of deleting."))
    date_joined = models.DateTimeField(_("registered"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    # The person asked for it; whoever signs in before keeps the account
    delete_at = models.DateTimeField(_("to be deleted"), null=True, blank=True, editable=False, db_index=True)

    # "not now" to the offer of a passkey
    passkey_declined_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = People()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        swappable = "AUTH_USER_MODEL"
        verbose_name = _("person")
        verbose_name_plural = _("people")
        permissions = [("help_user", "Can switch people off, sign them out, reset a lost factor, send mails again")]
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                name="oauth_accounts_user_email",
                violation_error_message=_("Somebody is registered with this email address."),
            ),
            models.UniqueConstraint(
                fields=["username"],
                name="oauth_accounts_user_username",
                violation_error_message=_("Somebody has this user name."),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def check_password(self, raw_password: str | None) -> bool:
        """Django stores a password anew when its hasher is no longer the first; what rests on a sign-in goes on."""
        stored, kept = self.password, people.auth_hashes(self)
        is_right = super().check_password(raw_password)
        if is_right and self.password != stored:
            Session.objects.filter(user=self.pk, auth_hash__in=kept).update(auth_hash=people.auth_hash(self))
        return is_right

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's sessions of an account that is to be deleted are over."""
        value: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        return value if self.delete_at is None else f"{value} {self.delete_at.timestamp()}"

    def clean(self) -> None:
        super().clean()
        self._normalize()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._normalize()
        super().save(*args, **kwargs)

    def _normalize(self) -> None:
        self.email = type(self).objects.normalize_email(self.email).lower()
        # The empty name of many people is not one name
        self.username = self.username or None

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name or self.email.partition("@")[0]

    @property
    def email_verified(self) -> bool:
        """OpenID Connect Core 1.0 §5.1: this address has been shown to be this person's."""
        return bool(EmailAddress.objects.filter(user_id=self.pk, email=self.email, verified=True).exists())


__all__ = ["Acceptance", "FactorReset", "Invitation", "RememberedDevice", "Terms", "User"]
