"""What belongs to a client of the server, by the setting that reusable apps use."""

from django.conf import settings
from django.db import models


class Integration(models.Model):
    application = models.ForeignKey(settings.OAUTH2_PROVIDER_APPLICATION_MODEL, on_delete=models.CASCADE)
    note = models.CharField(max_length=100)

    def __str__(self):
        return self.note
