"""RFC 6749 §3.3 scope: what may be asked, in words that people understand."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from oauth_server.models.fields import validate_token


class Scope(models.Model):
    id = models.BigAutoField(primary_key=True)
    issuer = models.ForeignKey(
        "oauth_server.Issuer", on_delete=models.CASCADE, related_name="scopes", verbose_name=_("issuer")
    )
    audience = models.ForeignKey(
        "oauth_server.Audience",
        on_delete=models.RESTRICT,
        related_name="scopes",
        null=True,
        blank=True,
        verbose_name=_("audience"),
        help_text=_("The API that this scope belongs to; none for what this server itself knows of the person."),
    )
    name = models.CharField(
        _("name"),
        max_length=120,
        validators=[validate_token],
    )
    title = models.CharField(
        _("title"), max_length=120, blank=True, help_text=_("What the person allows, such as “Read your orders”.")
    )
    description = models.CharField(_("description"), max_length=300, blank=True)
    translations = models.JSONField(
        _("translations"),
        default=dict,
        blank=True,
        help_text=_('Title and description by language code: {"de": {"title": …}}'),
    )
    claims = models.JSONField(
        _("claims"), default=list, blank=True, help_text=_("Claims about the person that this scope releases.")
    )
    required = models.BooleanField(
        _("required"), default=False, help_text=_("It cannot be left out on the consent page.")
    )
    sensitive = models.BooleanField(_("sensitive"), default=False)
    skip_consent = models.BooleanField(_("no consent needed"), default=False)
    # set by a revocation, and never earlier than it was
    tokens_not_before = models.DateTimeField(_("tokens not before"), null=True, blank=True, editable=False)
    # What people agreed to before is asked for again
    consent_not_before = models.DateTimeField(_("consents not before"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("scope")
        verbose_name_plural = _("scopes")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["issuer", "name"], name="oauth_server_scope_name")]

    def __str__(self) -> str:
        return self.name
