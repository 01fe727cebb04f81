"""Whatever may be seen once: one atomic insert of (kind, id) by `tokens/store.py:use_once`."""

from django.db import models


class Replay(models.Model):
    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=32)
    value = models.CharField(max_length=64)
    expires = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="oauth_server_replay_once")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"
