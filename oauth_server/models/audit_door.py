"""The one door through which audit events leave: a row that lives inside the transaction that lets them out (`append_only.py`)."""

from django.db import models


class AuditDoor(models.Model):
    id = models.BigAutoField(primary_key=True)
    # what is older may be removed, or lose its address
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.until.isoformat()
