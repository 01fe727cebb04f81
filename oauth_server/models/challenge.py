"""Ory Hydra's login, consent, device and logout challenges: a question that an app of the operator answers, once.

The app holds the challenge and the browser brings back the verifier of the answer; both are kept as digests. The row of a consent
stays as long as it is remembered, and its key is the key of the family that it led to.
"""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from oauth_server.models.fields import reference


class Challenge(models.Model):
    class Kind(models.TextChoices):
        LOGIN = "login", _("login")
        CONSENT = "consent", _("consent")
        DEVICE = "device", _("device")
        LOGOUT = "logout", _("logout")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices)
    challenge = models.CharField(max_length=64, unique=True, editable=False)
    # of the answer; empty until there is one
    verifier = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    # the browser that asked, where no interaction says it
    browser = models.CharField(max_length=64, blank=True, editable=False)
    issuer = reference("oauth_server.Issuer", verbose_name=_("issuer"))
    client = reference("oauth_server.Client", null=True, blank=True, verbose_name=_("client"))
    user = reference(settings.AUTH_USER_MODEL, null=True, blank=True, verbose_name=_("person"))
    session = reference("oauth_server.Session", null=True, blank=True, verbose_name=_("session"))
    interaction = reference("oauth_server.Interaction", null=True, blank=True)
    device = reference("oauth_server.DeviceRequest", null=True, blank=True)
    # what the app is asked, and what it answered; never a credential that still works
    request = models.JSONField(_("request"), default=dict)
    answer = models.JSONField(_("answer"), default=dict, blank=True)
    created = models.DateTimeField(_("created"))
    expires = models.DateTimeField(_("expires"), db_index=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    # a consent is asked for again after this time; empty: it is not remembered
    remembered_until = models.DateTimeField(_("remembered until"), null=True, blank=True)

    class Meta:
        verbose_name = _("challenge")
        verbose_name_plural = _("challenges")
        indexes = [models.Index(fields=["client", "user"], name="oauth_server_challenge_of")]

    def __str__(self) -> str:
        return str(self.id)
