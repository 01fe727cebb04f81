"""RFC 6749 §3.1.2.3 redirect URI of a request, RFC 9700 §4.1: compared exactly, proven before anything is redirected."""

from oauth_server import uris
from oauth_server.authorization.request import PLAIN, Source
from oauth_server.errors import InvalidRequest
from oauth_server.models import Client
from oauth_server.parameters import Parameters


class UnprovenRedirectUri(InvalidRequest):
    """The answer is a page, never a redirect. `requested` and `registered` are for DEBUG and the client's owner."""

    def __init__(self, description: str, *, client: Client, requested: str, reason: str = "") -> None:
        self.client = client
        self.requested = requested
        super().__init__(description, reason=reason)


def resolve(parameters: Parameters, client: Client, source: Source = PLAIN) -> tuple[str, bool]:
    """The redirect URI, and whether the request named it. Raises `UnprovenRedirectUri`."""
    registered = client.redirect_uris.split()
    requested = parameters.get("redirect_uri")
    if not requested:
        # RFC 6749 §3.1.2.3: it may be left out when exactly one is registered; OpenID Connect Core 1.0 §3.1.2.1 requires it
        is_openid = "openid" in parameters.get("scope").split()
        if len(registered) == 1 and not is_openid and not uris.problem(registered[0], public=True):
            return registered[0], False
        raise UnprovenRedirectUri("redirect_uri is missing.", client=client, requested="")
    if source.trial:
        # written by this server (`deeds/trial.py`) into a pushed request that no client can make: RFC 9126 §2.4
        return requested, True
    if not uris.is_registered(requested, registered):
        reason = f"redirect_uri: {uris.difference(requested, registered)}"
        raise UnprovenRedirectUri(
            "redirect_uri is not registered for this client.", client=client, requested=requested, reason=reason
        )
    return requested, True
