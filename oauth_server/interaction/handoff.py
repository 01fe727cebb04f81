"""Ory Hydra's headless mode: an app of the operator asks people to sign in and to consent; settings name its pages.

Such a step stands in the place of the built-in ones. It is done when the browser that was sent away comes back with the verifier of
the app's answer. With prompt=none nobody is asked, and what is remembered counts.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID, uuid4

from django.conf import settings as django_settings
from django.contrib.auth import login
from django.http import HttpRequest

from oauth_server import clock, issuers
from oauth_server.authorization.request import AuthorizationRequest, Granted
from oauth_server.claims import subject
from oauth_server.claims.request import ClaimsRequest
from oauth_server.conf import settings
from oauth_server.errors import (
    AccessDenied,
    ConsentRequired,
    InvalidAuthorizationDetails,
    LoginRequired,
    UnmetAuthenticationRequirements,
)
from oauth_server.interaction import challenge, state
from oauth_server.interaction import context as who
from oauth_server.interaction.base import Place, SignInStep, Step
from oauth_server.interaction.context import Context
from oauth_server.models import Challenge, Client, Interaction, Issuer
from oauth_server.policy import people
from oauth_server.tokens import id_token

AUTHORIZE_PATH = "/oauth2/auth"
VERIFIERS = {"login_verifier": Challenge.Kind.LOGIN, "consent_verifier": Challenge.Kind.CONSENT}
_LOGIN, _CONSENT, _REJECTED = "handed_login", "handed_consent", "rejected"


class Rejected(AccessDenied):
    """The app said no, by an error code of its own."""

    def __init__(self, said: dict[str, str]) -> None:
        super().__init__(said["error_description"], reason=f"the app said {said['error']}")
        self.error = said["error"]  # type: ignore[misc]


def page(setting: str, issuer: Issuer, name: str, value: str) -> str:
    """The app's page, with the challenge."""
    url = setting.replace("{issuer}", quote(issuer.identifier, safe=""))
    return f"{url}{'&' if '?' in url else '?'}{urlencode({name: value})}"


def instead(steps: Iterable[Step]) -> list[Step]:
    """The steps with those of the operator's app in the place of the pages that it takes over."""
    found = list(steps)
    if settings.HYDRA_LOGIN_URL:
        found = [HandedLogin(), *(step for step in found if step.place >= Place.DEVICE)]
    if settings.HYDRA_CONSENT_URL:
        found = [*(step for step in found if step.place != Place.CONSENT), HandedConsent()]
    return found


def request_url(interaction: Interaction, **changes: str) -> str:
    """The authorization request once more; of a device its client alone."""
    stored = interaction.request if interaction.device_id is None else {"client_id": [interaction.client.client_id]}
    values = {**stored, **{name: [value] for name, value in changes.items()}}
    return f"{issuers.url(interaction.issuer, AUTHORIZE_PATH)}?{urlencode(values, doseq=True)}"


def _asked_of(asked: AuthorizationRequest, interaction: Interaction) -> dict[str, Any]:
    """What both steps tell the app of a request, as it will be told however often it asks."""
    hint = asked.parameters.get("id_token_hint")
    context = {
        "acr_values": list(asked.acr_values),
        "login_hint": asked.login_hint,
        "ui_locales": asked.parameters.get("ui_locales").split(),
        "id_token_hint_claims": dict(id_token.read(hint, asked.issuer) or {}) if hint else {},
    }
    return {
        "request_url": request_url(interaction),
        "requested_scope": list(asked.scope),
        "requested_access_token_audience": list(_named(asked)),
        "oidc_context": {name: value for name, value in context.items() if value},
    }


def _named(asked: AuthorizationRequest) -> tuple[str, ...]:
    names = (name for value in asked.audience for name in value.split(" ") if name)
    return tuple(dict.fromkeys([*names, *asked.resource]))


def _note(context: Context, name: str) -> dict[str, Any] | None:
    """What the app answered here, about the person who is signed in now. Raises `Rejected`."""
    row = context.interaction
    if row is None:
        return None
    if said := row.settled.get(_REJECTED):
        raise Rejected(said)
    note = row.settled.get(name)
    is_theirs = note and context.person is not None and note["user"] == str(context.person.user.pk)
    return dict(note) if is_theirs else None


def _handle(context: Context) -> str:
    return state.handle_of(context.resume_url)


def _ask(
    kind: Challenge.Kind, context: Context, interaction: Interaction, request: dict[str, Any], **about: Any
) -> str:
    asked, handle = context.asked, _handle(context)
    return challenge.ask(
        kind, asked.issuer, request, handle=handle, interaction=interaction, client=asked.client, **about
    )


class HandedLogin(SignInStep):
    """Asked with every request; `skip` says that the app need ask nobody."""

    def needed(self, context: Context) -> bool:
        if "none" in context.asked.prompt:
            return super().needed(context)
        if _note(context, _LOGIN) is None:
            return True
        person, asked = context.person, context.asked
        if person is None or not asked.is_about(subject.of_person(person.user, asked.client)):
            raise LoginRequired(reason="the app signed in somebody else than the request is about")
        if asked.wanted_acr.is_essential and not asked.wanted_acr.is_met_by(person.session.acr):
            raise UnmetAuthenticationRequirements(reason="the app did not show the essential acr")
        return False

    def url(self, context: Context) -> str:
        interaction, asked = context.interaction, context.asked
        if interaction is None:
            raise LoginRequired
        known = context.person if self._may_skip(context) else None
        request = {
            **_asked_of(asked, interaction),
            "skip": known is not None,
            "subject": str(known.user.pk) if known else "",
            "session_id": str(known.session.pk if known else uuid4()),
        }
        value = _ask(Challenge.Kind.LOGIN, context, interaction, request)
        return page(settings.HYDRA_LOGIN_URL, asked.issuer, "login_challenge", value)

    def _may_skip(self, context: Context) -> bool:
        person, wanted = context.person, context.asked.wanted_acr
        if person is None or super().needed(context) or who.is_for_once(context.request):
            return False
        return not wanted.values or wanted.is_met_by(person.session.acr)


