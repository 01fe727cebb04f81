"""When each command that keeps house was last run, for the page of the deployment."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobRun(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(_("command"), max_length=64, unique=True)
    finished = models.DateTimeField(_("last run"))

    class Meta:
        verbose_name = _("run of a command")
        verbose_name_plural = _("runs of commands")

    def __str__(self) -> str:
        return self.name
