"""RFC 6749 §2.1 public clients, `none` of RFC 7591 §2: the id alone; PKCE binds the code instead."""

from oauth_server.client_auth.base import Credentials, Method
from oauth_server.models import Client
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest


class NoAuthentication(Method):
    name = "none"

    def is_presented(self, request: ProtocolRequest, form: Parameters) -> bool:
        others = ("client_secret", "client_assertion", "client_assertion_type")
        return (
            "client_id" in form and not any(name in form for name in others) and "authorization" not in request.headers
        )

    def read(self, request: ProtocolRequest, form: Parameters) -> Credentials:
        return Credentials(form.get("client_id"))

    def verify(self, credentials: Credentials, client: Client, request: ProtocolRequest) -> bool:
        return True
