"""The second factor at sign-in: asked for unless this browser is remembered, or the waiting time of a removal is over."""

from typing import Any

from allauth.mfa.stages import AuthenticateStage

from . import remembered, way_back


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]
    def handle(self) -> tuple[Any, bool]:
        user = self.login.user
        if user is not None:
            way_back.finish_if_due(user)
            if remembered.is_remembered(self.request, user):
                return None, True
        response, goes_on = super().handle()
        return response, goes_on
