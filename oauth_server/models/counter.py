"""How often something happened in an hour or a day, of all clients together and of each; no row of it names a person."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Counter(models.Model):
    class Span(models.TextChoices):
        HOUR = "hour", _("hour")
        DAY = "day", _("day")

    id = models.BigAutoField(primary_key=True)
    # empty: of all clients together
    client_id = models.CharField(_("client ID"), max_length=255, blank=True)
    span = models.CharField(_("span"), max_length=4, choices=Span.choices)
    at = models.DateTimeField(_("begins"), db_index=True)
    name = models.CharField(_("what"), max_length=80)
    count = models.BigIntegerField(_("count"))

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")
        constraints = [
            models.UniqueConstraint(fields=["client_id", "span", "at", "name"], name="oauth_server_counter_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.at.isoformat()}"
