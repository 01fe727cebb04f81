"""RFC 6749 §2.3, §3.2.1: the one function that authenticates clients, for every endpoint."""

from oauth_server import clock, limits
from oauth_server.client_auth import secret
from oauth_server.client_auth.base import Credentials, Method
from oauth_server.client_auth.registry import METHODS
from oauth_server.conf import settings
from oauth_server.errors import InvalidClient, InvalidRequest
from oauth_server.models import Client, Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest


def authenticate(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> Client:
    """The client that makes this request.

    Raises `InvalidRequest` for two methods at once, `InvalidClient` for everything else that is wrong, and `limits.TooManyAttempts`.
    """
    method = _the_method(request, form)
    credentials = method.read(request, form)
    in_body = form.get("client_id")
    if in_body and in_body != credentials.unverified_client_id:
        raise InvalidRequest("client_id names another client than the Authorization header.")
    client = load(credentials.unverified_client_id, issuer)
    if client is None:
        secret.waste(credentials.secret)
        _count(credentials, request)
        raise InvalidClient(reason="unknown client")
    _verify(method, credentials, client, request)
    return client


def load(client_id: str, issuer: Issuer) -> Client | None:
    """The enabled client of this issuer, with its secrets."""
    if "\x00" in client_id:
        return None
    found = Client.objects.filter(client_id=client_id, issuer=issuer, enabled=True).prefetch_related("secrets").first()
    if found is not None:
        found.issuer = issuer
    return found


def _the_method(request: ProtocolRequest, form: Parameters) -> Method:
    presented = [method for method in METHODS if method.is_presented(request, form)]
    if not presented:
        raise InvalidClient(reason="no client authentication")
    if len(presented) > 1:
        # RFC 6749 §2.3: the client must not use more than one method in each request
        raise InvalidRequest("More than one client authentication method is used.")
    return presented[0]


def _verify(method: Method, credentials: Credentials, client: Client, request: ProtocolRequest) -> None:
    slow = bool(credentials.secret) and secret.has_slow(client, clock.now())
    if slow:
        # a secret that a person chose is guessable, and its hash costs time: counted before it is tried
        limits.check(settings.CLIENT_SECRET_FAILURES, "client", client.client_id, request.address)
    # The secret is checked before the method is compared, so that the time taken does not tell the method
    good = method.verify(credentials, client, request)
    if good and method.name == client.token_endpoint_auth_method:
        return
    _count(credentials, request)
    raise InvalidClient(reason="wrong secret" if not good else f"{method.name} is not the registered method")


def _count(credentials: Credentials, request: ProtocolRequest) -> None:
    failures = limits.count("client", credentials.unverified_client_id, request.address)
    if failures > settings.CLIENT_SECRET_FAILURES:
        raise limits.TooManyAttempts(settings.LIMIT_WINDOW)
