"""WCAG 2.2 §2.2.1 (Timing Adjustable): how long a sign-in waits for its second step, and more of it for whoever asks."""

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account import app_settings
from allauth.account.stages import LoginStage, LoginStageController
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.stages import PasskeySignupStage
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.generic import View

from oauth_server import pages
from oauth_server.interaction import state

from . import next_url, shown
from .pending import pending_of

# The same as for the request of an app
_TIMES = 10
_GIVEN = "more_time"
# Where the engine keeps a sign-in that is not over
_LOGIN = "account_login"


def tell(request: HttpRequest, stage: LoginStage) -> None:
    """The page waits until this, or until the request of the app is over, which may be sooner."""
    until = datetime.fromtimestamp(stage.login.initiated_at, UTC) + timedelta(seconds=app_settings.LOGIN_TIMEOUT)
    behind = pages.time_left(request)
    if behind:
        until = min(until, behind["until"])
    pages.wait_until(request, until, next_url.passed_on(request, reverse("account_more_time")))


class MoreTime(View):
    """Back to the page from which it was asked; a script of that page is told how many seconds there are."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        stage = _stage(request)
        page = reverse(str(stage.urlname) if stage else "account_login")
        return HttpResponseRedirect(next_url.passed_on(request, page))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        stage = _stage(request)
        if stage is not None:
            _stay(request, stage)
        if request.headers.get("accept") != "application/json":
            return self.get(request)
        if stage is None:
            return HttpResponse(status=410)
        pending_of(request)
        tell(request, stage)
        return JsonResponse({"seconds": pages.time_left(request)["seconds"]})


def _stage(request: HttpRequest) -> LoginStage | None:
    if request.user.is_authenticated:
        return None
    stages = (LoginStageController.enter(request, one.key) for one in (AuthenticateStage, PasskeySignupStage))
    return next((stage for stage in stages if stage is not None), None)


def _stay(request: HttpRequest, stage: LoginStage) -> None:
    """Ten times at most; the request of the app waits as long."""
    login = stage.login
    given = login.state.get(_GIVEN, 0)
    if given < _TIMES:
        login.state[_GIVEN] = given + 1
        login.initiated_at = time.time()
        request.session[_LOGIN] = login.serialize()
        shown.still_here(request, login.user)
    with suppress(state.Gone):
        state.stay(state.load(request, state.handle_of(next_url.of(request))))
