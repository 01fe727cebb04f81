"""RFC 6749 §3.2 token endpoint: the steps that every grant goes through.

authenticate the client → validate (use the credential) → decide → issue. From validate on, one transaction.
"""

from abc import ABC, abstractmethod
from contextlib import nullcontext
from datetime import datetime
from typing import Any, ClassVar, final

from django.db import transaction

from oauth_server import clock, counters, metrics
from oauth_server.client_auth.authenticate import authenticate
from oauth_server.client_auth.known import Known
from oauth_server.conf import settings
from oauth_server.copies import Stale
from oauth_server.errors import (
    InvalidAuthorizationDetails,
    InvalidGrant,
    IssuingStopped,
    OAuthError,
    UnauthorizedClient,
)
from oauth_server.models import Authorization, Client, Issuer
from oauth_server.models.access_token import is_family_live
from oauth_server.parameters import Parameters
from oauth_server.policy import audiences, details, issuing, lifespans, people, scopes
from oauth_server.policy.detail_types import Detail
from oauth_server.policy.reach import Reach
from oauth_server.protocol import ProtocolRequest
from oauth_server.tokens import encrypted, store
from oauth_server.tokens.issue import Decision, IssuedTokens, issue, issue_again
from oauth_server.tokens.sql import Family
from oauth_server.values import value


@value(frozen=True, slots=True)
class TokenRequest:
    """A token request whose client is authenticated; `parameters` holds what the grant declared, and nothing else."""

    issuer: Issuer
    client: Client
    reach: Reach
    standing: Authorization | None
    parameters: Parameters
    now: datetime
    # what `prepare` found out
    prepared: Any = None


@value(frozen=True, slots=True)
class Subject:
    """For whom tokens will be issued: the family, and what this request takes of it. `answer` is set where it was given before."""

    authorization: Authorization
    scope: tuple[str, ...]
    audiences: tuple[str, ...]
    person: bool = True
    refresh_token: bool = False
    nonce: str = ""
    previous_id: int | None = None
    previous_value: str = ""
    answer: IssuedTokens | None = None
    details: tuple[Detail, ...] = ()


class Grant(ABC):
    """A `grant_type`. Most grants write `validate` alone."""

    grant_type: ClassVar[str]
    parameters: ClassVar[frozenset[str]]
    # False where everything is one statement
    transactional: ClassVar[bool] = True

    def is_on(self) -> bool:
        """Whether this server offers the grant at all; one that is off is in no metadata and no form."""
        return True

    @final
    def run(self, request: ProtocolRequest, form: Parameters, issuer: Issuer) -> IssuedTokens:
        """A refusal that revokes is committed, every other one leaves nothing behind. Raises `OAuthError`, and `copies.Stale`."""
        return self.run_as(authenticate(request, form, issuer), form)

    @final
    def run_as(self, known: Known, form: Parameters) -> IssuedTokens:
        """What follows once the client is authenticated."""
        client = known.client
        if self.grant_type not in client.grant_types:
            raise UnauthorizedClient(reason=f"{self.grant_type} is not among the client's grant types")
        if client.issuer.stopped_at is not None:
            raise IssuingStopped
        if details.PARAMETER in form and details.PARAMETER not in self.parameters:
            raise InvalidAuthorizationDetails("This grant type takes no authorization details.")
        token_request = TokenRequest(
            client.issuer, client, known.reach, known.standing, form.only(self.parameters), clock.now()
        )
        try:
            token_request = self.prepare(token_request)
            if self.transactional:
                encrypted.prepare(client)
            return self._issued(token_request)
        except InvalidGrant as error:
            # A client that was deleted or switched off holds nothing; that is said of it (`invalid_client`), not of what it sends
            if not store.is_true_still(client):
                raise Stale from error
            raise

    def _issued(self, token_request: TokenRequest) -> IssuedTokens:
        """From the credential to the answer, in one transaction."""
        refusal: OAuthError
        with transaction.atomic() if self.transactional else nullcontext():
            try:
                issued = self._issue(token_request)
                counters.add(f"token:{self.grant_type}", token_request.client.client_id)
                metrics.count(f"token:{self.grant_type}")
                return issued
            except OAuthError as error:
                if not error.commits:
                    raise
                refusal = error
        raise refusal

    def _issue(self, request: TokenRequest) -> IssuedTokens:
        subject = self.validate(request)
        decision = self.decide(request, subject)
        return issue(decision) if subject.answer is None else issue_again(decision, subject.answer)

    def prepare(self, request: TokenRequest) -> TokenRequest:
        """What comes before the transaction: slow work, and writes that stay whatever the answer is. May fill in `prepared`."""
        return request

    @abstractmethod
    def validate(self, request: TokenRequest) -> Subject:
        """Check and use the credential. Its first statement is the one that uses it."""

    def decide(self, request: TokenRequest, subject: Subject) -> Decision:
        """policy: scopes ∩ audiences, lifetimes."""
        lifespan = lifespans.of(request.client, self.grant_type, lifespans.ACCESS_TOKEN)
        target = audiences.target(subject.audiences, request.reach, lifespan)
        scope = audiences.scopes_at(subject.scope, subject.audiences, request.reach)
        own = details.at(subject.details, subject.audiences, request.reach)
        if settings.TOKEN_POLICY:
            family, at = subject.authorization, subject.audiences
            scope = issuing.narrowed(issuing.Asked(request.client, family, self.grant_type, scope, at, own))
        return Decision(
            issuer=request.issuer,
            client=request.client,
            authorization=subject.authorization,
            scope=scope,
            target=target,
            now=request.now,
            refresh_token=subject.refresh_token,
            id_token=subject.person and scopes.OPENID in scope,
            nonce=subject.nonce,
            previous_id=subject.previous_id,
            previous_value=subject.previous_value,
            grant_type=self.grant_type,
            details=own,
        )


def asked_targets(request: TokenRequest) -> tuple[str, ...]:
    """RFC 8707 §2.2 `resource`, and `audience` for the same."""
    return (*request.parameters.all("resource"), *request.parameters.all("audience"))


def narrowed_details(request: TokenRequest, family: Authorization) -> tuple[Detail, ...]:
    """RFC 9396 §6: those of the family, or the part of them that the request asks for. Raises `InvalidAuthorizationDetails`."""
    return details.narrow(request.parameters.optional(details.PARAMETER), family.details, request.reach)


def wants_refresh_token(client: Client, scope: tuple[str, ...]) -> bool:
    """OpenID Connect Core 1.0 §11: with `offline_access`, or by the client's rule, if the client has the grant."""
    if "refresh_token" not in client.grant_types:
        return False
    return client.refresh_token_rule == client.RefreshTokenRule.ALWAYS or scopes.OFFLINE_ACCESS in scope


def require_live(family: Family | None, request: TokenRequest) -> Authorization:
    """The family of a credential, if it may still be used: one question for every grant. Raises `InvalidGrant`."""
    if family is None:
        raise InvalidGrant(reason="the family is gone")
    row = family.authorization
    if not is_family_live(row, request.client, request.now, family.signed_out_at):
        raise InvalidGrant(reason="the family is revoked, over, or signed out")
    if row.user_id is not None and not people.may_still_use(row.user_id, family.person_is_active, request.issuer):
        raise InvalidGrant(reason="the person may not use this issuer")
    if row.session_id is not None and not _is_sign_in_good(family):
        raise InvalidGrant(reason="the sign-in is gone, or the password has changed since")
    return row


def _is_sign_in_good(family: Family) -> bool:
    if family.auth_hash is None:
        return False
    return people.has_auth_hash_still(family.authorization.user_id, family.password, family.auth_hash)
