"""A step between an authorization request and its answer, and the two that are there without any other app."""

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import timedelta
from enum import IntEnum
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.conf import settings as django_settings
from django.http import HttpRequest
from django.shortcuts import resolve_url

from oauth_server import clock
from oauth_server.authorization.request import Granted
from oauth_server.claims import subject
from oauth_server.claims.request import ClaimsRequest
from oauth_server.errors import AccessDenied, ConsentRequired, LoginRequired, OAuthError
from oauth_server.interaction.context import NEXT, Context
from oauth_server.models import Client
from oauth_server.policy.detail_types import Detail


class Place(IntEnum):
    """The order of the steps, whatever the order of the apps."""

    ACCOUNT = 10
    SIGN_IN = 20
    SECOND_FACTOR = 25
    STEP_UP = 30
    TERMS = 32
    DEVICE = 35
    CONSENT = 40


class Step(ABC):
    """needed? → the page at `url`, which comes back to `context.resume_url`; with prompt=none `error` instead."""

    name: ClassVar[str]
    place: ClassVar[Place]
    error: ClassVar[type[OAuthError]]

    @abstractmethod
    def needed(self, context: Context) -> bool:
        """Whether a page must be shown."""

    @abstractmethod
    def url(self, context: Context) -> str:
        """The page, a path of this server."""

    def narrow(self, context: Context, scope: tuple[str, ...]) -> tuple[str, ...]:
        """What is left of the scope after this step; asked inside the transaction that stores the answer. Raises `OAuthError`."""
        return scope

    def narrow_claims(self, context: Context, claims: ClaimsRequest, scope: tuple[str, ...]) -> ClaimsRequest:
        """What is left of the claims that are asked by name, with `scope` granted; asked in the same transaction."""
        return claims

    def narrow_details(self, context: Context, details: tuple[Detail, ...]) -> tuple[Detail, ...]:
        """What is left of the authorization details (RFC 9396); asked in the same transaction, after `narrow`."""
        return details

    def complete(self, context: Context, granted: Granted) -> Granted:
        """What this step adds to what is left; last, in the same transaction."""
        return granted

    def withdraw(self, user_id: Any, client: Client, reason: str) -> None:
        """Forget what this step remembers of a person and a client."""
        return None


class SignInStep(Step):
    """OpenID Connect Core 1.0 §3.1.2.3: somebody signed in, recently enough, and the one that is meant. The page is LOGIN_URL."""

    name = "sign_in"
    place = Place.SIGN_IN
    error = LoginRequired

    def needed(self, context: Context) -> bool:
        person, asked = context.person, context.asked
        if person is None:
            return True
        if not asked.is_about(subject.of_person(person.user, asked.client)):
            return True
        if {"login", "create"} & set(asked.prompt) and not context.is_fresh:
            return True
        if "select_account" in asked.prompt and not (context.is_fresh or context.is_chosen):
            return True
        if asked.max_age is None or context.is_fresh:
            return False
        return asked.max_age == 0 or clock.now() - person.auth_time > timedelta(seconds=asked.max_age)

    def url(self, context: Context) -> str:
        return self.entrance(context.request, context.resume_url)

    def switch_url(self, context: Context) -> str:
        """The page for whoever is not the person that is signed in; the request waits behind it."""
        return self.url(replace(context, person=None))

    def entrance(self, request: HttpRequest, next_url: str) -> str:
        """The page for whoever comes without a request of a client, and goes on to a page of this server."""
        return f"{resolve_url(django_settings.LOGIN_URL)}?{urlencode({NEXT: next_url})}"

    def other_entrance(self, request: HttpRequest, next_url: str) -> str:
        """The same for whoever is not the person that is signed in."""
        return self.entrance(request, next_url)


class FirstPartyOnly(Step):
    """Without an app that asks for consent, only clients of the operator get through."""

    name = "consent"
    place = Place.CONSENT
    error = ConsentRequired

    def needed(self, context: Context) -> bool:
        client = context.asked.client
        # what a client says of itself makes it nobody's own, whatever its row says
        return not client.skip_authorization or client.registration_source != client.RegistrationSource.MANUAL

    def url(self, context: Context) -> str:
        raise AccessDenied(reason="the client is not first-party, and no app that asks for consent is installed")
