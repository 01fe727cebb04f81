"""RFC 9126 Pushed Authorization Requests. §2.2 (the handle), §4 (its use), §7.3 (once, by the client that pushed)."""

from datetime import timedelta

from oauth_server import clock, digest
from oauth_server.authorization.request import AuthorizationRequest, Destination, Source
from oauth_server.conf import settings
from oauth_server.digest import Kind
from oauth_server.errors import InvalidRequest, InvalidRequestUri
from oauth_server.models import Client, PushedRequest
from oauth_server.parameters import Parameters
from oauth_server.tokens import opaque

PREFIX = "urn:ietf:params:oauth:request_uri:"


def store(asked: AuthorizationRequest) -> str:
    """Keep a checked request. Returns its request_uri."""
    now = clock.now()
    expires = now + timedelta(seconds=settings.PUSHED_REQUEST_LIFETIME)
    handle = opaque.make(opaque.REQUEST_URI, expires)
    PushedRequest.objects.create(
        handle=digest.digest(Kind.REQUEST_URI, handle),
        client=asked.client,
        parameters=asked.parameters.as_dict(),
        signed=asked.destination.source.signed,
        trial=asked.destination.source.trial,
        created=now,
        expires=expires,
    )
    return PREFIX + handle


def load(request_uri: str, client: Client) -> tuple[Parameters, Source]:
    """What this client pushed. The first visit gives the person the time of an interaction. Raises `InvalidRequestUri`."""
    handle, now = request_uri.removeprefix(PREFIX), clock.now()
    if not opaque.is_well_formed(opaque.REQUEST_URI, handle):
        raise InvalidRequestUri(reason="not a handle of this server")
    digests = digest.candidates(Kind.REQUEST_URI, handle)
    row = PushedRequest.objects.filter(handle__in=digests, client=client.pk, expires__gt=now).first()
    if row is None:
        raise InvalidRequestUri(reason="the pushed request is unknown, another client's, used or expired")
    if row.visited_at is None:
        later = now + timedelta(seconds=settings.INTERACTION_LIFETIME)
        PushedRequest.objects.filter(pk=row.pk, visited_at=None).update(visited_at=now, expires=later)
    return Parameters.from_dict(row.parameters), Source(pushed=row.pk, signed=row.signed, trial=row.trial)


def use(key: int) -> bool:
    """Whether this call used the request up, which it does by deleting it: nothing else ever needs it."""
    return PushedRequest.objects.filter(pk=key).delete()[0] == 1


def required(parameters: Parameters, to: Destination) -> None:
    """§5, §6: some clients, or all of them, must push."""
    must = settings.REQUIRE_PUSHED_AUTHORIZATION_REQUESTS or to.client.require_pushed_authorization_requests
    if must and not to.source.pushed:
        raise InvalidRequest("The request must be pushed (RFC 9126).")
