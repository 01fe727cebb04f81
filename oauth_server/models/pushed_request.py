"""RFC 9126 §2.2 pushed authorization request: its checked parameters behind a handle, stored as a digest, deleted by the use."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from oauth_server.models.fields import reference


class PushedRequest(models.Model):
    id = models.BigAutoField(primary_key=True)
    handle = models.CharField(max_length=64, editable=False)
    client = reference("oauth_server.Client", verbose_name=_("client"))
    parameters = models.JSONField()
    # whether a request object brought them (RFC 9101)
    signed = models.BooleanField(default=False)
    # whether the console made it, to try the client out: its answer goes to the console, whatever addresses the client has
    trial = models.BooleanField(default=False)
    created = models.DateTimeField(_("created"))
    # that of the first visit; from then on that of an interaction
    expires = models.DateTimeField(_("expires"), db_index=True)
    visited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pushed authorization request")
        verbose_name_plural = _("pushed authorization requests")
        constraints = [models.UniqueConstraint(fields=["handle"], name="oauth_server_pushed_request_handle")]

    def __str__(self) -> str:
        return f"PushedRequest #{self.pk}"
