"""The app: its label never changes."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OAuthServerConfig(AppConfig):
    name = "oauth_server"
    label = "oauth_server"
    verbose_name = _("OAuth 2.0 server")
    default_auto_field = "django.db.models.BigAutoField"
