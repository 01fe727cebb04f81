"""OpenID Connect Core 1.0 §9 client_secret_jwt, RFC 7523 §2.2: a JWT under the client's secret. Off by default."""

from oauth_server import clock
from oauth_server.client_auth import assertion, secret
from oauth_server.client_auth.base import Credentials, Method, Refused
from oauth_server.conf import settings
from oauth_server.keys import jose
from oauth_server.models import Client
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest


class ClientSecretJWT(Method):
    name = "client_secret_jwt"
    signing_algorithms = (jose.HMAC,)

    def is_on(self) -> bool:
        return settings.CLIENT_SECRET_JWT

    def is_presented(self, request: ProtocolRequest, form: Parameters) -> bool:
        return assertion.is_presented(form) and assertion.is_hmac(form)

    def read(self, request: ProtocolRequest, form: Parameters) -> Credentials:
        return assertion.read(form)

    def verify(self, credentials: Credentials, client: Client, request: ProtocolRequest) -> bool:
        if client.token_endpoint_auth_method != self.name:
            raise Refused("client_secret_jwt is not the registered method")
        for value in secret.readable(client, clock.now()):
            try:
                signed = jose.verify_hmac(credentials.secret, value, typs=assertion.TYPS)
            except jose.InvalidJWT:
                continue
            assertion.require(signed.claims, client, request)
            return True
        return False
