"""What a person agreed to, a row per client and API, read and written by `memory.py` alone; and a receipt for each answer."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Consent(models.Model):
    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    client = models.ForeignKey(
        "oauth_server.Client", on_delete=models.CASCADE, related_name="+", verbose_name=_("client")
    )
    audience = models.CharField(
        _("audience"),
        max_length=255,
        blank=True,
        help_text=_("The identifier of the API; empty for what belongs to none."),
    )
    scope = models.TextField(
        _("allowed"), blank=True, help_text=_("Scopes, and what was asked for by name as claim,NAME.")
    )
    declined = models.TextField(_("declined"), blank=True)
    # RFC 9396: of types that are remembered; all of them in the row of what belongs to no API
    details = models.JSONField(_("authorization details"), default=list, blank=True)
    created = models.DateTimeField(_("since"))
    updated = models.DateTimeField(_("changed"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(fields=["user", "client", "audience"], name="oauth_consent_once"),
        ]
        indexes = [
            models.Index(fields=["id"], name="oauth_consent_withdrawn", condition=models.Q(withdrawn_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class Receipt(models.Model):
    """What a person read and agreed to, as they read it. It is never changed, and outlives the client that it names."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    client_id = models.CharField(_("client ID"), max_length=255)
    at = models.DateTimeField(_("time"))
    # Names the wording: two receipts with the same value were given to the same words
    texts = models.CharField(_("version of the texts"), max_length=64)
    document = models.JSONField(_("document"))

    class Meta:
        verbose_name = _("consent receipt")
        verbose_name_plural = _("consent receipts")
        indexes = [
            models.Index(fields=["user", "-at"], name="oauth_consent_receipts"),
            models.Index(fields=["-at", "-id"], name="oauth_consent_latest"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
