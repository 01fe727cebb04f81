"""RFC 6749 §2.3.1 client_secret_basic: HTTP Basic with form-encoded id and secret."""

import binascii
from urllib.parse import unquote_plus

from oauth_server.client_auth import secret
from oauth_server.client_auth.base import Credentials, Method
from oauth_server.errors import InvalidClient
from oauth_server.models import Client
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest


class ClientSecretBasic(Method):
    name = "client_secret_basic"

    def is_presented(self, request: ProtocolRequest, form: Parameters) -> bool:
        return "authorization" in request.headers

    def read(self, request: ProtocolRequest, form: Parameters) -> Credentials:
        scheme, _, encoded = request.headers["authorization"].partition(" ")
        if scheme.lower() != "basic":
            raise InvalidClient(reason="an Authorization header of another scheme")
        try:
            decoded = binascii.a2b_base64(encoded.strip(), strict_mode=True).decode("utf-8")
            client_id, colon, value = decoded.partition(":")
            # RFC 6749 §2.3.1: both parts are encoded as application/x-www-form-urlencoded before they are joined
            if "%" in decoded or "+" in decoded:
                client_id, value = unquote_plus(client_id, errors="strict"), unquote_plus(value, errors="strict")
        except (binascii.Error, ValueError):
            raise InvalidClient(reason="the Basic credentials cannot be decoded") from None
        if not colon or not client_id or "\x00" in client_id + value:
            raise InvalidClient(reason="the Basic credentials have no id, no colon, or a NUL")
        return Credentials(client_id, value)

    def verify(self, credentials: Credentials, client: Client, request: ProtocolRequest) -> bool:
        return bool(credentials.secret) and secret.verify(client, credentials.secret, request.address)

    def repeats(self, request: ProtocolRequest) -> str:
        return request.headers["authorization"]
