"""A client authentication method: a word that a colleague of the server knows."""

import hashlib
import hmac
from typing import ClassVar

from oauth_server.client_auth.base import Credentials, Method, Refused
from oauth_server.models import Client
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest


class Handshake(Method):
    name: ClassVar[str] = "handshake"

    def is_presented(self, request: ProtocolRequest, form: Parameters) -> bool:
        return "handshake" in form

    def read(self, request: ProtocolRequest, form: Parameters) -> Credentials:
        return Credentials(form.get("client_id"), form.get("handshake"))

    def verify(self, credentials: Credentials, client: Client, request: ProtocolRequest) -> bool:
        word = hmac.new(b"what both sides know", client.client_id.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(credentials.secret.encode(), word.encode()):
            raise Refused("another word")
        return True
