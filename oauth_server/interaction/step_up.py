"""OpenID Connect Core 1.0 §3.1.2.1 acr_values, §5.5.1.1 essential acr: asked for on the page that can show it.

OpenID Connect Core Error Code unmet_authentication_requirements 1.0 §2: where nobody could show it here.
"""

from urllib.parse import urlencode

from django.conf import settings as django_settings
from django.shortcuts import resolve_url

from oauth_server.claims import acr
from oauth_server.errors import LoginRequired, UnmetAuthenticationRequirements
from oauth_server.interaction import state
from oauth_server.interaction.base import Place, Step
from oauth_server.interaction.context import NEXT, Context


class StepUp(Step):
    """Who is asked for nothing essential goes on without it, and is asked once."""

    name = "step_up"
    place = Place.STEP_UP
    error = LoginRequired

    def needed(self, context: Context) -> bool:
        wanted, person = context.asked.wanted_acr, context.person
        if person is None or not (wanted.values or wanted.is_essential) or wanted.is_met_by(person.session.acr):
            return False
        if not wanted.is_essential:
            return bool(wanted.reachable) and "none" not in context.asked.prompt and not self._was_asked(context)
        if not wanted.reachable:
            raise UnmetAuthenticationRequirements(reason="an essential acr that nobody can show here")
        return True

    def url(self, context: Context) -> str:
        if context.interaction is not None and context.person is not None:
            state.settle(context.interaction, self.name, str(context.person.user.pk))
        wanted = " ".join(context.asked.wanted_acr.reachable)
        page = resolve_url(acr.step_up_page() or django_settings.LOGIN_URL)
        return f"{page}?{urlencode({NEXT: context.resume_url, 'acr_values': wanted})}"

    def _was_asked(self, context: Context) -> bool:
        row, person = context.interaction, context.person
        return row is not None and person is not None and row.settled.get(self.name) == str(person.user.pk)
