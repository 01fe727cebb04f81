"""RFC 8707 resource: an API that tokens are for."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

# Name and title of the formats that a project adds
ADDED_FORMATS: list[tuple[str, Any]] = []


def token_formats() -> list[tuple[str, Any]]:
    return [*Audience.TokenFormat.choices, *ADDED_FORMATS]


class Audience(models.Model):
    class TokenFormat(models.TextChoices):
        OPAQUE = "opaque", _("opaque (revocable at once)")
        JWT = "jwt", _("JWT (RFC 9068, checked by the API itself)")

    class Algorithm(models.TextChoices):
        ES256 = "ES256", "ES256"
        RS256 = "RS256", "RS256"
        PS256 = "PS256", "PS256"
        EDDSA = "EdDSA", "EdDSA"

    id = models.BigAutoField(primary_key=True)
    issuer = models.ForeignKey(
        "oauth_server.Issuer", on_delete=models.CASCADE, related_name="audiences", verbose_name=_("issuer")
    )
    # RFC 8707 §2: an absolute URI without fragment
    identifier = models.CharField(
        _("identifier"),
        max_length=255,
        validators=[
            RegexValidator(
                r"\A[a-z][a-z0-9+.-]*:[\x21\x24-\x5b\x5d-\x7e]+\Z",
                _("Use an absolute URI without a fragment (#…), such as https://api.example.com."),
            )
        ],
        help_text=_("The value of resource and aud."),
    )
    name = models.CharField(_("name"), max_length=120, help_text=_("What people see, such as “Orders API”."))
    translations = models.JSONField(
        _("translations"), default=dict, blank=True, help_text=_('Name by language code: {"de": {"name": …}}')
    )
    token_format = models.CharField(_("token format"), max_length=32, choices=token_formats, default=TokenFormat.OPAQUE)
    algorithm = models.CharField(
        _("signing algorithm"), max_length=5, choices=Algorithm.choices, default=Algorithm.ES256
    )
    access_token_lifetime = models.PositiveIntegerField(
        _("access token lifetime"),
        null=True,
        blank=True,
        # of a century no clock comes to its end
        validators=[MinValueValidator(1), MaxValueValidator(2**31 - 1)],
        help_text=_("Seconds; empty: the setting ACCESS_TOKEN_LIFETIME."),
    )
    # set by a revocation, and never earlier than it was
    tokens_not_before = models.DateTimeField(_("tokens not before"), null=True, blank=True, editable=False)
    introspectors = models.ManyToManyField(
        "oauth_server.Client",
        blank=True,
        related_name="introspects",
        verbose_name=_("may introspect"),
        help_text=_("The clients under which this API asks about tokens."),
    )

    class Meta:
        verbose_name = _("audience")
        verbose_name_plural = _("audiences")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "identifier"], name="oauth_server_audience_identifier")
        ]

    def __str__(self) -> str:
        return self.name or self.identifier
