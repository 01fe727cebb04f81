"""A counter of failed attempts; `limits.py` is its only reader and writer."""

from django.db import models


class Attempt(models.Model):
    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(default=0)
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"Attempt #{self.pk}"
