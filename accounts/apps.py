"""The app: its label never changes, whatever the package is called."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = __package__
    label = "oauth_accounts"
    verbose_name = _("People")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from oauth_server.interaction.run import STEPS

        from . import checks, receivers
        from .steps import LoginStep

        STEPS.add(LoginStep())
        checks.register_all()
        receivers.connect_all()
