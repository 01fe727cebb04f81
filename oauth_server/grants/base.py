"""RFC 6749 §3.2 token endpoint: the steps that every grant goes through.

authenticate the client → validate (use the credential) → decide → issue. From validate on, one transaction.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, final

from django.db import transaction

from oauth_server import clock
from oauth_server.client_auth.authenticate import authenticate
from oauth_server.errors import OAuthError, UnauthorizedClient
from oauth_server.models import Authorization, Client, Issuer, RefreshToken
from oauth_server.parameters import Parameters
from oauth_server.policy import audiences, scopes
from oauth_server.policy.reach import reach
from oauth_server.protocol import ProtocolRequest
from oauth_server.tokens.issue import Decision, IssuedTokens, issue, issue_again


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A token request whose client is authenticated; `parameters` holds what the grant declared, and nothing else."""

    issuer: Issuer
    client: Client
    parameters: Parameters
    now: datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """For whom tokens will be issued: the family, and what this request takes of it. `answer` is set where it was given before."""

    authorization: Authorization
    scope: tuple[str, ...]
    audiences: tuple[str, ...]
    person: bool = True
    refresh_token: bool = False
    nonce: str = ""
    previous: RefreshToken | None = None
    previous_value: str = ""
    answer: IssuedTokens | None = None


class Grant(ABC):
    """A `grant_type`. Most grants write `validate` alone."""

    grant_type: ClassVar[str]
    parameters: ClassVar[frozenset[str]]

    @final
    def run(self, request: ProtocolRequest, form: Parameters, issuer: Issuer) -> IssuedTokens:
        """Raises `OAuthError`. A refusal that revokes is committed, every other one leaves nothing behind."""
        client = authenticate(request, form, issuer)
        if self.grant_type not in client.grant_types:
            raise UnauthorizedClient(reason=f"{self.grant_type} is not among the client's grant types")
        token_request = TokenRequest(issuer, client, form.only(self.parameters), clock.now())
        refusal: OAuthError
        with transaction.atomic():
            try:
                return self._issue(token_request)
            except OAuthError as error:
                if not error.commits:
                    raise
                refusal = error
        raise refusal

    def _issue(self, request: TokenRequest) -> IssuedTokens:
        subject = self.validate(request)
        decision = self.decide(request, subject)
        return issue(decision) if subject.answer is None else issue_again(decision, subject.answer)

    @abstractmethod
    def validate(self, request: TokenRequest) -> Subject:
        """Check and use the credential. Its first statement is the one that uses it."""

    def decide(self, request: TokenRequest, subject: Subject) -> Decision:
        """policy: scopes ∩ audiences, lifetimes."""
        within = reach(request.client)
        target = audiences.target(subject.audiences, within)
        scope = audiences.scopes_at(subject.scope, subject.audiences, within)
        return Decision(
            issuer=request.issuer,
            client=request.client,
            authorization=subject.authorization,
            scope=scope,
            target=target,
            now=request.now,
            refresh_token=subject.refresh_token,
            id_token=subject.person and scopes.OPENID in subject.scope,
            nonce=subject.nonce,
            previous=subject.previous,
            previous_value=subject.previous_value,
        )


def asked_targets(request: TokenRequest) -> tuple[str, ...]:
    """RFC 8707 §2.2 `resource`, and `audience` for the same."""
    return (*request.parameters.all("resource"), *request.parameters.all("audience"))
