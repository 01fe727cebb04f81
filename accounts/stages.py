"""The second factor at sign-in: asked for unless this browser is remembered, or the waiting time of a removal is over."""

from typing import Any

from allauth.account.stages import LoginStage
from allauth.mfa.stages import AuthenticateStage
from django.http import HttpResponseRedirect

from . import next_url, remembered, way_back


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]
    def handle(self) -> tuple[Any, bool]:
        user = self.login.user
        if user is not None:
            way_back.finish_if_due(user)
            if remembered.is_remembered(self.request, user):
                return None, True
        response, goes_on = super().handle()
        return with_waiting(self, response), goes_on


def with_waiting(stage: LoginStage, response: Any) -> Any:
    """Who asks stays visible."""
    if response is None:
        return None
    following = stage.login.redirect_url or next_url.of(stage.request)
    return HttpResponseRedirect(next_url.with_next(response["Location"], following))
