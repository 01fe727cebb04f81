"""The table that django-oauth-toolkit's setting asks for; it stays empty: ID tokens are verified by their signature."""

from typing import Any

from django.db import models
from oauth2_provider.models import AbstractIDToken

from oauth_server.models.fields import reference


class IDToken(AbstractIDToken):
    id = models.BigAutoField(primary_key=True)
    application = reference("oauth_server.Client", null=True, blank=True)
    jti = models.UUIDField(unique=True, editable=False)
    expires = models.DateTimeField()
    scope = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)

    user: Any = None
    updated: Any = None

    class Meta:
        verbose_name = "ID token"

    def __str__(self) -> str:
        return f"IDToken #{self.pk}"
