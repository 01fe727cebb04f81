"""RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2.1: an authorization request whose every parameter was checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from oauth_server.authorization.response_types import ResponseType
from oauth_server.claims import acr
from oauth_server.claims.request import ClaimsRequest
from oauth_server.models import Client, DeviceRequest, Issuer
from oauth_server.parameters import Parameters
from oauth_server.policy import details
from oauth_server.policy.detail_types import Detail
from oauth_server.policy.reach import Reach


@dataclass(frozen=True, slots=True)
class Source:
    """How the parameters came, beside the plain way, and what is used up when the authorization completes.

    `pushed`: the row of a pushed request (RFC 9126). `signed`: a request object brought them (RFC 9101); `jti` is its own, remembered
    until `until`, in seconds since 1970. `trial`: an operator tries the client out; this server wrote the request itself.
    """

    pushed: int = 0
    signed: bool = False
    trial: bool = False
    jti: str = ""
    until: int = 0


PLAIN = Source()


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
    source: Source = PLAIN


@dataclass(frozen=True, slots=True)
class Granted:
    """What is given of a request. `audiences` None: those that follow from the scope. `extra`: claims that an app adds.

    `family_id`: the key that the family is to have, where something else has it already. `details`: RFC 9396.
    """

    scope: tuple[str, ...]
    claims: ClaimsRequest
    audiences: tuple[str, ...] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    family_id: UUID | None = None
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True)
class AuthorizationRequest:
    """`hinted_sub` is the subject of a verified id_token_hint. `prompt` as it came, in order.

    `device`: the row of a request that a device made (RFC 8628); its answer is a page, its redirect URI is empty.
    """

    destination: Destination
    response_type: ResponseType
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
    acr_values: tuple[str, ...] = ()
    claims: ClaimsRequest = field(default_factory=ClaimsRequest)
    device: DeviceRequest | None = None
    details: tuple[Detail, ...] = ()

    def is_about(self, sub: str) -> bool:
        """OpenID Connect Core 1.0 §3.1.2.1 id_token_hint, §5.5.1 `sub` with a value: whether this person will do."""
        subjects = self.claims.subjects
        return self.hinted_sub in {"", sub} and (subjects is None or sub in subjects)

    @cached_property
    def named_details(self) -> Mapping[str, Detail]:
        """The authorization details by their names; each name is a digest."""
        return {details.name(one): one for one in self.details}

    @property
    def wanted_acr(self) -> acr.Wanted:
        return acr.wanted(self.acr_values, self.claims)

    @property
    def client(self) -> Client:
        return self.destination.client

    @property
    def reach(self) -> Reach:
        return self.destination.reach

    @property
    def issuer(self) -> Issuer:
        return self.destination.issuer
