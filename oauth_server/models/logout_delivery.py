"""OpenID Connect Back-Channel Logout 1.0 §2.5: the outbox of sign-outs that clients are told of, a row for each client and session."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from oauth_server.models.delivery import Delivery
from oauth_server.models.fields import reference


class LogoutDelivery(Delivery):
    issuer = reference("oauth_server.Issuer", verbose_name=_("issuer"))
    client = reference("oauth_server.Client", verbose_name=_("client"))
    session = reference("oauth_server.Session", verbose_name=_("session"))
    sub = models.CharField(_("subject"), max_length=255)
    created = models.DateTimeField(_("signed out"))

    class Meta:
        verbose_name = _("back-channel logout")
        verbose_name_plural = _("back-channel logouts")
        indexes = [
            models.Index(fields=["state", "id"], name="oauth_server_logout_state"),
            models.Index(
                fields=["next_attempt"], name="oauth_server_logout_due", condition=models.Q(next_attempt__isnull=False)
            ),
        ]
