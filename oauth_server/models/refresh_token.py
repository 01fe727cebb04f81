"""RFC 6749 §1.5 refresh token, stored as a digest, rotated at each use.

`used_at` says superseded (a replay afterwards ends the family), `revoked` says ended on purpose. `previous` is unique, so a token has one
successor; `sealed` holds the answer that brought this token, readable only with the previous one, until this one is used.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractRefreshToken

from oauth_server import clock, digest
from oauth_server.models.fields import DigestField, reference


class RefreshToken(AbstractRefreshToken):
    id = models.BigAutoField(primary_key=True)
    token = models.TextField(blank=True, default="", editable=False)
    token_checksum = DigestField(digest.Kind.REFRESH_TOKEN, editable=False)
    application = reference("oauth_server.Client", verbose_name=_("client"))
    user = reference(
        settings.AUTH_USER_MODEL,
        related_name="oauth2_provider_refreshtoken",
        null=True,
        blank=True,
        verbose_name=_("person"),
    )
    authorization = reference("oauth_server.Authorization", verbose_name=_("authorization"))
    scope = models.TextField(_("scope"), blank=True)
    resource = models.JSONField(_("audiences"), default=list, blank=True)
    previous = models.OneToOneField(
        "self",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="successor",
        verbose_name=_("previous"),
    )
    sealed = models.TextField(blank=True, default="", editable=False)
    created = models.DateTimeField(_("issued"))
    expires = models.DateTimeField(_("expires"), db_index=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    revoked = models.DateTimeField(_("revoked"), null=True, blank=True)

    access_token: Any = None
    token_family: Any = None
    updated: Any = None

    class Meta:
        verbose_name = _("refresh token")
        verbose_name_plural = _("refresh tokens")
        constraints = [
            models.UniqueConstraint(fields=["token_checksum"], name="oauth_server_rt_digest"),
            models.CheckConstraint(condition=models.Q(token=""), name="oauth_server_rt_no_clear_token"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    def revoke(self) -> None:
        """End this token and its family: what it brought must not outlive it (RFC 7009 §2.1)."""
        now = clock.now()
        type(self.authorization).objects.filter(pk=self.authorization_id, revoked_at=None).update(revoked_at=now)
        type(self).objects.filter(pk=self.pk, revoked=None).update(revoked=now)
