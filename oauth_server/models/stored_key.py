"""RFC 7517 keys of sets that are not this server's own, by name, as Ory Hydra keeps them. Nothing here signs with one."""

from django.db import models
from django.utils.translation import gettext_lazy as _

# What `sealed` is encrypted for
PURPOSE = "stored_key"


class StoredKey(models.Model):
    id = models.BigAutoField(primary_key=True)
    issuer = models.ForeignKey(
        "oauth_server.Issuer", on_delete=models.CASCADE, related_name="+", verbose_name=_("issuer")
    )
    key_set = models.CharField(_("set"), max_length=255)
    kid = models.CharField(_("key ID"), max_length=255)
    public = models.JSONField(_("public key"), editable=False)
    # the private half, where there is one: it leaves the server nowhere
    sealed = models.TextField(blank=True, default="", editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("stored key")
        verbose_name_plural = _("stored keys")
        constraints = [models.UniqueConstraint(fields=["issuer", "key_set", "kid"], name="oauth_server_stored_key_kid")]

    def __str__(self) -> str:
        return f"{self.key_set}/{self.kid}"
