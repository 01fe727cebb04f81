"""RFC 6749 §1.3.1 authorization code, stored as a digest, used once."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractGrant

from oauth_server.models.fields import reference


class AuthorizationCode(AbstractGrant):
    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=64, editable=False)
    application = reference("oauth_server.Client", verbose_name=_("client"))
    authorization = reference("oauth_server.Authorization", verbose_name=_("authorization"))
    redirect_uri = models.TextField(_("redirect URI"))
    # RFC 6749 §4.1.3: redirect_uri must come again only when it was in the authorization request
    redirect_uri_given = models.BooleanField(default=True)
    scope = models.TextField(_("scope"), blank=True)
    code_challenge = models.CharField(max_length=128, blank=True, default="")
    code_challenge_method = models.CharField(max_length=10, blank=True, default="")
    nonce = models.CharField(max_length=2000, blank=True, default="")
    claims = models.TextField(blank=True)
    resource = models.JSONField(_("resource"), default=list, blank=True)
    created = models.DateTimeField(_("created"))
    expires = models.DateTimeField(_("expires"), db_index=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    user: Any = None
    updated: Any = None

    class Meta:
        verbose_name = _("authorization code")
        verbose_name_plural = _("authorization codes")
        constraints = [models.UniqueConstraint(fields=["code"], name="oauth_server_code_digest")]

    def __str__(self) -> str:
        return f"AuthorizationCode #{self.pk}"
