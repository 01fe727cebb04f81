"""Terms of service (ACCEPT_TERMS): accepted at sign-up, and each new version on the way to an app."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from oauth_server import audit
from oauth_server.audit import Event
from oauth_server.conf import settings
from oauth_server.errors import InteractionRequired
from oauth_server.interaction import state
from oauth_server.interaction.base import Place, Step
from oauth_server.interaction.context import NEXT, Context
from oauth_server.interaction.run import DENIED

from . import next_url
from .joining_models import Acceptance, Terms
from .views import Page


def due(user: Any) -> Terms | None:
    """The version that this person has to accept."""
    terms = Terms.now() if settings.ACCEPT_TERMS else None
    return terms if terms is not None and not Acceptance.has(user, terms) else None


def accept(user: Any, terms: Terms) -> None:
    Acceptance.note(user, terms)
    audit.record(Event.TERMS_ACCEPTED, user_id=user.pk, target=terms.version)


class TermsStep(Step):
    name = "terms"
    place = Place.TERMS
    error = InteractionRequired

    def needed(self, context: Context) -> bool:
        return context.person is not None and due(context.person.user) is not None

    def url(self, context: Context) -> str:
        return f"{reverse('account_terms')}?{urlencode({NEXT: context.resume_url})}"


class AcceptTerms(Page, LoginRequiredMixin, TemplateView):
    """`terms`: the version that is asked for."""

    template_name = "oauth_accounts/terms.html"
    heading = gettext_lazy("Terms of service")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if due(request.user) else self._on()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        terms = due(request.user)
        if terms is None:
            return self._on()
        if request.POST.get("decision") == "decline":
            return self._declined()
        if request.POST.get("version") != terms.version:
            # a newer one came into force while the page was open
            return self.get(request, *args, **kwargs)
        accept(request.user, terms)
        return self._on()

    def _declined(self) -> HttpResponseBase:
        if self.waiting:
            state.settle(state.load(self.request, state.handle_of(self.waiting.resume_url)), DENIED, True)
        return self._on()

    def _on(self) -> HttpResponse:
        return HttpResponseRedirect(next_url.of(self.request) or reverse("account_overview"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"terms": due(self.request.user)}


class TermsText(Page, TemplateView):
    """The text of a version that has no page of its own."""

    template_name = "oauth_accounts/terms_text.html"
    heading = gettext_lazy("Terms of service")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        version = kwargs["version"].replace("\x00", "")
        self.terms = Terms.objects.filter(version=version).first()
        return super().get(request, *args, **kwargs) if self.terms else HttpResponseRedirect(reverse("account_terms"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"terms": self.terms}
