"""RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2.1: an authorization request whose every parameter was checked."""

from dataclasses import dataclass

from oauth_server.models import Client, Issuer
from oauth_server.parameters import Parameters
from oauth_server.policy.reach import Reach


@dataclass(frozen=True, slots=True)
class Destination:
    """A proven client and redirect URI: only with one may anything be redirected (RFC 6749 §4.1.2.1)."""

    issuer: Issuer
    client: Client
    reach: Reach
    redirect_uri: str
    redirect_uri_given: bool
    response_mode: str
    state: str


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """`hinted_sub` is the subject of a verified id_token_hint. `prompt` as it came, in order."""

    destination: Destination
    response_type: str
    scope: tuple[str, ...]
    audience: tuple[str, ...]
    resource: tuple[str, ...]
    nonce: str
    prompt: tuple[str, ...]
    max_age: int | None
    login_hint: str
    hinted_sub: str
    code_challenge: str
    parameters: Parameters

    @property
    def client(self) -> Client:
        return self.destination.client

    @property
    def reach(self) -> Reach:
        return self.destination.reach

    @property
    def issuer(self) -> Issuer:
        return self.destination.issuer
