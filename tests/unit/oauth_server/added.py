"""A grant and a client authentication method as a project adds them."""

from typing import ClassVar

from oauth_server.client_auth.base import Credentials, Method
from oauth_server.errors import InvalidGrant
from oauth_server.grants.base import Grant, Subject, TokenRequest
from oauth_server.models import Client
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest


class Barter(Grant):
    grant_type: ClassVar[str] = "urn:example:barter"
    parameters: ClassVar[frozenset[str]] = frozenset({"offer"})

    def validate(self, request: TokenRequest) -> Subject:
        raise InvalidGrant(reason="nothing is worth a token")


class Handshake(Method):
    name: ClassVar[str] = "handshake"

    def is_presented(self, request: ProtocolRequest, form: Parameters) -> bool:
        return "handshake" in form

    def read(self, request: ProtocolRequest, form: Parameters) -> Credentials:
        return Credentials(form.get("client_id"))

    def verify(self, credentials: Credentials, client: Client, request: ProtocolRequest) -> bool:
        return False
