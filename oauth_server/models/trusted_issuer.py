"""RFC 7523 §2.1: somebody else's server whose assertions are taken for grants, for whom and for what."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class TrustedIssuer(models.Model):
    class SubjectKind(models.TextChoices):
        PERSON = "person", _("a person of this server, by the identifier that clients know as sub")
        OTHER = "other", _("somebody or something that only the trusted issuer knows")

    id = models.BigAutoField(primary_key=True)
    issuer = models.ForeignKey(
        "oauth_server.Issuer", on_delete=models.CASCADE, related_name="trusted_issuers", verbose_name=_("issuer")
    )
    # RFC 7523 §3 (1): compared as a string
    identifier = models.CharField(
        _("identifier"),
        max_length=500,
        validators=[RegexValidator(r"\A[\x21-\x7e]+\Z", _("Use printable ASCII without spaces."))],
        help_text=_("The value of iss in its assertions."),
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    expires = models.DateTimeField(
        _("expires"), null=True, blank=True, help_text=_("Until when it is trusted. Empty: until it is turned off.")
    )
    jwks = models.JSONField(_("JWKS"), null=True, blank=True, help_text=_("Its public keys: {“keys”: […]}."))
    jwks_uri = models.URLField(
        _("JWKS URI"), blank=True, default="", max_length=2000, help_text=_("Where its keys are; instead of JWKS.")
    )
    subject_kind = models.CharField(
        _("its subjects are"), max_length=6, choices=SubjectKind.choices, default=SubjectKind.OTHER
    )
    subjects = models.JSONField(
        _("subjects"), default=list, blank=True, help_text=_("The values of sub that it may name, as a list.")
    )
    any_subject = models.BooleanField(
        _("any subject"),
        default=False,
        help_text=_("It may name whom it likes. With people as subjects: it can get tokens for every one of them."),
    )
    scopes = models.ManyToManyField(
        "oauth_server.Scope",
        blank=True,
        related_name="+",
        verbose_name=_("scopes"),
        help_text=_("What it may give; the client must be allowed the same."),
    )
    audiences = models.ManyToManyField(
        "oauth_server.Audience",
        blank=True,
        related_name="+",
        verbose_name=_("audiences"),
        help_text=_("The APIs that its tokens may be for; the client must be allowed the same."),
    )
    signs_software_statements = models.BooleanField(
        _("signs software statements"),
        default=False,
        help_text=_("What it says about software counts when clients register themselves (RFC 7591)."),
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)
    updated = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("trusted issuer")
        verbose_name_plural = _("trusted issuers")
        ordering = ["identifier"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "identifier"], name="oauth_server_trusted_issuer_identifier")
        ]

    def __str__(self) -> str:
        return self.name or self.identifier
