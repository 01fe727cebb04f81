"""OpenID Connect Core 1.0 §9 private_key_jwt, RFC 7523 §2.2: a JWT that the client signed with a key of its own."""

from oauth_server.client_auth import assertion
from oauth_server.client_auth.base import Credentials, Method, Refused
from oauth_server.conf import settings
from oauth_server.keys import jose, remote
from oauth_server.models import Client
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest


class PrivateKeyJWT(Method):
    name = "private_key_jwt"
    signing_algorithms = jose.ALGORITHMS

    def is_presented(self, request: ProtocolRequest, form: Parameters) -> bool:
        return assertion.is_presented(form) and not (settings.CLIENT_SECRET_JWT and assertion.is_hmac(form))

    def read(self, request: ProtocolRequest, form: Parameters) -> Credentials:
        return assertion.read(form)

    def verify(self, credentials: Credentials, client: Client, request: ProtocolRequest) -> bool:
        # Before anything is fetched from an address of the client's
        if client.token_endpoint_auth_method != self.name:
            raise Refused("private_key_jwt is not the registered method")
        registered = client.token_endpoint_auth_signing_alg
        algorithms = (registered,) if registered else jose.ALGORITHMS
        try:
            signed = remote.verify(credentials.secret, client, typs=assertion.TYPS, algorithms=algorithms)
        except jose.InvalidJWT as error:
            raise Refused(f"client_assertion: {error}") from None
        assertion.require(signed.claims, client, request)
        return True
