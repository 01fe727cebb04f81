"""Who may register by invitation, and which terms people have accepted."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oauth_server import clock


class Invitation(models.Model):
    """A mail that lets one person register, once. The token of its link is kept as a digest."""

    token = models.CharField(max_length=64, editable=False)
    email = models.EmailField(_("email address"))
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("invited by"),
    )
    created = models.DateTimeField(_("sent"), default=timezone.now, editable=False)
    expires = models.DateTimeField(_("expires"), db_index=True, editable=False)
    used_at = models.DateTimeField(_("accepted"), null=True, editable=False)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [models.UniqueConstraint(fields=["token"], name="oauth_accounts_invitation_token")]

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        return self.used_at is None and self.expires > clock.now()


class Terms(models.Model):
    """A version of the terms of service. The latest one in force has to be accepted (ACCEPT_TERMS)."""

    version = models.CharField(_("version"), max_length=50, help_text=_("As people see it, such as 2026-11 or 3."))
    url = models.URLField(_("where they are"), max_length=500, blank=True, help_text=_("A page on the web."))
    text = models.TextField(_("text"), blank=True, help_text=_("Shown on our own page, where there is no address."))
    in_force_from = models.DateTimeField(_("in force from"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("terms of service")
        verbose_name_plural = _("terms of service")
        constraints = [
            models.UniqueConstraint(fields=["version"], name="oauth_accounts_terms_version"),
            models.CheckConstraint(
                condition=~models.Q(url="", text=""),
                name="oauth_accounts_terms_somewhere",
                violation_error_message=_("Give an address or a text."),
            ),
        ]

    def __str__(self) -> str:
        return self.version

    @classmethod
    def now(cls) -> "Terms | None":
        """The version that is in force."""
        found: Terms | None = (
            cls.objects.filter(in_force_from__lte=clock.now()).order_by("-in_force_from", "-pk").first()
        )
        return found


class Acceptance(models.Model):
    """Who accepted which version, and when."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, verbose_name=_("person"))
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, verbose_name=_("terms of service"))
    at = models.DateTimeField(_("accepted"), default=timezone.now)

    class Meta:
        verbose_name = _("acceptance of terms")
        verbose_name_plural = _("acceptances of terms")
        constraints = [models.UniqueConstraint(fields=["user", "terms"], name="oauth_accounts_acceptance_once")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.terms_id}"

    @classmethod
    def has(cls, user: Any, terms: Terms) -> bool:
        return bool(cls.objects.filter(user=user.pk, terms=terms).exists())

    @classmethod
    def note(cls, user: Any, terms: Terms, at: datetime | None = None) -> None:
        row = Acceptance(user=user, terms=terms, at=at or clock.now())
        Acceptance.objects.bulk_create([row], ignore_conflicts=True)
