"""The app: its label never changes, whatever the package is called."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsentConfig(AppConfig):
    name = __package__
    label = "oauth_consent"
    verbose_name = _("Consent")
    default_auto_field = "django.db.models.BigAutoField"
    oauth_server_urls = f"{__package__}.urls"
    oauth_server_api = f"{__package__}.api"
    oauth_server_consent_preview = "oauth_consent:preview"

    def ready(self) -> None:
        from oauth_server.interaction.run import STEPS

        from .steps import ConsentStep

        STEPS.add(ConsentStep())
