"""OpenID Connect Core 1.0 §3.1.2.3, Initiating User Registration §4.1: where a person who has to show who they are is sent."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from oauth_server.claims import subject
from oauth_server.interaction import context as who
from oauth_server.interaction.base import SignInStep
from oauth_server.interaction.context import NEXT, Context

from . import aside

# Says to the sign-in page that whoever is signed in will not do
OTHER = "other"


class LoginStep(SignInStep):
    def needed(self, context: Context) -> bool:
        return super().needed(context) or self._names_another(context)

    def entrance(self, request: HttpRequest, next_url: str) -> str:
        query = {NEXT: next_url, **({OTHER: "1"} if request.user.is_authenticated else {})}
        return f"{reverse('account_login')}?{urlencode(query)}"

    def url(self, context: Context) -> str:
        page = self._page(context)
        query = {NEXT: context.resume_url}
        if page in {"account_login", "account_signup"} and context.request.user.is_authenticated:
            query[OTHER] = "1"
        return f"{reverse(page)}?{urlencode(query)}"

    def other_entrance(self, request: HttpRequest, next_url: str) -> str:
        return f"{reverse('account_choose')}?{urlencode({NEXT: next_url})}"

    def switch_url(self, context: Context) -> str:
        return self.other_entrance(context.request, context.resume_url)

    def _page(self, context: Context) -> str:
        person, asked = context.person, context.asked
        if "create" in asked.prompt:
            return "account_signup"
        here = [person.user] if person else []
        others = [one.user for one in aside.others(context.request) if self._will_do(one.user, context)]
        if "select_account" in asked.prompt and not context.is_chosen and (here or others):
            return "account_choose"
        if person is None:
            return "account_choose" if others else "account_login"
        if not self._will_do(person.user, context):
            return "account_choose" if others else "account_login"
        return "account_choose" if self._names_another(context) else "account_reauthenticate"

    def _will_do(self, user: Any, context: Context) -> bool:
        return context.asked.is_about(subject.of_person(user, context.asked.client))

    def _names_another(self, context: Context) -> bool:
        """A login_hint that is somebody else who is signed in here: the person is asked which of them goes on."""
        person, hint = context.person, context.asked.login_hint
        if person is None or not hint or context.is_chosen or context.is_fresh or "none" in context.asked.prompt:
            return False
        if who.is_named(person.user, hint):
            return False
        return any(
            who.is_named(one.user, hint) and self._will_do(one.user, context) for one in aside.others(context.request)
        )
