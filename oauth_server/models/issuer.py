"""RFC 8414 §2 issuer: one authorization server with its own keys, clients, scopes and audiences."""

import os
import uuid
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from oauth_server import seal
from oauth_server.conf import settings
from oauth_server.models.fields import random_version, validate_brand

# The purpose under which the salt of pairwise subjects is sealed
SALT = "pairwise_salt"


def sealed_salt() -> str:
    return seal.seal(SALT, os.urandom(32))


class Issuer(models.Model):
    """The first issuer has neither slug nor URL: it lives at the setting `ISSUER`. Others live below it, or at a host of their own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=255)
    slug = models.CharField(
        _("slug"),
        max_length=63,
        blank=True,
        validators=[RegexValidator(r"\A[a-z0-9][a-z0-9-]*\Z", _("Use lower-case letters, digits and hyphens."))],
        help_text=_("The first part of the path of this issuer's URLs."),
    )
    url = models.CharField(
        _("URL"),
        max_length=255,
        blank=True,
        help_text=_("Only for an issuer with a host of its own, such as https://id.example.org."),
    )
    brand = models.JSONField(
        _("brand"),
        default=dict,
        blank=True,
        validators=[validate_brand],
        help_text=_("Colours and logo of the pages: primary, primary_dark, background, background_dark, logo."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    version = models.BigIntegerField(default=random_version, editable=False)
    tokens_not_before = models.DateTimeField(
        _("tokens not before"), null=True, blank=True, help_text=_("Whatever was issued before this time is dead.")
    )
    # the incident switch: while it is set nothing is issued
    stopped_at = models.DateTimeField(_("issuing stopped since"), null=True, blank=True, editable=False)
    stopped_because = models.CharField(_("reason"), max_length=500, blank=True, editable=False)
    # OpenID Connect Core 1.0 §8.1: it never changes, or every pairwise client would meet strangers; the key is outside the database
    pairwise_salt = models.TextField(default=sealed_salt, editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("issuer")
        verbose_name_plural = _("issuers")
        permissions = [("switch_incident", "Can use the incident switch")]
        constraints = [
            # below the first issuer's URL; it has the empty one
            models.UniqueConstraint(fields=["slug"], condition=models.Q(url=""), name="oauth_server_issuer_slug"),
            models.UniqueConstraint(fields=["url"], condition=~models.Q(url=""), name="oauth_server_issuer_url"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """An object that was loaded earlier does not turn the incident switch: only a write that names its columns does."""
        if not self._state.adding and kwargs.get("update_fields") is None and not kwargs.get("force_insert"):
            left = {"id", "stopped_at", "stopped_because"} | self.get_deferred_fields()
            kwargs["update_fields"] = [f.attname for f in self._meta.concrete_fields if f.attname not in left]
        super().save(*args, **kwargs)

    @property
    def identifier(self) -> str:
        """The `iss` value: a URL without a slash at the end."""
        if self.url:
            return self.url
        return f"{settings.ISSUER}/{self.slug}" if self.slug else settings.ISSUER

    @property
    def is_first(self) -> bool:
        return not self.slug and not self.url