class HandedConsent(Step):
    """Asked with every request; `skip` says that all of it was allowed before."""

    name = "consent"
    place = Place.CONSENT
    error = ConsentRequired

    def needed(self, context: Context) -> bool:
        if context.asked.details:
            # Ory's consent request has no member in which the app could see them
            raise InvalidAuthorizationDetails("The app that asks for consent here takes no authorization details.")
        if _note(context, _CONSENT) is not None:
            return False
        return "none" not in context.asked.prompt or self._remembered(context) is None

    def url(self, context: Context) -> str:
        interaction, asked, person = context.interaction, context.asked, context.person
        if interaction is None or person is None:
            raise ConsentRequired
        login_note = interaction.settled.get(_LOGIN) or {}
        request = {
            **_asked_of(asked, interaction),
            "skip": self._remembered(context) is not None,
            "subject": str(person.user.pk),
            "acr": person.session.acr,
            "amr": list(person.session.amr),
            "login_challenge": login_note.get("challenge", ""),
            "login_session_id": str(person.session.pk),
            "context": login_note.get("context", {}),
        }
        value = _ask(Challenge.Kind.CONSENT, context, interaction, request, user=person.user, session=person.session)
        return page(settings.HYDRA_CONSENT_URL, asked.issuer, "consent_challenge", value)

    def _remembered(self, context: Context) -> Challenge | None:
        asked, person = context.asked, context.person
        if person is None or "consent" in asked.prompt:
            return None
        return challenge.remembered(person.user.pk, asked.client, set(asked.scope), set(_named(asked)))

    def _row(self, context: Context) -> Challenge:
        """The answer that this request is granted by. Raises `ConsentRequired` where it was taken back meanwhile."""
        note = _note(context, _CONSENT)
        row = Challenge.objects.filter(pk=note["id"]).first() if note else self._remembered(context)
        if row is None:
            raise ConsentRequired(reason="the consent was taken back meanwhile")
        return row

    def narrow(self, context: Context, scope: tuple[str, ...]) -> tuple[str, ...]:
        allowed = self._row(context).answer["grant_scope"]
        return tuple(name for name in scope if name in allowed)

    def narrow_claims(self, context: Context, claims: ClaimsRequest, scope: tuple[str, ...]) -> ClaimsRequest:
        """The app was asked about scopes: what these release and nothing else."""
        return claims.only(frozenset(name for one in scope for name in context.asked.reach.scopes[one].claims))

    def complete(self, context: Context, granted: Granted) -> Granted:
        row, note = self._row(context), _note(context, _CONSENT)
        said = row.answer
        if note and context.person is not None:
            until = clock.now() + timedelta(seconds=settings.REFRESH_TOKEN_LIFETIME)
            challenge.keep(row, context.person.user.pk, until)
        return Granted(
            granted.scope,
            granted.claims,
            tuple(said["grant_access_token_audience"]),
            {name: value for name, value in said["session"].items() if value},
            row.pk if note else None,
        )

    def withdraw(self, user_id: Any, client: Client, reason: str) -> None:
        challenge.forget(user_id, client)


def come_back(request: HttpRequest, issuer: Issuer, name: str, verifier: str) -> str:
    """The path at which the interaction goes on, with what the app answered. Raises `state.Gone`."""
    handle, kind = verifier[: challenge.HANDLE], VERIFIERS[name]
    interaction = state.load(request, handle)
    row = challenge.use(kind, issuer, verifier, interaction=interaction.pk)
    if row is None:
        raise state.Gone("verifier", interaction)
    if "error" in row.answer:
        state.settle(interaction, _REJECTED, row.answer)
    elif kind == Challenge.Kind.LOGIN:
        _signed_in(request, interaction, row)
    else:
        state.settle(interaction, _CONSENT, {"id": str(row.pk), "user": row.request["subject"]})
    return state.path(issuer, handle)


def _signed_in(request: HttpRequest, interaction: Interaction, row: Challenge) -> None:
    """Sign the person in whom the app names; for this request alone unless they are to be remembered."""
    said = row.answer
    user = people.by_subject(said["subject"])
    if user is None or not people.may_use(user, interaction.issuer):
        state.settle(interaction, _REJECTED, {"error": AccessDenied.error, "error_description": AccessDenied.default})
        return
    present: Any = request.user
    if not (row.request["skip"] and present.is_authenticated and present.pk == user.pk):
        login(request, user, backend=django_settings.AUTHENTICATION_BACKENDS[0])
        who.record_sign_in(request, user, amr=tuple(said["amr"]), acr=said["acr"])
        who.begin(request, user, interaction.issuer, UUID(row.request["session_id"]), for_once=not said["remember"])
        request.session.set_expiry(said["remember_for"] if said["remember"] else settings.INTERACTION_LIFETIME)
    elif said["extend_session_lifespan"]:
        request.session.set_expiry(said["remember_for"])
    note = {"user": str(user.pk), "context": said["context"], "challenge": row.request["challenge"]}
    state.settle(interaction, _LOGIN, note)
