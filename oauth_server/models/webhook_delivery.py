"""Standard Webhooks: the outbox of audit events that the webhook is told of, a row for each."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from oauth_server.models.delivery import Delivery
from oauth_server.models.fields import reference


class WebhookDelivery(Delivery):
    event = reference("oauth_server.AuditEvent", verbose_name=_("audit event"))

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        indexes = [
            models.Index(
                fields=["next_attempt"], name="oauth_server_webhook_due", condition=models.Q(next_attempt__isnull=False)
            )
        ]
