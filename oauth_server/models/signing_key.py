"""RFC 7517 key that signs: next → active → retiring → gone, or revoked at any time. The private part is encrypted at rest."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SigningKey(models.Model):
    class State(models.TextChoices):
        NEXT = "next", _("next")
        ACTIVE = "active", _("active")
        RETIRING = "retiring", _("retiring")
        GONE = "gone", _("gone")
        REVOKED = "revoked", _("revoked")

    id = models.BigAutoField(primary_key=True)
    issuer = models.ForeignKey(
        "oauth_server.Issuer", on_delete=models.CASCADE, related_name="keys", verbose_name=_("issuer")
    )
    kid = models.CharField(_("key ID"), max_length=64, unique=True)
    algorithm = models.CharField(_("algorithm"), max_length=5)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.NEXT)
    public = models.JSONField(_("public key"), editable=False)
    sealed = models.TextField(blank=True, editable=False)
    created = models.DateTimeField(_("published"), auto_now_add=True)
    activated = models.DateTimeField(_("active since"), null=True, blank=True)
    retired = models.DateTimeField(_("retiring since"), null=True, blank=True)
    gone = models.DateTimeField(_("gone since"), null=True, blank=True)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        permissions = [("rotate_keys", "Can rotate signing keys"), ("revoke_keys", "Can revoke signing keys")]
        ordering = ["-created", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "algorithm"], condition=models.Q(state="active"), name="oauth_server_one_active_key"
            ),
            models.UniqueConstraint(
                fields=["issuer", "algorithm"], condition=models.Q(state="next"), name="oauth_server_one_next_key"
            ),
        ]

    def __str__(self) -> str:
        return self.kid
