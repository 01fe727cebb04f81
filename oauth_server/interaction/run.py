"""Which step is next. A step that comes back unsatisfied gets a page, never the same redirect again."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest

from oauth_server import uris
from oauth_server.authorization.request import AuthorizationRequest, Granted
from oauth_server.claims import subject
from oauth_server.errors import AccessDenied, LoginRequired
from oauth_server.interaction import context as who
from oauth_server.interaction import handoff, state
from oauth_server.interaction.base import FirstPartyOnly, SignInStep, Step
from oauth_server.interaction.context import Context, Person
from oauth_server.interaction.device import DeviceStep
from oauth_server.interaction.step_up import StepUp
from oauth_server.models import Interaction
from oauth_server.registry import Registry

# Apps put theirs in the place of these by name, or add to them, from `AppConfig.ready()`
STEPS: Registry[Step] = Registry(lambda s: s.name, SignInStep(), StepUp(), DeviceStep(), FirstPartyOnly())

DENIED = "denied"
_ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Page:
    """The browser goes to a page of this server. `again`: it has just been there, and came back without having done it."""

    url: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more to ask of this person."""

    person: Person
    context: Context

    def granted(self) -> Granted:
        """What the person grants. For the transaction that stores what it leads to: what is taken back meanwhile waits or wins.

        Raises `OAuthError` when something has to be asked after all.
        """
        scope, claims = self.context.asked.scope, self.context.asked.claims
        steps = _in_order()
        for step in steps:
            scope = step.narrow(self.context, scope)
        for step in steps:
            claims = step.narrow_claims(self.context, claims, scope) if claims else claims
        details = self.context.asked.details
        for step in steps if details else ():
            details = step.narrow_details(self.context, details)
        granted = Granted(scope, claims, details=details)
        for step in steps:
            granted = step.complete(self.context, granted)
        return granted


def run(
    request: HttpRequest, asked: AuthorizationRequest, interaction: Interaction | None = None, resume_url: str = ""
) -> Page | Done:
    """Raises `OAuthError`, to be answered at the redirect URI."""
    if interaction is not None and interaction.settled.get(DENIED):
        raise AccessDenied(reason="the person denied")
    person = _silently(request, asked) if "none" in asked.prompt else who.person(request, asked.issuer)
    context = Context(request, asked, person, interaction, resume_url)
    for step in _in_order():
        if step.needed(context):
            return _page(step, context)
    if person is None:
        # only if somebody put a sign-in step in place that asks nobody to sign in
        raise LoginRequired
    return Done(person, context)


def _silently(request: HttpRequest, asked: AuthorizationRequest) -> Person | None:
    """prompt=none: no page asks which of the people on this browser is meant, so whom the request names answers, else who uses it."""
    user: Any = request.user
    if user.is_authenticated and _is_meant(user, asked):
        return who.person(request, asked.issuer)
    for one in who.others(request):
        if _is_meant(one.user, asked) and (found := who.other_person(request, one, asked.issuer)):
            return found
    return who.person(request, asked.issuer)


def _is_meant(user: Any, asked: AuthorizationRequest) -> bool:
    if asked.hinted_sub or asked.claims.subjects is not None:
        return asked.is_about(subject.of_person(user, asked.client))
    return who.is_named(user, asked.login_hint)


def _in_order() -> list[Step]:
    return sorted(handoff.instead(STEPS), key=lambda step: step.place)


def _page(step: Step, context: Context) -> Page:
    if "none" in context.asked.prompt:
        raise step.error
    interaction, resume_url = context.interaction, context.resume_url
    if interaction is None:
        user = context.person.user if context.person else None
        interaction, resume_url = state.start(context.request, context.asked, user)
    url = step.url(replace(context, interaction=interaction, resume_url=resume_url))
    # somebody else is asked afresh, and so is something else
    asking = [step.name, str(context.person.user.pk) if context.person else "", uris.split(url).path]
    again = interaction.settled.get(_ASKED) == asking
    state.settle(interaction, _ASKED, asking)
    return Page(url, again)
