"""OpenID Connect Back-Channel Logout 1.0 §2.5: the outbox of sign-outs that clients are told of, a row for each client and session."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from oauth_server.models.fields import reference


class LogoutDelivery(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("given up")

    id = models.BigAutoField(primary_key=True)
    issuer = reference("oauth_server.Issuer", verbose_name=_("issuer"))
    client = reference("oauth_server.Client", verbose_name=_("client"))
    session = reference("oauth_server.Session", verbose_name=_("session"))
    sub = models.CharField(_("subject"), max_length=255)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # None: nothing more is tried
    next_attempt = models.DateTimeField(_("next attempt"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)
    created = models.DateTimeField(_("signed out"))
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    expires = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("back-channel logout")
        verbose_name_plural = _("back-channel logouts")
        indexes = [
            models.Index(fields=["state", "id"], name="oauth_server_logout_state"),
            models.Index(
                fields=["next_attempt"], name="oauth_server_logout_due", condition=models.Q(next_attempt__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"LogoutDelivery #{self.pk}"
