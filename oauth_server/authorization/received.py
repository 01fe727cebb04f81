"""RFC 9101 §5, RFC 9126 §4: from what the browser or the client brings to the parameters that count."""

from oauth_server.authorization import pushed, request_object
from oauth_server.authorization.request import PLAIN, Source
from oauth_server.errors import InvalidRequest, InvalidRequestObject, InvalidRequestUri
from oauth_server.models import Client
from oauth_server.parameters import Parameters


def read(parameters: Parameters, client: Client) -> tuple[Parameters, Source]:
    """Raises `OAuthError`, before any redirect URI is proven."""
    request, request_uri = parameters.get("request"), parameters.get("request_uri")
    if request and request_uri:
        raise InvalidRequest("request and request_uri cannot be used together.")
    if request:
        return request_object.read(request, client)
    if request_uri.startswith(pushed.PREFIX):
        return pushed.load(request_uri, client)
    if request_uri:
        return request_object.read_from(request_uri, client)
    return parameters, PLAIN


def use(source: Source) -> None:
    """RFC 9126 §7.3: used up when the authorization completes, inside its transaction. Raises `OAuthError` when it was before."""
    if source.pushed and not pushed.use(source.pushed):
        raise InvalidRequestUri(reason="the pushed request was used meanwhile")
    if not request_object.use(source):
        raise InvalidRequestObject("The request object was used before.")


def discard(source: Source) -> None:
    """The person, or a rule, said no: nobody asks them again with the same one."""
    if source.pushed:
        pushed.use(source.pushed)
    request_object.use(source)
