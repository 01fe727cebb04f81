"""RFC 6749 §1.4 access token, stored as a digest; its life also depends on its family, client, issuer and person."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractAccessToken

from oauth_server import clock, digest
from oauth_server.models.authorization import OFFLINE_ACCESS, Authorization
from oauth_server.models.client import Client
from oauth_server.models.fields import DigestField, reference
from oauth_server.models.not_before import is_ended, limits


def is_alive(
    revoked_at: datetime | None,
    expires_at: datetime,
    enabled: bool,
    not_before: Iterable[datetime | None],
    born: datetime,
    now: datetime,
) -> bool:
    """The one rule: the family is neither revoked nor over, client and issuer are on, and nothing before a time after birth was ended.

    `born` is the family's birth, not the token's: what is issued while such a revocation commits is younger than it, and dead all the same.
    """
    if revoked_at is not None or expires_at <= now or not enabled:
        return False
    return not any(limit is not None and born < limit for limit in not_before)


def is_signed_out(scope: str, signed_out_at: datetime | None) -> bool:
    """Whether a family of this scope ended with its sign-in, also one that was made while the person signed out."""
    return signed_out_at is not None and OFFLINE_ACCESS not in scope.split()


def signed_out_at(family: Authorization) -> datetime | None:
    """When the sign-in of a family ended; of a family that was looked up together with its session."""
    return family.session.ended_at if family.session is not None else None


def is_family_live(
    family: Authorization, client: Client, now: datetime, signed_out: datetime | None, token: Any = None
) -> bool:
    """Whether what hangs on a family may still be used, as far as family, client, issuer, sign-in, APIs and scopes decide it.

    `token`: a row, whose own scope and APIs count too; a standing family has none of its own.
    """
    issuer = client.issuer
    if _is_reach_ended(family, issuer, token):
        return False
    return not is_signed_out(family.scope, signed_out) and is_alive(
        family.revoked_at,
        family.expires_at,
        client.enabled and issuer.enabled,
        (client.tokens_not_before, issuer.tokens_not_before),
        family.created,
        now,
    )


def _is_reach_ended(family: Authorization, issuer: Any, token: Any) -> bool:
    """Whether everything for one of its APIs, or with one of its scopes, was ended since the family was born."""
    known = limits(issuer.pk, issuer.version)
    if not known:
        return False
    scope = f"{family.scope} {token.scope}" if token else family.scope
    audiences = [*family.audiences, *(token.resource if token else ())]
    return is_ended(known, family.created, scope, audiences)


def is_person_active(family: Authorization) -> bool:
    """Whether the person of a family may still sign in; true for a client's own family."""
    return family.user_id is None or (family.user is not None and family.user.is_active)


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    def with_family(self) -> "AccessTokenQuerySet":
        return self.select_related("application__issuer", "authorization__user", "authorization__session", "user")


class AccessToken(AbstractAccessToken):
    id = models.BigAutoField(primary_key=True)
    token = models.TextField(blank=True, default="", editable=False)
    token_checksum = DigestField(digest.Kind.ACCESS_TOKEN, editable=False)
    application = reference("oauth_server.Client", verbose_name=_("client"))
    user = reference(
        settings.AUTH_USER_MODEL,
        related_name="oauth2_provider_accesstoken",
        null=True,
        blank=True,
        verbose_name=_("person"),
    )
    authorization = reference("oauth_server.Authorization", verbose_name=_("authorization"))
    scope = models.TextField(_("scope"), blank=True)
    resource = models.JSONField(_("audiences"), default=list)
    # RFC 9396: None where there are none
    details = models.JSONField(_("authorization details"), null=True, blank=True)
    created = models.DateTimeField(_("issued"))
    expires = models.DateTimeField(_("expires"), db_index=True)
    revoked = models.DateTimeField(_("revoked"), null=True, blank=True)

    # RFC 7800 §3.1, of a JWT: django-oauth-toolkit's code asks for no proof, so nothing of it takes a token that is bound to a key
    cnf: Any = None
    source_refresh_token: Any = None
    id_token: Any = None
    updated: Any = None

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        constraints = [
            models.UniqueConstraint(fields=["token_checksum"], name="oauth_server_at_digest"),
            models.CheckConstraint(condition=models.Q(token=""), name="oauth_server_at_no_clear_token"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    def is_expired(self) -> bool:
        """Expired, revoked, or without a live family."""
        now = clock.now()
        if self.revoked is not None or self.expires <= now or not is_person_active(self.authorization):
            return True
        return not is_family_live(self.authorization, self.application, now, signed_out_at(self.authorization), self)

    def is_valid(self, scopes: Iterable[str] | None = None) -> bool:
        return self.cnf is None and not self.is_expired() and self.allow_scopes(scopes)

    def allow_scopes(self, scopes: Iterable[str] | None) -> bool:
        return set(scopes or ()) <= set(self.scope.split())

    def revoke(self) -> None:
        """End this token alone; a JWT's copy of it is ended in `tokens/revoke.py`."""
        type(self).objects.filter(pk=self.pk, revoked=None).update(revoked=clock.now())
