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
        from allauth.mfa.models import Authenticator

        from oauth_server.claims import acr
        from oauth_server.interaction import recent
        from oauth_server.interaction.context import OTHERS
        from oauth_server.interaction.run import STEPS
        from oauth_server.policy import people
        from oauth_server.tokens import expired, jobs, storage_keys

        from . import admin_entrance, arrivals, aside, checks, deletion, own_data, receivers, ways
        from .factor_adapter import PURPOSE, SealedFactor
        from .factor_models import RememberedDevice
        from .joining_models import Invitation
        from .second_factor import SecondFactorStep, needs_more_than_password
        from .steps import LoginStep
        from .terms import TermsStep

        STEPS.add(LoginStep())
        STEPS.add(TermsStep())
        STEPS.add(SecondFactorStep())
        acr.STEP_UP_PAGES.append("account_reauthenticate")
        storage_keys.SEALED += [SealedFactor(Authenticator, name, PURPOSE) for name in ("secret", "seed")]
        expired.MORE.append(deletion.clear)
        expired.TABLES.append((RememberedDevice, expired.expires(RememberedDevice)))
        jobs.EVERY["finish_factor_resets"] = 3600.0
        admin_entrance.install()
        people.NEEDS_MORE_THAN_PASSWORD.append(needs_more_than_password)
        OTHERS.append(aside.others)
        recent.ALSO.append(ways.is_strong)
        checks.register_all()
        arrivals.connect_first()
        own_data.connect()
        receivers.connect_all()
        arrivals.connect_last()
        expired.TABLES.append((Invitation, expired.expires(Invitation)))
