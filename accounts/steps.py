"""OpenID Connect Core 1.0 §3.1.2.3, Initiating User Registration §4.1: where a person who has to show who they are is sent."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from oauth_server.claims import subject
from oauth_server.interaction.base import SignInStep
from oauth_server.interaction.context import NEXT, Context

# Says to the sign-in page that whoever is signed in will not do
OTHER = "other"


class LoginStep(SignInStep):
    def entrance(self, request: HttpRequest, next_url: str) -> str:
        query = {NEXT: next_url, **({OTHER: "1"} if request.user.is_authenticated else {})}
        return f"{reverse('account_login')}?{urlencode(query)}"

    def url(self, context: Context) -> str:
        page = self._page(context)
        query = {NEXT: context.resume_url}
        if page != "account_reauthenticate" and context.request.user.is_authenticated:
            query[OTHER] = "1"
        return f"{reverse(page)}?{urlencode(query)}"

    def _page(self, context: Context) -> str:
        person, asked = context.person, context.asked
        if "create" in asked.prompt:
            return "account_signup"
        if person is None:
            return "account_login"
        is_the_one = asked.is_about(subject.of_person(person.user, asked.client))
        return "account_reauthenticate" if is_the_one else "account_login"
