"""One sign-in of one browser at one issuer; the `sid` that a client sees is derived from it and the client."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from oauth_server import clock
from oauth_server.models.fields import reference


class Session(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    issuer = reference("oauth_server.Issuer", verbose_name=_("issuer"))
    user = reference(settings.AUTH_USER_MODEL, verbose_name=_("person"))
    auth_time = models.DateTimeField(_("signed in"))
    acr = models.CharField(_("authentication context"), max_length=255, blank=True)
    amr = models.JSONField(_("authentication methods"), default=list)
    # digest of `user.get_session_auth_hash()`: a changed password ends the session wherever it is used
    auth_hash = models.CharField(max_length=64, editable=False)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    # when the browser was last here, to within some minutes
    last_seen = models.DateTimeField(_("last seen"), default=clock.now)
    expires = models.DateTimeField(_("expires"), db_index=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes = [
            models.Index(
                fields=["expires", "id"], name="oauth_server_ended", condition=models.Q(ended_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
