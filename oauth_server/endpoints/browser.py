"""RFC 6749 §3.1, OpenID Connect Core 1.0 §3.1.2.1: the parameters that a person's browser brings to an endpoint."""

from django.http import HttpRequest

from oauth_server.conf import settings
from oauth_server.endpoints import adapter
from oauth_server.endpoints.base import FORM
from oauth_server.errors import InvalidRequest
from oauth_server.parameters import Parameters


def parameters(request: HttpRequest) -> Parameters:
    """Of the URL of a GET, or of the form of a POST, never of both. Raises `InvalidRequest`."""
    if request.method != "POST":
        return Parameters.parse(request.META.get("QUERY_STRING", "").encode("latin-1", "replace"))
    if request.content_type != FORM or request.META.get("QUERY_STRING"):
        raise InvalidRequest("Send the parameters in the URL, or as a form in the body.")
    body = adapter.protocol_request(request).body
    if len(body) > settings.MAX_BODY:
        raise InvalidRequest("The request is too large.")
    return Parameters.parse(body)
