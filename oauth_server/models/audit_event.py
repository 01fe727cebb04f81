"""Who did what to which object, from where. Append-only, without foreign keys: an event outlives what it names."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.Model):
    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("time"), db_index=True)
    event = models.CharField(_("event"), max_length=64, db_index=True)
    actor = models.CharField(_("actor"), max_length=300, blank=True, db_index=True)
    issuer = models.CharField(_("issuer"), max_length=36, blank=True)
    client_id = models.CharField(_("client ID"), max_length=255, blank=True, db_index=True)
    user_id = models.CharField(_("person"), max_length=64, blank=True, db_index=True)
    object = models.CharField(_("object"), max_length=300, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    # what the person who acted gave as the reason for a dangerous act
    note = models.CharField(_("reason given"), max_length=500, blank=True)
    changes = models.JSONField(_("changes"), default=dict, blank=True)
    address = models.CharField(_("address"), max_length=45, blank=True)
    trace_id = models.CharField(_("trace id"), max_length=32, blank=True, db_index=True)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit log")
        ordering = ["-id"]
        # what may still lose its address
        indexes = [models.Index(fields=["at"], name="oauth_server_audit_address", condition=~models.Q(address=""))]
        permissions = [("export_auditevent", "Can export the audit log")]

    def __str__(self) -> str:
        return f"{self.event} #{self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("audit events are append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("audit events are append-only")
