"""Standard Webhooks: the outbox of audit events that the webhook is told of, a row for each."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from oauth_server.models.fields import reference


class WebhookDelivery(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("given up")

    id = models.BigAutoField(primary_key=True)
    event = reference("oauth_server.AuditEvent", verbose_name=_("audit event"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # None: nothing more is tried
    next_attempt = models.DateTimeField(_("next attempt"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)
    created = models.DateTimeField(_("created"))
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    expires = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        indexes = [
            models.Index(
                fields=["next_attempt"], name="oauth_server_webhook_due", condition=models.Q(next_attempt__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"WebhookDelivery #{self.pk}"
