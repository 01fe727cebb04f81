"""Which clients a sign-in told that it happened: those that hear of its end. Families, which name both, are cleaned up earlier."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from oauth_server.models.fields import reference


class SessionClient(models.Model):
    id = models.BigAutoField(primary_key=True)
    session = reference("oauth_server.Session", verbose_name=_("session"))
    client = reference("oauth_server.Client", verbose_name=_("client"))
    # as the client's ID tokens have it
    sub = models.CharField(_("subject"), max_length=255)
    expires = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("client of a session")
        verbose_name_plural = _("clients of sessions")
        constraints = [models.UniqueConstraint(fields=["session", "client"], name="oauth_server_session_client")]

    def __str__(self) -> str:
        return f"SessionClient #{self.pk}"
