"""RFC 7591 §3 initial access token: who holds it may register clients, so many of them, until then, with no scope beyond these."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class InitialAccessToken(models.Model):
    id = models.BigAutoField(primary_key=True)
    issuer = models.ForeignKey(
        "oauth_server.Issuer", on_delete=models.CASCADE, related_name="initial_access_tokens", verbose_name=_("issuer")
    )
    name = models.CharField(_("name"), max_length=100, blank=True, help_text=_("To whom it was given, or what for."))
    token = models.CharField(max_length=64, editable=False)
    hint = models.CharField(_("ends with"), max_length=8, editable=False)
    scope = models.TextField(
        _("scope"),
        blank=True,
        default="",
        help_text=_("What its clients may ask for at most. Empty: what the setting REGISTRATION_SCOPES says."),
    )
    most = models.PositiveIntegerField(_("clients at most"), default=1, help_text=_("0: without limit."))
    used = models.PositiveIntegerField(_("clients registered"), default=0, editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.CharField(_("created by"), max_length=300, blank=True, editable=False)
    expires = models.DateTimeField(_("expires"), null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = _("initial access token")
        verbose_name_plural = _("initial access tokens")
        ordering = ["-created", "-pk"]
        constraints = [models.UniqueConstraint(fields=["token"], name="oauth_server_initial_access_token")]

    def __str__(self) -> str:
        return self.name or f"…{self.hint}"

    def is_live(self, now: datetime) -> bool:
        """Whether one more client may be registered with it."""
        return (self.expires is None or self.expires > now) and (self.most == 0 or self.used < self.most)
