"""RFC 6749 §2.3.1 client secret: one of several, each with a name and an end, so that they can be rotated with overlap."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from oauth_server import digest

# what `sealed` is encrypted for
PURPOSE = "client_secret"


class ClientSecret(models.Model):
    """A generated secret is kept as a keyed digest; one that a person chose, or that was imported, as a hash of Django's hashers."""

    class Kind(models.TextChoices):
        DIGEST = "digest", _("generated")
        HASH = "hash", _("chosen")

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(
        "oauth_server.Client", on_delete=models.CASCADE, related_name="secrets", verbose_name=_("client")
    )
    name = models.CharField(_("name"), max_length=100, blank=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.DIGEST, editable=False)
    verifier = models.CharField(max_length=255, editable=False)
    # fingerprint of the one of DIGEST_KEYS under which a digest was made
    digest_key = models.CharField(max_length=16, default=digest.first_key, editable=False)
    # OpenID Connect Core 1.0 §9: client_secret_jwt alone needs the value itself; sealed for clients of that method, else empty
    sealed = models.TextField(blank=True, default="", editable=False)
    hint = models.CharField(_("ends with"), max_length=8, blank=True, editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    expires = models.DateTimeField(_("expires"), null=True, blank=True)

    class Meta:
        verbose_name = _("client secret")
        verbose_name_plural = _("client secrets")
        permissions = [("view_secrets", "Can make client secrets, which are shown once")]
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return self.name or f"…{self.hint}"

    def is_live(self, now: datetime) -> bool:
        return self.expires is None or self.expires > now
