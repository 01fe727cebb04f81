"""RFC 6749 §2.3, §3.2.1: the one function that authenticates clients, for every endpoint."""

from oauth_server import audit, copies, limits
from oauth_server.client_auth import known, recognised, secret
from oauth_server.client_auth.base import Credentials, Method, Refused
from oauth_server.client_auth.known import Known
from oauth_server.client_auth.registry import METHODS
from oauth_server.conf import settings
from oauth_server.errors import InvalidClient, InvalidRequest
from oauth_server.models import Client, Issuer
from oauth_server.parameters import Parameters
from oauth_server.protocol import ProtocolRequest

# A member of `Client.metadata`: a client that was taken over from django-oauth-toolkit may have used either; any change of its method,
# or taking this out, leaves it one
ALSO_POST = "also_client_secret_post"


def authenticate(request: ProtocolRequest, form: Parameters, issuer: Issuer) -> Known:
    """The client that makes this request; a copy, to be proven by whoever acts on it. A refusal never rests on a copy.

    Raises `InvalidRequest` for two methods at once, `InvalidClient` for everything else that is wrong, `limits.TooManyAttempts`, and
    `copies.Stale`.
    """
    method = _the_method(request, form)
    in_body, repeated = form.get("client_id"), method.repeats(request)
    found = recognised.find(repeated, issuer) if repeated else None
    if found is None or in_body not in {"", found.client.client_id}:
        found = _verified(method, request, form, issuer)
        if repeated:
            recognised.keep(repeated, found, issuer)
    audit.about(found.client)
    return found


def _verified(method: Method, request: ProtocolRequest, form: Parameters, issuer: Issuer) -> Known:
    credentials = method.read(request, form)
    in_body = form.get("client_id")
    if in_body and in_body != credentials.unverified_client_id:
        raise InvalidRequest("client_id names another client than the Authorization header.")
    found, reason = _try(method, credentials, request, issuer)
    # One statement, as for a client that does not exist: the time taken does not tell which ones do
    if reason and found is not None and not known.is_current(found):
        with copies.fresh():
            found, reason = _try(method, credentials, request, issuer)
    if found is None or reason:
        if found is not None:
            audit.about(found.client)
        _count(credentials, request)
        raise InvalidClient(reason=reason)
    return found


def _try(
    method: Method, credentials: Credentials, request: ProtocolRequest, issuer: Issuer
) -> tuple[Known | None, str]:
    """The client, and what is wrong with its credentials."""
    try:
        found = known.find(credentials.unverified_client_id, issuer)
    except known.Unknown as unknown:
        secret.waste(credentials.secret)
        return None, str(unknown)
    # The secret is checked before the method is compared, so that the time taken does not tell the method
    try:
        if not method.verify(credentials, found.client, request):
            return found, secret.why_not(found.client, credentials.secret)
    except Refused as refused:
        return found, str(refused)
    if not _is_registered(method, found.client):
        return found, f"{method.name} is not the registered method, which is {found.client.token_endpoint_auth_method}"
    return found, ""


def _is_registered(method: Method, client: Client) -> bool:
    registered = client.token_endpoint_auth_method
    if (registered, method.name) == ("client_secret_basic", "client_secret_post"):
        return client.metadata.get(ALSO_POST) is True
    return method.name == registered


def _the_method(request: ProtocolRequest, form: Parameters) -> Method:
    presented = [method for method in METHODS if method.is_presented(request, form)]
    if not presented:
        raise InvalidClient(reason="no client authentication")
    # a method that a project adds may name the client as a public one does
    proving = [method for method in presented if method.name != "none"] or presented
    if len(proving) > 1:
        # RFC 6749 §2.3: the client must not use more than one method in each request
        raise InvalidRequest("More than one client authentication method is used.")
    return proving[0]


def _count(credentials: Credentials, request: ProtocolRequest) -> None:
    failures = limits.count("client", credentials.unverified_client_id, request.address)
    if failures > settings.CLIENT_SECRET_FAILURES:
        raise limits.TooManyAttempts(settings.LIMIT_WINDOW)
