"""RFC 6749 §2.3 the shape of a client authentication method."""

from abc import ABC, abstractmethod
from dataclasses import field
from typing import ClassVar

from oauth_server.models import Client
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest
from oauth_server.values import value


@value(frozen=True, slots=True)
class Credentials:
    """What a request presents; nothing of it is verified."""

    unverified_client_id: str
    secret: str = field(default="", repr=False)


class Refused(Exception):
    """The credentials are not good; the message says which rule failed and is for logs only."""


class Method(ABC):
    """A `token_endpoint_auth_method`, named as in the IANA registry of RFC 7591."""

    name: ClassVar[str]
    # RFC 8414 §2 token_endpoint_auth_signing_alg_values_supported, for a method that signs
    signing_algorithms: ClassVar[tuple[str, ...]] = ()

    def is_on(self) -> bool:
        """Whether the server offers it; one that is off is in no list."""
        return True

    @abstractmethod
    def is_presented(self, request: ProtocolRequest, form: Parameters) -> bool:
        """Whether the request tries this method."""

    @abstractmethod
    def read(self, request: ProtocolRequest, form: Parameters) -> Credentials:
        """Take the credentials out of the request. Raises `InvalidClient` when they cannot be read."""

    @abstractmethod
    def verify(self, credentials: Credentials, client: Client, request: ProtocolRequest) -> bool:
        """Whether the credentials are the client's. May raise `Refused`, which says why they are not."""

    def repeats(self, request: ProtocolRequest) -> str:
        """What the client sends unchanged with each request, where that alone is the proof; empty where each request has its own."""
        return ""
