"""The family: this client may act for this person (or itself) with this scope and these audiences, since this sign-in.

Codes, refresh tokens and access tokens hang on it. Revoking it is one UPDATE of one row; every look-up joins it.
"""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from oauth_server.models.fields import reference

# OpenID Connect Core 1.0 §11: the scope of a family that outlives its sign-in
OFFLINE_ACCESS = "offline_access"


class Authorization(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = reference("oauth_server.Client", verbose_name=_("client"))
    user = reference(settings.AUTH_USER_MODEL, null=True, blank=True, verbose_name=_("person"))
    sub = models.CharField(_("subject"), max_length=255)
    scope = models.TextField(_("scope"), blank=True)
    audiences = models.JSONField(_("audiences"), default=list)
    details = models.JSONField(_("authorization details"), default=list, blank=True)
    claims = models.JSONField(_("requested claims"), default=dict, blank=True)
    # what the operator's consent app adds: members by "access_token" and "id_token"
    extra = models.JSONField(_("added claims"), default=dict, blank=True)
    session = reference("oauth_server.Session", null=True, blank=True, verbose_name=_("session"))
    auth_time = models.DateTimeField(_("signed in"), null=True, blank=True)
    acr = models.CharField(max_length=255, blank=True)
    amr = models.JSONField(default=list, blank=True)
    parent = reference("self", null=True, blank=True, verbose_name=_("parent"))
    created = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"), db_index=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("authorization")
        verbose_name_plural = _("authorizations")
        indexes = [
            models.Index(
                fields=["expires_at", "id"],
                name="oauth_server_revoked",
                condition=models.Q(revoked_at__isnull=False),
            )
        ]
        permissions = [("revoke_tokens", "Can revoke all tokens of a client, person, audience or time")]

    def __str__(self) -> str:
        return str(self.id)
