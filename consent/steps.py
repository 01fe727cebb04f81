"""OpenID Connect Core 1.0 §3.1.2.4 (consent): whether this person has to be asked, and what is left of the scope."""

from typing import Any

from django.urls import reverse

from oauth_server.claims.request import ClaimsRequest
from oauth_server.errors import ConsentRequired
from oauth_server.interaction import state
from oauth_server.interaction.base import Place, Step
from oauth_server.interaction.context import Context
from oauth_server.models import Client, Interaction
from oauth_server.policy.detail_types import Detail

from . import decision

_KEY = "consent"


class ConsentStep(Step):
    name = "consent"
    place = Place.CONSENT
    error = ConsentRequired

    def needed(self, context: Context) -> bool:
        asked, person = context.asked, context.person
        if decision.is_first_party(asked.client):
            return False
        if person is None:
            return True
        here = chosen(context.interaction, person.user)
        if decision.question(asked, person.user, here=here).is_open:
            return True
        return decision.always_asks(asked) and here is None

    def url(self, context: Context) -> str:
        return reverse("oauth_consent:consent", args=[state.handle_of(context.resume_url)])

    def narrow(self, context: Context, scope: tuple[str, ...]) -> tuple[str, ...]:
        if decision.is_first_party(context.asked.client) or context.person is None:
            return scope
        user = context.person.user
        here = chosen(context.interaction, user)
        try:
            allowed = decision.still_granted(context.asked, user, here)
        except decision.Refused as refusal:
            raise ConsentRequired(reason=str(refusal)) from None
        return tuple(name for name in scope if name in allowed and (here is None or name in here))

    def narrow_claims(self, context: Context, claims: ClaimsRequest, scope: tuple[str, ...]) -> ClaimsRequest:
        if decision.is_first_party(context.asked.client) or context.person is None:
            return claims
        user = context.person.user
        return claims.only(decision.granted_claims(context.asked, user, scope, chosen(context.interaction, user)))

    def narrow_details(self, context: Context, details: tuple[Detail, ...]) -> tuple[Detail, ...]:
        if decision.is_first_party(context.asked.client) or context.person is None:
            return details
        user = context.person.user
        allowed = decision.granted_details(context.asked, user, chosen(context.interaction, user))
        return tuple(one for one in details if one in allowed)

    def withdraw(self, user_id: Any, client: Client, reason: str) -> None:
        decision.withdraw(user_id, client, reason)


def choose(interaction: Interaction, user: Any, scope: tuple[str, ...]) -> None:
    """Note what the person allowed on the page of this very request."""
    state.settle(interaction, _KEY, {"user": str(user.pk), "scope": list(scope)})


def chosen(interaction: Interaction | None, user: Any) -> tuple[str, ...] | None:
    """What this person allowed on the page; None when they have not been asked."""
    note = interaction.settled.get(_KEY) if interaction is not None else None
    return tuple(note["scope"]) if note and note["user"] == str(user.pk) else None
