"""When a client last showed who it is by one of its secrets, to the hour; a table beside them, so that noting it makes no copy stale."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ClientSecretUse(models.Model):
    secret = models.OneToOneField(
        "oauth_server.ClientSecret", on_delete=models.CASCADE, primary_key=True, related_name="use"
    )
    at = models.DateTimeField(_("last used"))

    class Meta:
        verbose_name = _("use of a client secret")
        verbose_name_plural = _("uses of client secrets")

    def __str__(self) -> str:
        return f"ClientSecretUse #{self.pk}"
