"""A sign-in or consent under way: the whole validated request behind a random handle, bound to one browser, finished once."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from oauth_server.models.fields import reference


class Interaction(models.Model):
    id = models.BigAutoField(primary_key=True)
    handle = models.CharField(max_length=64, unique=True, editable=False)
    browser = models.CharField(max_length=64, editable=False)
    issuer = reference("oauth_server.Issuer")
    client = reference("oauth_server.Client")
    user = reference(settings.AUTH_USER_MODEL, null=True, blank=True)
    # RFC 8628 §3.3: what the person answers to a device; the answer is a page instead of a redirect
    device = reference("oauth_server.DeviceRequest", null=True, blank=True)
    request = models.JSONField()
    # how the request came, and what is used up when it completes (`authorization/request.py:Source`)
    source = models.JSONField(default=dict)
    # what the steps have settled: {"sign_in": time, "consent": {…}}
    settled = models.JSONField(default=dict)
    created = models.DateTimeField(_("created"))
    expires = models.DateTimeField(_("expires"), db_index=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")

    def __str__(self) -> str:
        return f"Interaction #{self.pk}"
