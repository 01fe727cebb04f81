"""What is kept of second factors beside the engine's own rows: remembered devices, and removals that wait."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class RememberedDevice(models.Model):
    """A browser that is not asked for the second factor again. Its cookie holds the token, the row its digest."""

    token = models.CharField(max_length=64, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="remembered_devices",
        verbose_name=_("person"),
    )
    # digest of `user.get_session_auth_hash()`: a changed password forgets every device
    auth_hash = models.CharField(max_length=64, editable=False)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    created = models.DateTimeField(_("remembered"))
    last_used = models.DateTimeField(_("last used"))
    expires = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("remembered device")
        verbose_name_plural = _("remembered devices")

    def __str__(self) -> str:
        return self.user_agent or str(self.pk)


class FactorReset(models.Model):
    """Somebody who knows the password asked for the removal of the second factors. It waits, and can be stopped."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="factor_resets", verbose_name=_("person")
    )
    created = models.DateTimeField(_("asked"))
    due = models.DateTimeField(_("due"), db_index=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True)
    # one of two: stopped, or done
    cancelled_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("removal of second factors")
        verbose_name_plural = _("removals of second factors")
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(cancelled_at=None, done_at=None),
                name="oauth_accounts_one_factor_reset",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
