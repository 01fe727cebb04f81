"""OpenID Connect Core 1.0 §3.1.2.1 prompt=select_account: which of the people on this browser goes on."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from oauth_server.claims import subject
from oauth_server.interaction import context, state
from oauth_server.models import Interaction
from oauth_server.policy import people

from . import aside, next_url
from .steps import OTHER
from .views import Page


class Choose(Page, TemplateView):
    """`people`: users, the one who uses the browser first; `another_url`: the sign-in page for somebody else."""

    template_name = "oauth_accounts/choose.html"
    heading = gettext_lazy("Choose an account")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self._people():
            return HttpResponseRedirect(self._another_url())
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        chosen = request.POST.get("person", "")
        is_here = request.user.is_authenticated and str(request.user.pk) == chosen
        if chosen not in {str(user.pk) for user in self._people()} or not (is_here or aside.switch(request, chosen)):
            # signed out in the meantime: whoever is left is shown
            return HttpResponseRedirect(next_url.passed_on(request, reverse("account_choose")))
        if (row := self._row()) is not None:
            state.settle(row, context.CHOSEN, chosen)
        return HttpResponseRedirect(next_url.of(request) or reverse("account_overview"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(**kwargs)
        return found | {"people": self._people(), "another_url": self._another_url()}

    def _people(self) -> list[Any]:
        """Those who will do for the request that waits; the one whom it names first."""
        request = self.request
        here = [request.user] if request.user.is_authenticated else []
        found = [*here, *(one.user for one in aside.others(request))]
        row = self._row()
        if row is not None:
            asked = state.requested(row)
            found = [
                user
                for user in found
                if people.may_use(user, row.issuer) and asked.is_about(subject.of_person(user, asked.client))
            ]
            found.sort(key=lambda user: not context.is_named(user, asked.login_hint))
        return found

    def _row(self) -> Interaction | None:
        return state.load(self.request, state.handle_of(self.waiting.resume_url)) if self.waiting else None

    def _another_url(self) -> str:
        url = next_url.passed_on(self.request, reverse("account_login"))
        return f"{url}{'&' if '?' in url else '?'}{OTHER}=1"
