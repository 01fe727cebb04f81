"""The app: its label never changes, whatever the package is called."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = __package__
    label = "oauth_accounts"
    verbose_name = _("People")
    default_auto_field = "django.db.models.BigAutoField"
    oauth_server_confirm_page = "account_reauthenticate"

    def ready(self) -> None:
        from oauth_server.interaction.context import OTHERS
        from oauth_server.interaction.run import STEPS
        from oauth_server.policy import people
        from oauth_server.tokens import expired

        from . import arrivals, aside, checks, receivers
        from .joining_models import Invitation
        from .second_factor import needs_more_than_password
        from .steps import LoginStep
        from .terms import TermsStep

        STEPS.add(LoginStep())
        STEPS.add(TermsStep())
        people.NEEDS_MORE_THAN_PASSWORD.append(needs_more_than_password)
        OTHERS.append(aside.others)
        checks.register_all()
        arrivals.connect_first()
        receivers.connect_all()
        arrivals.connect_last()
        expired.TABLES.append((Invitation, expired.expires(Invitation)))
