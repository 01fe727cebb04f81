"""RFC 6749 §2.3.1 client_secret_post: id and secret in the form body."""

from oauth_server.client_auth import secret
from oauth_server.client_auth.base import Credentials, Method
from oauth_server.models import Client
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest


class ClientSecretPost(Method):
    name = "client_secret_post"

    def is_presented(self, request: ProtocolRequest, form: Parameters) -> bool:
        return "client_secret" in form

    def read(self, request: ProtocolRequest, form: Parameters) -> Credentials:
        return Credentials(form.get("client_id"), form.get("client_secret"))

    def verify(self, credentials: Credentials, client: Client, request: ProtocolRequest) -> bool:
        return bool(credentials.secret) and secret.verify(client, credentials.secret, request.address)
