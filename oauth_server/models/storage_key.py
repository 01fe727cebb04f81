"""The keys of the settings that stored rows rest on, by fingerprint: since when each writes, and what it is needed for afterwards."""

from django.db import models


class StorageKey(models.Model):
    """`needed`: what was stored under the key when another took its place → the time after which nothing of it counts any more."""

    id = models.BigAutoField(primary_key=True)
    setting = models.CharField(max_length=20)
    fingerprint = models.CharField(max_length=16)
    since = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)
    needed = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["setting", "fingerprint"], name="oauth_server_storage_key")]

    def __str__(self) -> str:
        return f"{self.setting} {self.fingerprint}"
