"""RFC 9396 §2.1 a type of authorization details: what may be asked beyond scopes, in words that people understand."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from oauth_server.models.fields import validate_token


class AuthorizationDetailType(models.Model):
    id = models.BigAutoField(primary_key=True)
    issuer = models.ForeignKey(
        "oauth_server.Issuer", on_delete=models.CASCADE, related_name="detail_types", verbose_name=_("issuer")
    )
    audience = models.ForeignKey(
        "oauth_server.Audience",
        on_delete=models.RESTRICT,
        related_name="detail_types",
        null=True,
        blank=True,
        verbose_name=_("audience"),
        help_text=_("The API that these details are for; none: the APIs that their locations name, or any."),
    )
    type = models.CharField(
        _("type"),
        max_length=255,
        validators=[validate_token],
        help_text=_("As clients send it, such as payment_initiation, or a URI of your own."),
    )
    title = models.CharField(
        _("title"), max_length=120, blank=True, help_text=_("What the person allows, such as “Make a payment”.")
    )
    description = models.CharField(_("description"), max_length=300, blank=True)
    words = models.JSONField(
        _("words"),
        default=dict,
        blank=True,
        help_text=_('What members and values are called: {"en": {"actions": "It may", "actions=read": "look"}}'),
    )
    translations = models.JSONField(
        _("translations"),
        default=dict,
        blank=True,
        help_text=_('Title and description by language code: {"de": {"title": …}}'),
    )
    schema = models.JSONField(
        _("schema"),
        default=dict,
        blank=True,
        help_text=_(
            "The members that such a detail has, as a JSON Schema; empty: those of RFC 9396 §2.2, none required."
        ),
    )
    optional = models.BooleanField(
        _("optional"), default=False, help_text=_("The person may leave it out and allow the rest.")
    )
    sensitive = models.BooleanField(_("sensitive"), default=False)
    remember = models.BooleanField(
        _("remembered"),
        default=False,
        help_text=_(
            "Who allowed exactly the same before is not asked again. Not for what happens once, such as a payment."
        ),
    )

    class Meta:
        verbose_name = _("authorization detail type")
        verbose_name_plural = _("authorization detail types")
        ordering = ["type"]
        constraints = [models.UniqueConstraint(fields=["issuer", "type"], name="oauth_server_detail_type")]

    def __str__(self) -> str:
        return self.type
