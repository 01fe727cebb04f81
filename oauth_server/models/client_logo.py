"""The picture of a client that an operator uploaded: a PNG that was taken apart and put together again."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ClientLogo(models.Model):
    client = models.OneToOneField("oauth_server.Client", on_delete=models.CASCADE, primary_key=True, related_name="+")
    # SHA-256 of the picture; it is in the address, so that browsers may keep the picture for ever
    digest = models.CharField(max_length=64, db_index=True)
    image = models.BinaryField()

    class Meta:
        verbose_name = _("logo")
        verbose_name_plural = _("logos")

    def __str__(self) -> str:
        return f"ClientLogo #{self.pk}"
