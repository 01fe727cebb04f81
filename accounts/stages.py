"""The second factor at sign-in: asked for unless this browser is remembered, or the waiting time of a removal is over."""

from typing import Any

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
        if response is not None:
            # who asks stays visible
            following = self.login.redirect_url or next_url.of(self.request)
            response = HttpResponseRedirect(next_url.with_next(response["Location"], following))
        return response, goes_on
