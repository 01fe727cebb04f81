"""OpenID Connect Session: where a person is signed in (E13.2), for them to end. The apps of a sign-in are told, as at a sign-out."""

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from oauth_server import clock
from oauth_server.interaction import context
from oauth_server.logout import frontchannel
from oauth_server.models import Issuer, Session
from oauth_server.tokens import revoke

from . import devices
from .views import Page

# What the buttons say
ONE, OTHERS, ALL = "one", "others", "all"
_REASON = "signed out by the person"


class Sessions(Page, LoginRequiredMixin, TemplateView):
    """`sessions`: each with `row`, `browser`, `place`, `is_here`; `several_issuers`: whether it matters where."""

    template_name = "oauth_accounts/sessions.html"
    heading = gettext_lazy("Where you are signed in")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        here = context.session_keys(self.request.session)
        found = [
            {"row": row, **devices.describe(row), "is_here": str(row.pk) in here}
            for row in self._rows().select_related("issuer").order_by("-last_seen")
        ]
        found.sort(key=lambda session: not session["is_here"])
        several = Issuer.objects.count() > 1
        return super().get_context_data(**kwargs) | {"sessions": found, "several_issuers": several}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        action = request.POST.get("action", "")
        here = context.session_keys(request.session)
        rows = self._rows() if action in {OTHERS, ALL} else self._rows().filter(pk__in=self._named())
        frames = frontchannel.frames(request.session) if action == ALL else []
        for row in rows.select_related("issuer"):
            if action == ALL or str(row.pk) not in here:
                revoke.session(row, _REASON)
        if action != ALL:
            return HttpResponseRedirect(reverse("account_sessions"))
        logout(request)
        onward = reverse("account_signed_out")
        return frontchannel.page(request, frames, onward) if frames else HttpResponseRedirect(onward)

    def _rows(self) -> Any:
        user: Any = self.request.user
        return Session.objects.filter(user=user.pk, ended_at=None, expires__gt=clock.now())

    def _named(self) -> list[str]:
        named = self.request.POST.get("session", "")
        return [named] if any(named == str(pk) for pk in self._rows().values_list("pk", flat=True)) else []
